/* MySQL and MariaDB. Each visit is one transaction that only reads and is rolled back; what it sets
 * for the session is set back, so that a pooled session is left as it was made. Its calls block,
 * bounded by the library's own timeouts: a server that hangs keeps this thread for
 * STORE_ANSWER_SPAN at most and nobody else. */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "store/mysql_client.h"
#include "store/store.h"

#define QUERY_MAX ((size_t)256 * 1024)

struct mysql {
    struct store store;
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
    {"max_statement_time", "10", "MariaDB"}, /* STORE_ANSWER_SPAN */
    {"max_execution_time", "10000", "MySQL"},
};
_Static_assert(STORE_ANSWER_SPAN == 10 * NS_PER_S, "the session's limits say the same");

static void drop_link(struct mysql *mysql)
{
    mysql_client_close(&mysql->conn);
}

static int mysql_connect(struct store *store, struct err *err)
{
    struct mysql *mysql = (struct mysql *)store;
    ns_t patience = store->commands ? STORE_COMMAND_SPAN : STORE_ANSWER_SPAN;
    if (!mysql->conn)
        mysql->conn = mysql_client_open(store->url, STORE_CONNECT_SPAN, patience, err);
    if (!mysql->conn)
        return err_prefix(err, "MySQL");
    /* Whatever the server's default is, what is emptied stays emptied. */
    if (store->commands && mysql_autocommit(mysql->conn, 1))
        return err_set(err, ERR_ENVIRONMENT, "MySQL: %s", mysql_error(mysql->conn));
    return 0;
}

/* A statement without rows. After an error the session is in no known state: it is given up. */
static int tell(struct mysql *mysql, struct visit *visit, const char *sql)
{
    if (!mysql->conn || mysql_query(mysql->conn, sql) == 0)
        return 0;
    if (!visit->rc)
        visit_fail(visit, "%s", mysql_error(mysql->conn));
    drop_link(mysql);
    return -1;
}

static int set_session(struct mysql *mysql, struct visit *visit, bool ours)
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
    return tell(mysql, visit, sql);
}

