/* MySQL and MariaDB. Each visit is one transaction that only reads and is rolled back; what it sets
 * for the session is set back, so that a pooled session is left as it was made. Its calls block,
 * bounded by the library's own timeouts: a server that hangs keeps this thread for
 * DB_STATEMENT_SPAN at most and nobody else. */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "client/mysql_client.h"
#include "probe/db.h"

#define QUERY_MAX ((size_t)256 * 1024)

struct mysql {
    struct db_settings settings;
    MYSQL *conn; /* NULL: not connected */
};

/* What a server or a role may have set, and would change what is read or cut it short. */
static const struct {
    const char *name, *value;
    const char *maker; /* only this one knows it; NULL: both */
} session[] = {
    {"sql_mode", "''", NULL},
    {"sql_select_limit", "18446744073709551615", NULL},
    {"sql_auto_is_null", "0", NULL},
    {"time_zone", "'+00:00'", NULL},
    {"group_concat_max_len", "1048576", NULL},
    {"max_statement_time", "10", "MariaDB"}, /* DB_STATEMENT_SPAN */
    {"max_execution_time", "10000", "MySQL"},
};
_Static_assert(DB_STATEMENT_SPAN == 10 * NS_PER_S, "the session's limits say the same");

static const char *const slot_names[] = {[DB_COUPONS] = "coupons", [DB_PARKED] = "parked"};

static void drop_link(struct mysql *mysql)
{
    mysql_client_close(&mysql->conn);
}

static int connect_link(struct mysql *mysql, struct db_job *job)
{
    struct err err = {0};
    mysql->conn = mysql_client_open(mysql->settings.url, DB_CONNECT_SPAN, DB_STATEMENT_SPAN, &err);
    return mysql->conn ? 0 : db_job_fail(job, "%s", err.message);
}

/* A statement without rows. After an error the session is in no known state: it is given up. */
static int tell(struct mysql *mysql, struct db_job *job, const char *sql)
{
    if (!mysql->conn || mysql_query(mysql->conn, sql) == 0)
        return 0;
    if (!job->rc)
        db_job_fail(job, "%s", mysql_error(mysql->conn));
    drop_link(mysql);
    return -1;
}

static int set_session(struct mysql *mysql, struct db_job *job, bool ours)
{
    char sql[512] = "SET";
    const char *info = mysql_get_server_info(mysql->conn);
    const char *maker = strstr(info, "MariaDB") ? "MariaDB" : "MySQL";
    for (size_t i = 0; i < sizeof session / sizeof *session; i++) {
        if (session[i].maker && strcmp(session[i].maker, maker) != 0)
            continue;
        size_t used = strlen(sql);
        snprintf(sql + used, sizeof sql - used, "%s SESSION %s = %s", i ? "," : "", session[i].name,
                 ours ? session[i].value : "DEFAULT");
    }
    return tell(mysql, job, sql);
}

static int begin_visit(struct mysql *mysql, struct db_job *job)
{
    int rc = set_session(mysql, job, true);
    if (!rc) /* of the next transaction alone */
        rc = tell(mysql, job, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    return rc ? rc : tell(mysql, job, "START TRANSACTION READ ONLY");
}

static void end_visit(struct mysql *mysql, struct db_job *job)
{
    if (mysql->conn && !tell(mysql, job, "ROLLBACK"))
        (void)!set_session(mysql, job, false);
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
    enum { NO_SUCH_TABLE = 1146 };
    unsigned code = mysql_errno(mysql->conn);
    job->missing = code == NO_SUCH_TABLE;
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
    db_count_query(&sql, DIALECT_MYSQL, mysql->settings.queries[slot]);
    MYSQL_RES *result = ask(mysql, job, buf_text(&sql));
    if (!result)
        return job->rc;
    MYSQL_ROW row = mysql_fetch_row(result);
    if (!row || !row[0] || units_parse_int(row[0], 0, INT64_MAX, &job->counts[slot], NULL))
        db_job_fail(job, "the %s query gave no count", slot_names[slot]);
    mysql_free_result(result);
    return job->rc;
}

/* Bytes are texts of a character set of their own. */
static enum db_form form_of(MYSQL_RES *result)
{
    enum { BINARY = 63 };
    const MYSQL_FIELD *field = mysql_fetch_field_direct(result, 0);
    bool text = field->type == MYSQL_TYPE_STRING || field->type == MYSQL_TYPE_VAR_STRING ||
                field->type == MYSQL_TYPE_BLOB;
    return text && field->charsetnr == BINARY ? DB_BYTES : DB_TEXT;
}

static int take_rows(struct mysql *mysql, struct db_job *job, enum db_slot slot, MYSQL_RES *result)
{
    struct roster *roster = mysql->settings.roster;
    size_t count = (size_t)mysql_num_rows(result);
    bool has_id = mysql_num_fields(result) > 1;
    struct rows *rows = &job->rows[slot];
    job->counts[slot] = (int64_t)count; /* also when they cannot be read one by one */
    rows->v = calloc(count + 1, sizeof *rows->v);
    if (!rows->v)
        return db_job_fail(job, "no room for %zu rows", count);
    MYSQL_ROW row;
    for (size_t i = 0; i < count && (row = mysql_fetch_row(result)); i++) {
        struct db_value user = {form_of(result), row[0], mysql_fetch_lengths(result)[0]};
        if (!db_row(roster, &user, has_id ? row[1] : NULL, i + 1, &rows->v[i]))
            return db_user_fail(job, slot_names[slot], i + 1, roster, &user);
    }
    rows->count = count;
    rows->known = true;
    job->has_id[slot] = has_id;
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
    take_rows(mysql, job, slot, result);
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

static void visit(struct mysql *mysql, struct db_job *job)
{
    for (enum db_slot slot = 0; slot < DB_SLOTS; slot++)
        if (visit_slot(mysql, job, slot)) {
            job->failed = (int)slot;
            return;
        }
    if (job->ask)
        visit_value(mysql, job);
}

void mysql_run(void *state, struct job *base)
{
    struct mysql *mysql = state;
    struct db_job *job = (struct db_job *)base;
    if (!mysql->conn && connect_link(mysql, job))
        return;
    snprintf(job->version, sizeof job->version, "%s", mysql_get_server_info(mysql->conn));
    if (begin_visit(mysql, job))
        return;
    visit(mysql, job);
    end_visit(mysql, job);
}

static void mysql_state_close(void *state)
{
    struct mysql *mysql = state;
    drop_link(mysql);
    db_settings_free(&mysql->settings);
    free(mysql);
    mysql_thread_end();
}

struct source *mysql_source(struct db_settings *settings, struct err *err)
{
    static const struct source_ops ops = {mysql_state_close, NULL};
    struct mysql *mysql = calloc(1, sizeof *mysql);
    if (!mysql || mysql_client_check(settings->url, err)) {
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
