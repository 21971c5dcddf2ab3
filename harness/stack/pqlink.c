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

int pqlink_run(const char *url, const char *const *statements, struct err *err)
{
    _cleanup_(cleanup_finish) PGconn *connection = open_link(url);
    if (PQstatus(connection) != CONNECTION_OK) {
        const char *text = PQerrorMessage(connection);
        return err_set(err, ERR_ENVIRONMENT, "Postgres: %.*s", first_line(text), text);
    }
    for (; *statements; statements++) {
        _cleanup_(cleanup_clear) PGresult *result = PQexec(connection, *statements);
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
            continue;
        const char *text = PQerrorMessage(connection);
        return err_set(err, ERR_ENVIRONMENT, "Postgres: %.*s", first_line(text), text);
    }
    return 0;
}