static int begin_visit(struct mysql *mysql, struct visit *visit)
{
    int rc = set_session(mysql, visit, true);
    if (!rc) /* of the next transaction alone */
        rc = tell(mysql, visit, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    return rc ? rc : tell(mysql, visit, "START TRANSACTION READ ONLY");
}

static void end_visit(struct mysql *mysql, struct visit *visit)
{
    if (mysql->conn && !tell(mysql, visit, "ROLLBACK"))
        (void)!set_session(mysql, visit, false);
}

static bool is_missing(unsigned code)
{
    enum { UNKNOWN_TABLE = 1051, NO_SUCH_TABLE = 1146 };
    return code == UNKNOWN_TABLE || code == NO_SUCH_TABLE;
}

/* 2000 to 2999 are errors of the client library: the connection cannot be trusted any more. */
static void drop_lost(struct mysql *mysql, unsigned code)
{
    if (code >= 2000 && code < 3000)
        drop_link(mysql);
}

/* The whole result of one statement; NULL after visit_fail. A lost connection is made anew next
 * time. */
static MYSQL_RES *ask(struct mysql *mysql, struct visit *visit, const char *sql)
{
    MYSQL_RES *result = NULL;
    if (mysql_query(mysql->conn, sql) == 0)
        result = mysql_store_result(mysql->conn);
    if (result)
        return result;
    unsigned code = mysql_errno(mysql->conn);
    visit->missing = is_missing(code);
    visit_fail(visit, "%s", code ? mysql_error(mysql->conn) : "the query gives no rows");
    drop_lost(mysql, code);
    return NULL;
}

static int count_slot(struct mysql *mysql, struct visit *visit, enum visit_slot slot)
{
    _cleanup_(buf_free) struct buf sql;
    buf_init(&sql, QUERY_MAX);
    visit_count_query(&sql, DIALECT_MYSQL, mysql->store.queries[slot]);
    MYSQL_RES *result = ask(mysql, visit, buf_text(&sql));
    if (!result)
        return visit->rc;
    MYSQL_ROW row = mysql_fetch_row(result);
    if (!row || !row[0] || units_parse_int(row[0], 0, INT64_MAX, &visit->counts[slot], NULL))
        visit_fail(visit, "the %s query gave no count", visit_slot_names[slot]);
    mysql_free_result(result);
    return visit->rc;
}

/* Bytes are texts of a character set of their own. */
static enum cell_form form_of(MYSQL_RES *result, int column)
{
    enum { BINARY = 63 };
    const MYSQL_FIELD *field = mysql_fetch_field_direct(result, (unsigned)column);
    bool text = field->type == MYSQL_TYPE_STRING || field->type == MYSQL_TYPE_VAR_STRING ||
                field->type == MYSQL_TYPE_BLOB;
    return text && field->charsetnr == BINARY ? CELL_BYTES : CELL_TEXT;
}

static int find_columns(const struct mysql *mysql, struct visit *visit, enum visit_slot slot,
                        MYSQL_RES *result, struct visit_columns *ret_columns)
{
    const char *columns[VISIT_COLUMNS_MAX];
    int count = (int)mysql_num_fields(result);
    count = count < VISIT_COLUMNS_MAX ? count : VISIT_COLUMNS_MAX;
    for (int i = 0; i < count; i++)
        columns[i] = mysql_fetch_field_direct(result, (unsigned)i)->name;
    return visit_columns(visit, slot, &mysql->store.names[slot], columns, count, ret_columns);
}

/* NULL: it is SQL's, or there is no such column. */
static const char *text_at(MYSQL_ROW row, int column)
{
    return column >= 0 ? row[column] : NULL;
}

static int take_rows(struct mysql *mysql, struct visit *visit, enum visit_slot slot,
                     MYSQL_RES *result)
{
    const struct row_people *people = &mysql->store.people;
    size_t count = (size_t)mysql_num_rows(result);
    struct visit_columns at;
    if (find_columns(mysql, visit, slot, result, &at) || visit_expect(visit, slot, people, count))
        return visit->rc;
    MYSQL_ROW row;
    for (size_t i = 0; i < count && (row = mysql_fetch_row(result)); i++) {
        const struct row_cells cells = {
            .user = {form_of(result, at.user), row[at.user], mysql_fetch_lengths(result)[at.user]},
            .id = text_at(row, at.id),
            .item = text_at(row, at.item),
            .units = text_at(row, at.units),
            .order = text_at(row, at.order),
        };
        if (visit_put(visit, slot, people, &cells, i))
            return visit->rc;
    }
    visit_complete(visit, slot, count, at.id >= 0);
    return 0;
}

static int visit_slot(struct mysql *mysql, struct visit *visit, enum visit_slot slot)
{
    const char *query = mysql->store.queries[slot];
    if (!query || (!visit->read[slot] && !visit->count[slot]))
        return 0;
    if (!visit->read[slot])
        return count_slot(mysql, visit, slot);
    MYSQL_RES *result = ask(mysql, visit, query);
    if (!result)
        return visit->rc;
    take_rows(mysql, visit, slot, result);
    mysql_free_result(result);
    return visit->rc;
}

static void visit_value(struct mysql *mysql, struct visit *visit)
{
    MYSQL_RES *result = ask(mysql, visit, visit->ask);
    if (!result)
        return;
    MYSQL_ROW row = mysql_fetch_row(result);
    visit->value = row && row[0] ? strdup(row[0]) : NULL;
    mysql_free_result(result);
}

static void visit_all(struct mysql *mysql, struct visit *visit)
{
    for (enum visit_slot slot = 0; slot < VISIT_SLOTS; slot++)
        if (visit_slot(mysql, visit, slot)) {
            visit->failed = (int)slot;
            return;
        }
    if (visit->ask)
        visit_value(mysql, visit);
}

/* "10.11.19-MariaDB-0+deb12u1": without the distribution's own. */
static void read_version(struct mysql *mysql, char *ret_version, size_t size)
{
    static const char maker[] = "-MariaDB";
    const char *info = mysql_get_server_info(mysql->conn), *at = strstr(info, maker);
    size_t length = at ? (size_t)(at - info) + strlen(maker) : strlen(info);
    snprintf(ret_version, size, "%.*s", (int)length, info);
}

static void mysql_visit(struct store *store, struct visit *visit)
{
    struct mysql *mysql = (struct mysql *)store;
    struct err err = {0};
    if (mysql_connect(store, &err)) {
        visit_fail(visit, "%s", err.message);
        return;
    }
    read_version(mysql, visit->version, sizeof visit->version);
    if (begin_visit(mysql, visit))
        return;
    visit_all(mysql, visit);
    end_visit(mysql, visit);
}

static int mysql_execute(struct store *store, const char *command, struct err *err)
{
    struct mysql *mysql = (struct mysql *)store;
    if (mysql_query(mysql->conn, command)) {
        unsigned code = mysql_errno(mysql->conn);
        err_set(err, ERR_ENVIRONMENT, "MySQL: %s", mysql_error(mysql->conn));
        if (err)
            err->retriable = is_missing(code);
        drop_lost(mysql, code);
        return -(int)ERR_ENVIRONMENT;
    }
    MYSQL_RES *rows = mysql_store_result(mysql->conn);
    if (rows)
        mysql_free_result(rows);
    return 0;
}

/* What names the same table as a command does, and changes nothing; of others nothing is known. */
static bool harmless(const char *text, char *ret_sql, size_t size)
{
    static const char *const explained[] = {"DELETE", "UPDATE", "INSERT", "REPLACE"};
    char word[16] = "", table[8] = "";
    int used = 0;
    sscanf(text, " %15[A-Za-z] %n", word, &used);
    for (size_t i = 0; i < sizeof explained / sizeof *explained; i++)
        if (!strcasecmp(word, explained[i]))
            return (size_t)snprintf(ret_sql, size, "EXPLAIN %s", text) < size;
    if (strcasecmp(word, "TRUNCATE") != 0)
        return false;
    const char *name = text + used;
    if (sscanf(name, "%7[A-Za-z] %n", table, &used) == 1 && !strcasecmp(table, "TABLE"))
        name += used;
    return (size_t)snprintf(ret_sql, size, "SELECT 1 FROM %.*s LIMIT 0",
                            (int)strcspn(name, "; \t\n"), name) < size;
}

static int mysql_try_out(struct store *store, const char *command, struct err *err)
{
    char sql[1024];
    struct err why = {0};
    bool missing =
        harmless(command, sql, sizeof sql) && mysql_execute(store, sql, &why) && why.retriable;
    if (missing && err)
        *err = why;
    return missing ? -(int)ERR_ENVIRONMENT : 0;
}

static int mysql_socket(struct store *store)
{
    return (int)mysql_get_socket(((struct mysql *)store)->conn);
}

static void mysql_session_close(struct store *store)
{
    drop_link((struct mysql *)store);
    mysql_thread_end();
}

static int mysql_open(struct store *store, struct err *err)
{
    return mysql_client_check(store->url, err);
}

static bool mysql_reads(const char *query, char *ret_why, size_t size)
{
    return statement_reads(DIALECT_MYSQL, query, ret_why, size);
}

const struct store_ops store_mysql = {
    .name = "mysql",
    .title = "MySQL",
    .schemes = {"mysql", "mariadb"},
    .sql = true,
    .size = sizeof(struct mysql),
    .reads = mysql_reads,
    .open = mysql_open,
    .visit = mysql_visit,
    .connect = mysql_connect,
    .execute = mysql_execute,
    .try_out = mysql_try_out,
    .socket = mysql_socket,
    .close = mysql_session_close,
};
