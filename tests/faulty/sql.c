#include "faulty/sql.h"

#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static PGconn *conn_of(struct pg_conn *sql)
{
    return (PGconn *)(void *)sql;
}

static void give_up(PGconn *conn)
{
    fprintf(stderr, "postgres: %s", PQerrorMessage(conn));
    exit(1);
}

int64_t sql_ask(struct pg_conn *sql, const char *format, ...)
{
    char query[512];
    va_list args;
    va_start(args, format);
    vsnprintf(query, sizeof query, format, args);
    va_end(args);
    PGresult *result = PQexec(conn_of(sql), query);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        give_up(conn_of(sql));
    int64_t value = 0;
    if (PQntuples(result) && PQnfields(result) && !PQgetisnull(result, 0, 0))
        value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return value;
}

/* Several processes may come at once, and CREATE TABLE IF NOT EXISTS alone is no protection. The
 * key of the lock is the one that all programs of this pipeline use. */
static const char schema[] =
    "SET client_min_messages = error; BEGIN; SELECT pg_advisory_xact_lock(1920299880);"
    "CREATE TABLE IF NOT EXISTS coupon ("
    "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL);"
    "CREATE TABLE IF NOT EXISTS failed_event ("
    "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL); COMMIT";

struct pg_conn *sql_open(const char *url)
{
    PGconn *conn = PQconnectdb(url);
    if (PQstatus(conn) != CONNECTION_OK)
        give_up(conn);
    PQclear(PQexec(conn, schema));
    return (struct pg_conn *)(void *)conn;
}
