#include "stack/pqlink.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static void cleanup_finish(PGconn **connection)
{
    PQfinish(*connection);
}

static void cleanup_clear(PGresult **result)
{
    PQclear(*result);
}

static PGconn *open_link(const char *url)
{
    const char *const names[] = {"dbname", "connect_timeout", "application_name", NULL};
    const char *const values[] = {url, "2", "rushproof stack", NULL};
    return PQconnectdbParams(names, values, 1);
}

/* The first line of a message that libpq ends with a line feed. */
static int first_line(const char *text)
{
    return (int)strcspn(text, "\n");
}

bool pqlink_version(const char *url, char *ret_version, size_t version_size, char *ret_why,
                    size_t why_size)
{
    _cleanup_(cleanup_finish) PGconn *connection = open_link(url);
    if (PQstatus(connection) != CONNECTION_OK) {
        const char *text = PQerrorMessage(connection);
        snprintf(ret_why, why_size, "%.*s", first_line(text), text);
        return false;
    }
    _cleanup_(cleanup_clear) PGresult *result = PQexec(connection, "SHOW server_version");
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1) {
        const char *text = PQerrorMessage(connection);
        snprintf(ret_why, why_size, "%.*s", first_line(text), text);
        return false;
    }
    const char *version = PQgetvalue(result, 0, 0); /* "15.13 (Debian 15.13-0+deb12u1)" */
    snprintf(ret_version, version_size, "%.*s", (int)strcspn(version, " "), version);
    return true;
}

/* undefined_table, invalid_schema_name, undefined_object */
static bool is_missing(const PGresult *result)
{
    static const char *const states[] = {"42P01", "3F000", "42704"};
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (!strcmp(states[i], state))
            return true;
    return false;
}

/* Nothing stays of it, and nobody waits for it: one that waits for a lock has found its table. */
static PGresult *try_out(PGconn *connection, const char *statement)
{
    PQclear(PQexec(connection, "BEGIN; SET LOCAL lock_timeout = '1s'"));
    PGresult *result = PQexec(connection, statement);
    PQclear(PQexec(connection, "ROLLBACK"));
    return result;
}

static int run(PGconn *connection, const char *statement, const struct pqlink_script *script,
               struct err *err)
{
    char words[256];
    _cleanup_(cleanup_clear) PGresult *result =
        script->only_names ? try_out(connection, statement) : PQexec(connection, statement);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
        return 0;
    const char *text = result ? PQresultErrorMessage(result) : PQerrorMessage(connection);
    snprintf(words, sizeof words, "%.*s", first_line(text), text);
    bool missing = is_missing(result);
    if (missing ? script->missing && script->missing(script->context, words) : script->only_names)
        return 0;
    return err_set(err, ERR_ENVIRONMENT, "Postgres: %s", words);
}

int pqlink_run(const char *url, const struct pqlink_script *script, struct err *err)
{
    _cleanup_(cleanup_finish) PGconn *connection = open_link(url);
    if (PQstatus(connection) != CONNECTION_OK) {
        const char *text = PQerrorMessage(connection);
        return err_set(err, ERR_ENVIRONMENT, "Postgres: %.*s", first_line(text), text);
    }
    void *context = script->context;
    int result = script->check ? script->check(context, PQsocket(connection), err) : 0;
    const char *statement;
    while (result == 0 && (statement = script->next(context)))
        result = run(connection, statement, script, err);
    return result;
}
