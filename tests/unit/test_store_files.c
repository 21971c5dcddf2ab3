/* links: store */
/* Stores that need no server: a file of SQLite, the output of a command. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

static char dir[64], path[80], url[96];

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/rushproof-unit-XXXXXX");
    cr_assert(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/shop.db", dir);
    snprintf(url, sizeof url, "sqlite://%s", path);
}

static void drop_dir(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char file[96];
        snprintf(file, sizeof file, "%s%s", path, ends[i]);
        unlink(file);
    }
    chmod(dir, 0700);
    cr_expect_eq(rmdir(dir), 0, "something is left in %s", dir);
}

static sqlite3 *service(const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &why), SQLITE_OK, "%s", why);
    return db;
}

/* One visit: "3 7 8 9", how many and who; or what is wrong. */
static const char *read_rows(const char *address, const char *query, bool whole)
{
    static char told[512];
    struct store *store = NULL;
    struct err err = {0};
    struct visit visit;
    visit_init(&visit);
    cr_assert_eq(store_open(address, false, &store, &err), 0, "%s", err.message);
    store->queries[VISIT_COUPONS] = strdup(query);
    store->people.roster = roster_numbers(1);
    visit.read[VISIT_COUPONS] = whole;
    visit.count[VISIT_COUPONS] = true;
    store_visit(store, &visit);
    size_t used =
        (size_t)snprintf(told, sizeof told, "%lld", (long long)visit.counts[VISIT_COUPONS]);
    for (size_t i = 0; i < visit.rows[VISIT_COUPONS].count; i++)
        used += (size_t)snprintf(told + used, sizeof told - used, " %lld",
                                 (long long)visit.rows[VISIT_COUPONS].v[i].user);
    if (visit.rc)
        snprintf(told, sizeof told, "%s%s", visit.missing ? "missing: " : "", visit.error);
    visit_free(&visit);
    store_close(store);
    return told;
}

