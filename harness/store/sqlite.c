/* SQLite. A file of this machine, opened anew for each visit, because services delete theirs and
 * make another; nothing is created, recovered or checkpointed by reading it. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/uri.h"
#include "store/sqlite_reader.h"
#include "store/store.h"

#define QUERY_MAX       ((size_t)256 * 1024)
#define BUSY_MS         2000
#define COMMAND_BUSY_MS 5000  /* of a command that writes */
#define CHECK_STEPS     10000 /* of SQLite's machine, between two looks at the clock */

struct sqlite {
    struct store store;
    char path[1024];
    sqlite3 *db; /* NULL: not open */
    ns_t deadline;
    atomic_bool stop;
    bool gone; /* a file beside it was not there (any more), or not yet whole, when it was opened */
};

static int sqlite_open(struct store *store, struct err *err)
{
    struct sqlite *sqlite = (struct sqlite *)store;
    struct uri uri;
    int rc = uri_parse(store->url, &uri, err);
    if (rc)
        return rc;
    if (uri.hosts[0].name[0] || !uri.path[0])
        return err_set(err, ERR_USAGE,
                       "an address of SQLite is a path behind three slashes: "
                       "sqlite:///var/lib/shop.db, sqlite://${scenario.dir}/shop.db");
    /* sqlite:///${dir}/shop.db has one slash too many, which SQLite would take for a host's. */
    snprintf(sqlite->path, sizeof sqlite->path, "/%s", uri.path + strspn(uri.path, "/"));
    return 0;
}

static bool exists_beside(const struct sqlite *sqlite, const char *suffix)
{
    char path[sizeof sqlite->path + 8];
    struct stat info;
    snprintf(path, sizeof path, "%s%s", sqlite->path, suffix);
    return !stat(path, &info);
}

static int is_over(void *state)
{
    struct sqlite *sqlite = state;
    return atomic_load(&sqlite->stop) || clock_now() > sqlite->deadline;
}

static void close_file(struct sqlite *sqlite)
{
    sqlite3_close(sqlite->db);
    sqlite->db = NULL;
}

/* SQLite's own form of an address. */
static void write_uri(const struct sqlite *sqlite, const char *how, char *ret_text, size_t size)
{
    size_t used = (size_t)snprintf(ret_text, size, "file:");
    for (const char *p = sqlite->path; *p && used < size; p++)
        used += (size_t)snprintf(ret_text + used, size - used, strchr("%?#", *p) ? "%%%02X" : "%c",
                                 (unsigned char)*p);
    if (used < size)
        snprintf(ret_text + used, size - used, "?%s", how);
}

/* readonly_shm: the index of a write-ahead log is shared with whoever has the file open, and is
 * made by nobody else; a reader that made one would own it, and the service might not write to it.
 */
static int open_file(struct sqlite *sqlite, struct visit *visit, bool immutable)
{
    char uri[3 * sizeof sqlite->path + 64];
    const char *how = immutable ? "mode=ro&immutable=1" : "mode=ro&readonly_shm=1";
    write_uri(sqlite, how, uri, sizeof uri);
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(uri, &sqlite->db, flags, sqlite_reader());
    if (code != SQLITE_OK)
        return visit_fail(visit, "%s: %s", sqlite->path,
                          sqlite->db ? sqlite3_errmsg(sqlite->db) : sqlite3_errstr(code));
    sqlite3_busy_timeout(sqlite->db, BUSY_MS);
    sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_progress_handler(sqlite->db, CHECK_STEPS, is_over, sqlite);
    return 0;
}

/* After an error. */
static int blame(struct sqlite *sqlite, struct visit *visit)
{
    int code = sqlite3_errcode(sqlite->db);
    const char *text = sqlite3_errmsg(sqlite->db);
    visit->missing = strstr(text, "no such table") != NULL;
    sqlite->gone = code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
    if (code == SQLITE_INTERRUPT)
        return visit_fail(visit, "%s: no whole answer within %d s", sqlite->path,
                          (int)(STORE_ANSWER_SPAN / NS_PER_S));
    if (code == SQLITE_BUSY)
        return visit_fail(visit, "%s: %s: a writer has kept it for %d s", sqlite->path, text,
                          BUSY_MS / 1000);
    if (code == SQLITE_CANTOPEN && exists_beside(sqlite, "-wal"))
        return visit_fail(visit,
                          "%s: it has a write-ahead log, whose index cannot be opened: let this "
                          "user read the files beside it that end in -wal and -shm",
                          sqlite->path);
    return visit_fail(visit, "%s: %s", sqlite->path, text);
}

