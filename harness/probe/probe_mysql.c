/* MySQL and MariaDB, by the MariaDB client library, which speaks to both.
 * mysql://user:password@host:port/db, or mysql://user@localhost/db?socket=/path. Its calls block,
 * bounded by the library's own timeouts: a server that hangs keeps this thread for
 * DB_STATEMENT_SPAN at most and nobody else. */
#include <mysql.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "probe/db.h"
#include "probe/url.h"

#define QUERY_MAX    ((size_t)256 * 1024)
#define DEFAULT_PORT 3306
#define SESSION_WAIT ((unsigned)(DB_STATEMENT_SPAN / NS_PER_S))

struct mysql {
    struct db_settings settings;
    struct url url;
    MYSQL *conn; /* NULL: not connected */
};

static const char *const slot_names[] = {[DB_COUPONS] = "coupons", [DB_PARKED] = "parked"};

static void drop_link(struct mysql *mysql)
{
    if (mysql->conn)
        mysql_close(mysql->conn);
    mysql->conn = NULL;
}

static int connect_link(struct mysql *mysql, struct db_job *job)
{
    const struct url *url = &mysql->url;
    char path[256] = "";
    bool by_socket = url_query(url, "socket", path, sizeof path);
    MYSQL *conn = mysql_init(NULL);
    if (!conn)
        return db_job_fail(job, "no memory");
    const unsigned wait = SESSION_WAIT;
    const unsigned connect_wait = (unsigned)(DB_CONNECT_SPAN / NS_PER_S);
    mysql_options(conn, MYSQL_OPT_CONNECT_TIMEOUT, &connect_wait);
    mysql_options(conn, MYSQL_OPT_READ_TIMEOUT, &wait);
    mysql_options(conn, MYSQL_OPT_WRITE_TIMEOUT, &wait);
    mysql_options4(conn, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "rushproof");
    const char *database = url->path[0] == '/' ? url->path + 1 : url->path;
    if (!mysql_real_connect(conn, by_socket ? NULL : url->host, url->user, url->password,
                            *database ? database : NULL,
                            (unsigned)(url->port ? url->port : DEFAULT_PORT),
                            by_socket ? path : NULL, 0)) {
        db_job_fail(job, "%s", mysql_error(conn));
        mysql_close(conn);
        return job->rc;
    }
    mysql->conn = conn;
    /* MariaDB knows the first limit, MySQL the second: one of the two is expected to fail. */
    (void)mysql_query(conn, "SET SESSION max_statement_time = 10");
    (void)mysql_query(conn, "SET SESSION max_execution_time = 10000");
    if (mysql_query(conn, "SET SESSION TRANSACTION READ ONLY")) {
        db_job_fail(job, "%s", mysql_error(conn));
        drop_link(mysql);
    }
    return job->rc;
}

/* The whole result of one statement; NULL after db_job_fail. A lost connection is made anew next
 * time. */
static MYSQL_RES *ask(struct mysql *mysql, struct db_job *job, const char *sql)
{
    MYSQL_RES *result = NULL;
    if (mysql_query(mysql->conn, sql) == 0)
        result = mysql_store_result(mysql->conn);
    if (result)
        return result;
    unsigned code = mysql_errno(mysql->conn);
    db_job_fail(job, "%s", code ? mysql_error(mysql->conn) : "the query gives no rows");
    /* 2000 to 2999 are errors of the client library: the connection cannot be trusted any more. */
    if (code >= 2000 && code < 3000)
        drop_link(mysql);
    return NULL;
}

static int count_slot(struct mysql *mysql, struct db_job *job, enum db_slot slot)
{
    _cleanup_(buf_free) struct buf sql;
    buf_init(&sql, QUERY_MAX);
    db_count_query(&sql, mysql->settings.queries[slot]);
    MYSQL_RES *result = ask(mysql, job, buf_text(&sql));
    if (!result)
        return job->rc;
    MYSQL_ROW row = mysql_fetch_row(result);
    struct row number;
    if (row && db_row(row[0], NULL, 0, &number))
        job->counts[slot] = number.user;
    else
        db_job_fail(job, "the %s query gave no count", slot_names[slot]);
    mysql_free_result(result);
    return job->rc;
}

static int take_rows(struct db_job *job, enum db_slot slot, MYSQL_RES *result)
{
    size_t count = (size_t)mysql_num_rows(result);
    bool has_id = mysql_num_fields(result) > 1;
    struct rows *rows = &job->rows[slot];
    rows->v = calloc(count + 1, sizeof *rows->v);
    if (!rows->v)
        return db_job_fail(job, "no room for %zu rows", count);
    MYSQL_ROW row;
    for (size_t i = 0; i < count && (row = mysql_fetch_row(result)); i++)
        if (!db_row(row[0], has_id ? row[1] : NULL, i + 1, &rows->v[i]))
            return db_job_fail(
                job, "row %zu of the %s query has '%s' where a user's whole number belongs", i + 1,
                slot_names[slot], row[0] ? row[0] : "NULL");
    rows->count = count;
    rows->known = true;
    job->has_id[slot] = has_id;
    job->counts[slot] = (int64_t)count;
    return 0;
}

static int visit_slot(struct mysql *mysql, struct db_job *job, enum db_slot slot)
{
    const char *query = mysql->settings.queries[slot];
    if (!query || (!job->read[slot] && !job->count[slot]))
        return 0;
    if (!job->read[slot])
        return count_slot(mysql, job, slot);
    MYSQL_RES *result = ask(mysql, job, query);
    if (!result)
        return job->rc;
    take_rows(job, slot, result);
    mysql_free_result(result);
    return job->rc;
}

static void visit_value(struct mysql *mysql, struct db_job *job)
{
    MYSQL_RES *result = ask(mysql, job, job->ask);
    if (!result)
        return;
    MYSQL_ROW row = mysql_fetch_row(result);
    job->value = row && row[0] ? strdup(row[0]) : NULL;
    mysql_free_result(result);
}

void mysql_run(void *state, struct job *base)
{
    struct mysql *mysql = state;
    struct db_job *job = (struct db_job *)base;
    if (!mysql->conn && connect_link(mysql, job))
        return;
    snprintf(job->version, sizeof job->version, "%s", mysql_get_server_info(mysql->conn));
    for (enum db_slot slot = 0; slot < DB_SLOTS; slot++)
        if (visit_slot(mysql, job, slot))
            return;
    if (job->ask)
        visit_value(mysql, job);
}

static void mysql_state_close(void *state)
{
    struct mysql *mysql = state;
    drop_link(mysql);
    db_settings_free(&mysql->settings);
    free(mysql);
    mysql_thread_end();
}

static void init_library(void)
{
    mysql_library_init(0, NULL, NULL);
}

struct source *mysql_source(struct db_settings *settings, struct err *err)
{
    static const struct source_ops ops = {mysql_state_close, NULL};
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_library);
    struct mysql *mysql = calloc(1, sizeof *mysql);
    if (!mysql || url_parse(settings->url, &mysql->url, err)) {
        if (!mysql)
            err_set(err, ERR_MEMORY, "no room for the probe of mysql");
        free(mysql);
        db_settings_free(settings);
        return NULL;
    }
    mysql->settings = *settings;
    *settings = (struct db_settings){0};
    return source_new("mysql", mysql, &ops, err);
}