static int open_beside(const char *end)
{
    char file[96];
    snprintf(file, sizeof file, "%s%s", path, end);
    return open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static bool exists(const char *end)
{
    char file[96];
    snprintf(file, sizeof file, "%s%s", path, end);
    return !access(file, F_OK);
}

#define TABLE "CREATE TABLE coupon (id INTEGER PRIMARY KEY, user_id);"
#define ROWS  "INSERT INTO coupon (user_id) VALUES (7), (8), (9);"
#define QUERY "SELECT user_id FROM coupon ORDER BY id;"

Test(sqlite, rows_and_counts, .init = make_dir, .fini = drop_dir)
{
    sqlite3 *db = service(TABLE ROWS);
    cr_expect_str_eq(read_rows(url, QUERY, true), "3 7 8 9");
    cr_expect_str_eq(read_rows(url, QUERY, false), "3");
    cr_expect_str_eq(read_rows(url, "SELECT * FROM coupon", true), "3 7 8 9", "by name");
    sqlite3_exec(db, "UPDATE coupon SET user_id = '7a' WHERE id = 1", NULL, NULL, NULL);
    cr_expect(strstr(read_rows(url, QUERY, true), "row 1 of the coupons query has no user"), "%s",
              read_rows(url, QUERY, true));
    sqlite3_close(db);
}

Test(sqlite, what_is_missing_is_told_from_what_is_empty, .init = make_dir, .fini = drop_dir)
{
    cr_expect(!strncmp(read_rows(url, QUERY, true), "missing: /tmp/", 14));
    cr_expect_not(exists(""), "nothing is made by reading it");
    sqlite3_close(service("CREATE TABLE other (a)"));
    cr_expect(strstr(read_rows(url, QUERY, true), "no such table: coupon"));
    cr_expect(!strncmp(read_rows(url, QUERY, true), "missing: ", 9));
    sqlite3_close(service(TABLE));
    cr_expect_str_eq(read_rows(url, QUERY, true), "0");
}

Test(sqlite, only_reads, .init = make_dir, .fini = drop_dir)
{
    sqlite3_close(service(TABLE ROWS));
    cr_expect(strstr(read_rows(url, "DELETE FROM coupon", true), "does not only read"));
    cr_expect(strstr(read_rows(url, "WITH a AS (SELECT 1) DELETE FROM coupon", true),
                     "does not only read"));
    cr_expect_str_eq(read_rows(url, QUERY, false), "3");
}

/* What a reset says is done; what is only tried out is not; a table or a file that is not there is
 * told from what is wrong. */
Test(sqlite, commands, .init = make_dir, .fini = drop_dir)
{
    struct store *store = NULL;
    struct err err = {0};
    bool local = false;
    char where[64];
    cr_assert_eq(store_open(url, true, &store, &err), 0, "%s", err.message);
    cr_expect_eq(store_is_local(store, &local, where, sizeof where, &err), 0);
    cr_expect(local);
    cr_expect_neq(store_execute(store, "DELETE FROM coupon", &err), 0);
    cr_expect(err.retriable && strstr(err.message, "no such file"), "%s", err.message);
    cr_expect(!exists(""), "a file was made");
    sqlite3_close(service("PRAGMA journal_mode = WAL;" TABLE ROWS));
    cr_expect_eq(store_try_out(store, "DELETE FROM coupon", &err), 0, "%s", err.message);
    cr_expect_str_eq(read_rows(url, QUERY, false), "3");
    cr_expect_eq(store_execute(store, "DELETE FROM coupon WHERE user_id = 7", &err), 0);
    cr_expect_str_eq(read_rows(url, QUERY, false), "2");
    cr_expect_neq(store_execute(store, "DELETE FROM other", &err), 0);
    cr_expect(err.retriable && strstr(err.message, "no such table: other"), "%s", err.message);
    err = (struct err){0};
    cr_expect_neq(store_execute(store, "DELETE coupon", &err), 0);
    cr_expect(!err.retriable, "%s", err.message);
    store_close(store);
}

/* The service has the file open, or has closed it, or was killed; the reader may write beside it or
 * not: it sees all that was committed and leaves nothing behind. */
Test(sqlite, a_write_ahead_log, .init = make_dir, .fini = drop_dir)
{
    sqlite3 *db = service("PRAGMA journal_mode = WAL;" TABLE ROWS);
    cr_assert(exists("-wal"));
    cr_expect_str_eq(read_rows(url, QUERY, true), "3 7 8 9");
    sqlite3_exec(db, "INSERT INTO coupon (user_id) VALUES (10)", NULL, NULL, NULL);
    cr_expect_str_eq(read_rows(url, QUERY, true), "4 7 8 9 10");
    sqlite3_exec(db, "BEGIN IMMEDIATE; INSERT INTO coupon (user_id) VALUES (11)", NULL, NULL, NULL);
    cr_expect_str_eq(read_rows(url, QUERY, false), "4", "not committed");
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    cr_assert_not(exists("-wal"));
    cr_expect_str_eq(read_rows(url, QUERY, true), "4 7 8 9 10", "closed");
    cr_expect_not(exists("-wal"), "a log that the service may not be able to write");
    cr_expect_not(exists("-shm"));
}

static bool serve_request(void)
{
    sqlite3 *db = NULL;
    bool done = sqlite3_open(path, &db) == SQLITE_OK && !sqlite3_busy_timeout(db, 5000) &&
                sqlite3_exec(db, "INSERT INTO coupon VALUES (8)", NULL, NULL, NULL) == SQLITE_OK;
    sqlite3_close(db);
    return done;
}

/* A process of its own: within one SQLite shares what it has open. */
static pid_t serve_requests(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (int served = 0, tries = 0; served < 150 && tries < 2000; tries++)
            served += serve_request();
        _exit(0);
    }
    return pid;
}

/* With each last connection the log and its index go away: whoever comes between reads the file,
 * and makes neither. */
Test(sqlite, a_service_that_opens_it_for_each_request, .init = make_dir, .fini = drop_dir)
{
    static const char query[] = "SELECT user_id FROM coupon";
    sqlite3_close(service("PRAGMA journal_mode = wal; CREATE TABLE coupon (user_id INTEGER)"));
    pid_t pid = serve_requests();
    long rows = 0;
    while (waitpid(pid, NULL, WNOHANG) != pid) {
        char *end;
        const char *told = read_rows(url, query, false);
        long now = strtol(told, &end, 10);
        cr_assert(end != told && now >= rows, "%ld rows before, then: %s", rows, told);
        rows = now;
    }
    cr_expect_eq(strtol(read_rows(url, query, false), NULL, 10), 150);
    close(open_beside("-wal"));
    cr_expect_eq(strtol(read_rows(url, query, false), NULL, 10), 150, "an empty log holds nothing");
}