/* One statement that reads; NULL after blame. */
static sqlite3_stmt *prepare(struct sqlite *sqlite, struct visit *visit, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(sqlite->db, sql, -1, &statement, NULL) != SQLITE_OK)
        blame(sqlite, visit);
    else if (!statement || !sqlite3_stmt_readonly(statement))
        visit_fail(visit, "%s: the query does not only read", sqlite->path);
    if (!visit->rc)
        return statement;
    sqlite3_finalize(statement);
    return NULL;
}

/* True: there is a row. */
static bool step(struct sqlite *sqlite, struct visit *visit, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        blame(sqlite, visit);
    return code == SQLITE_ROW;
}

static struct cell cell_at(sqlite3_stmt *statement, int column)
{
    int type = sqlite3_column_type(statement, column);
    struct cell cell = {type == SQLITE_BLOB ? CELL_BYTES : CELL_TEXT, NULL, 0};
    if (type == SQLITE_NULL)
        return cell;
    cell.text = type == SQLITE_BLOB ? sqlite3_column_blob(statement, column)
                                    : (const char *)sqlite3_column_text(statement, column);
    cell.size = (size_t)sqlite3_column_bytes(statement, column);
    return cell;
}

static int find_columns(const struct sqlite *sqlite, struct visit *visit, enum visit_slot slot,
                        sqlite3_stmt *statement, struct visit_columns *ret_columns)
{
    const char *columns[VISIT_COLUMNS_MAX];
    int count = sqlite3_column_count(statement);
    count = count < VISIT_COLUMNS_MAX ? count : VISIT_COLUMNS_MAX;
    for (int i = 0; i < count; i++)
        columns[i] = sqlite3_column_name(statement, i);
    return visit_columns(visit, slot, &sqlite->store.names[slot], columns, count, ret_columns);
}

/* NULL: it is SQL's, or there is no such column. */
static const char *text_at(sqlite3_stmt *statement, int column)
{
    return column >= 0 ? (const char *)sqlite3_column_text(statement, column) : NULL;
}

static void read_rows(struct sqlite *sqlite, struct visit *visit, enum visit_slot slot,
                      sqlite3_stmt *statement)
{
    struct visit_columns at;
    visit_begin(visit, slot);
    if (find_columns(sqlite, visit, slot, statement, &at))
        return;
    while (!visit->rc && step(sqlite, visit, statement)) {
        const struct row_cells cells = {
            .user = cell_at(statement, at.user),
            .id = text_at(statement, at.id),
            .item = text_at(statement, at.item),
            .units = text_at(statement, at.units),
            .order = text_at(statement, at.order),
        };
        visit_add(visit, slot, &sqlite->store.people, &cells);
    }
}

static void read_slot(struct sqlite *sqlite, struct visit *visit, enum visit_slot slot)
{
    const char *query = sqlite->store.queries[slot];
    if (!query || (!visit->read[slot] && !visit->count[slot]))
        return;
    _cleanup_(buf_free) struct buf count;
    buf_init(&count, QUERY_MAX);
    visit_count_query(&count, DIALECT_POSTGRES, query);
    sqlite3_stmt *statement = prepare(sqlite, visit, visit->read[slot] ? query : buf_text(&count));
    if (statement && visit->read[slot])
        read_rows(sqlite, visit, slot, statement);
    else if (statement && step(sqlite, visit, statement))
        visit->counts[slot] = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    if (visit->rc)
        visit->failed = (int)slot;
}

static void read_value(struct sqlite *sqlite, struct visit *visit)
{
    sqlite3_stmt *statement = prepare(sqlite, visit, visit->ask);
    if (statement && step(sqlite, visit, statement)) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        visit->value = text ? strdup(text) : NULL;
    }
    sqlite3_finalize(statement);
}