Test(sqlite, a_log_of_a_service_that_was_killed, .init = make_dir, .fini = drop_dir)
{
    pid_t pid = fork();
    if (pid == 0) {
        service("PRAGMA journal_mode = WAL;" TABLE ROWS);
        _exit(0);
    }
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    cr_assert(exists("-wal") && exists("-shm"));
    cr_expect_str_eq(read_rows(url, QUERY, true), "3 7 8 9");
    cr_expect(exists("-wal"), "nobody has recovered it");
}

Test(sqlite, the_writer_is_waited_for, .init = make_dir, .fini = drop_dir)
{
    sqlite3 *db = service(TABLE ROWS);
    sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
    cr_expect(strstr(read_rows(url, QUERY, true), "a writer has kept it for 2 s"));
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(db);
}

Test(sqlite, addresses)
{
    static const char *const wrong[] = {"sqlite://shop.db", "sqlite://host/shop.db", "sqlite://"};
    struct err err = {0};
    struct store *store = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect(store_open(wrong[i], false, &store, &err), "%s", wrong[i]);
    cr_expect(strstr(err.message, "three slashes"));
    make_dir();
    snprintf(path, sizeof path, "%s/a b%%#?.db", dir);
    sqlite3_close(service(TABLE ROWS));
    char address[128];
    snprintf(address, sizeof address, "sqlite://%s/a%%20b%%25%%23%%3F.db", dir);
    cr_expect_str_eq(read_rows(address, QUERY, false), "3");
    snprintf(address, sizeof address, "sqlite:///%s/a%%20b%%25%%23%%3F.db", dir);
    cr_expect_str_eq(read_rows(address, QUERY, false), "3");
    drop_dir();
}

/* ---- a command ---- */

Test(command, its_output_is_the_rows)
{
    cr_expect_str_eq(read_rows("command:", "printf 'user_id\\n7\\n8\\n'", true), "2 7 8");
    cr_expect_str_eq(read_rows("command:", "echo '{\"user_id\": 7}'", false), "1");
    cr_expect_str_eq(read_rows("command:", "true", true), "0", "nothing is none");
}

Test(command, what_is_wrong_is_told_apart)
{
    static const struct {
        const char *command, *words;
    } rows[] = {
        {"exit 3", "it ended with code 3"},
        {"echo first >&2; echo 'no route to host' >&2; exit 1",
         "it ended with code 1: no route to host"},
        {"echo user_id; echo 7; exit 1", "it ended with code 1"},
        {"kill -9 $$", "it was ended by signal 9"},
        {"/nowhere/mongosh", "it ended with code 127: sh: 1: /nowhere/mongosh: not found"},
        {"echo hello", "the first line of the coupons names no column user_id"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *told = read_rows("command:", rows[i].command, true);
        cr_expect(strstr(told, rows[i].words), "%s: %s", rows[i].command, told);
    }
}

Test(command, what_takes_too_long_is_ended_with_all_that_it_started, .timeout = 60)
{
    char pid_file[] = "/tmp/rushproof-unit-pid-XXXXXX", command[160];
    close(mkstemp(pid_file));
    snprintf(command, sizeof command, "sleep 1000 & echo $! >%s; sleep 1000", pid_file);
    cr_expect_str_eq(read_rows("command:", command, true), "it did not end within 10 s");
    FILE *file = fopen(pid_file, "r");
    int pid = 0;
    cr_assert(file && fscanf(file, "%d", &pid) == 1);
    fclose(file);
    unlink(pid_file);
    char state[64];
    snprintf(state, sizeof state, "/proc/%d/stat", pid);
    bool gone = false;
    for (int i = 0; i < 10000 && !gone; i++, usleep(1000)) {
        char kind = 0;
        file = fopen(state, "r");
        gone = !file || (fscanf(file, "%*d %*s %c", &kind) == 1 && kind == 'Z');
        if (file)
            fclose(file);
    }
    cr_expect(gone, "process %d lives on", pid);
}