/* All in one transaction, whose snapshot the first statement takes. */
static void read_all(struct sqlite *sqlite, struct visit *visit)
{
    if (sqlite3_exec(sqlite->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        blame(sqlite, visit);
    for (enum visit_slot slot = 0; !visit->rc && slot < VISIT_SLOTS; slot++)
        read_slot(sqlite, visit, slot);
    if (!visit->rc && visit->ask)
        read_value(sqlite, visit);
}

static bool has_log(const struct sqlite *sqlite)
{
    char path[sizeof sqlite->path + 8];
    struct stat info;
    snprintf(path, sizeof path, "%s-wal", sqlite->path);
    return !stat(path, &info) && info.st_size > 0;
}

/* Has it a write-ahead log, by the file's header (the versions of its format), of which nothing is
 * there? Either nobody has it open, or nothing was written since all of it went into the file. */
static bool lies_still(const struct sqlite *sqlite)
{
    unsigned char versions[2] = {0};
    enum { VERSIONS_AT = 18, WITH_LOG = 2 };
    _cleanup_close_ int fd = open(sqlite->path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && pread(fd, versions, 2, VERSIONS_AT) == 2 && versions[0] == WITH_LOG &&
           !has_log(sqlite);
}

/* Such a file is whole, and is read as it lies: SQLite would make a log, which the service might
 * then not be able to write. False: it changed meanwhile. */
static bool read_as_it_lies(struct sqlite *sqlite, struct visit *visit)
{
    struct stat before, after;
    if (stat(sqlite->path, &before))
        return false;
    if (!open_file(sqlite, visit, true))
        read_all(sqlite, visit);
    close_file(sqlite);
    return !stat(sqlite->path, &after) && before.st_ino == after.st_ino &&
           before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
           before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && lies_still(sqlite);
}

/* Services that open the file for each request make the log and its index and remove them again:
 * who came between is to come again. */
static void read_file(struct sqlite *sqlite, struct visit *visit)
{
    ns_t until = clock_now() + BUSY_MS * NS_PER_MS;
    for (bool again = true; again;) {
        visit->rc = 0;
        visit->failed = -1;
        sqlite->gone = false;
        if (lies_still(sqlite)) {
            again = !read_as_it_lies(sqlite, visit) && !is_over(sqlite);
            continue;
        }
        if (!open_file(sqlite, visit, false))
            read_all(sqlite, visit);
        close_file(sqlite);
        again = sqlite->gone && !is_over(sqlite) && clock_now() < until;
        if (again)
            clock_sleep_until(clock_now() + NS_PER_MS);
    }
}

static bool is_asked(const struct visit *visit)
{
    bool asked = visit->ask != NULL;
    for (int slot = 0; slot < VISIT_SLOTS; slot++)
        asked |= visit->read[slot] || visit->count[slot];
    return asked;
}

static void sqlite_visit(struct store *store, struct visit *visit)
{
    struct sqlite *sqlite = (struct sqlite *)store;
    struct stat info;
    snprintf(visit->version, sizeof visit->version, "%s", sqlite3_libversion());
    if (!is_asked(visit)) /* the service makes the file, and may not have done so yet */
        return;
    sqlite->deadline = clock_now() + STORE_ANSWER_SPAN;
    if (stat(sqlite->path, &info)) {
        visit->missing = errno == ENOENT;
        visit_fail(visit, "%s: %s", sqlite->path, strerror(errno));
        return;
    }
    read_file(sqlite, visit);
}

/* ---- commands ---- */

static int open_to_write(struct sqlite *sqlite, struct err *err)
{
    char uri[3 * sizeof sqlite->path + 64];
    write_uri(sqlite, "mode=rw", uri, sizeof uri);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    int code = access(sqlite->path, F_OK) ? SQLITE_CANTOPEN
                                          : sqlite3_open_v2(uri, &sqlite->db, flags, NULL);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(sqlite->db, COMMAND_BUSY_MS);
        return 0;
    }
    int rc = err_set(err, ERR_ENVIRONMENT, "SQLite: %s: %s", sqlite->path,
                     sqlite->db ? sqlite3_errmsg(sqlite->db) : "there is no such file");
    err->retriable = !sqlite->db; /* the service may have still to make it */
    return rc;
}

static int run_texts(struct sqlite *sqlite, const char *const *texts, struct err *err)
{
    int rc = open_to_write(sqlite, err);
    for (; !rc && *texts; texts++)
        if (sqlite3_exec(sqlite->db, *texts, NULL, NULL, NULL) != SQLITE_OK) {
            const char *said = sqlite3_errmsg(sqlite->db);
            rc = err_set(err, ERR_ENVIRONMENT, "SQLite: %s: %s", sqlite->path, said);
            err->retriable = strstr(said, "no such table") != NULL;
        }
    close_file(sqlite);
    return rc;
}

/* A file is opened by each command. */
static int sqlite_connect(struct store *store, struct err *err)
{
    (void)store;
    (void)err;
    return 0;
}

static int sqlite_execute(struct store *store, const char *command, struct err *err)
{
    return run_texts((struct sqlite *)store, (const char *const[]){command, NULL}, err);
}

static int sqlite_try_out(struct store *store, const char *command, struct err *err)
{
    const char *const texts[] = {"BEGIN", command, "ROLLBACK", NULL};
    return run_texts((struct sqlite *)store, texts, err);
}

static void sqlite_wake(struct store *store)
{
    atomic_store(&((struct sqlite *)store)->stop, true);
}

static bool sqlite_reads(const char *query, char *ret_why, size_t size)
{
    return statement_reads(DIALECT_POSTGRES, query, ret_why, size);
}

const struct store_ops store_sqlite = {
    .name = "sqlite",
    .title = "SQLite",
    .schemes = {"sqlite", "sqlite3"},
    .sql = true,
    .size = sizeof(struct sqlite),
    .reads = sqlite_reads,
    .open = sqlite_open,
    .visit = sqlite_visit,
    .connect = sqlite_connect,
    .execute = sqlite_execute,
    .try_out = sqlite_try_out,
    .wake = sqlite_wake,
};
