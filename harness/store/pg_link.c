#include "store/pg_link.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/store.h"

#define NS_TO_MS_UP(span) (((span) + NS_PER_MS - 1) / NS_PER_MS)

int pg_link_init(struct pg_link *link)
{
    link->conn = NULL;
    link->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return link->wake < 0 ? -1 : 0;
}

void pg_link_drop(struct pg_link *link)
{
    if (link->conn)
        PQfinish(link->conn);
    link->conn = NULL;
}

void pg_link_free(struct pg_link *link)
{
    pg_link_drop(link);
    if (link->wake >= 0)
        close(link->wake);
    link->wake = -1;
}

void pg_link_wake(struct pg_link *link)
{
    uint64_t one = 1;
    (void)!write(link->wake, &one, sizeof one);
}

/* Waits for the socket; 0 when it is ready, -1 at the deadline or when woken. */
static int wait_for(struct pg_link *link, short events, ns_t deadline)
{
    struct pollfd fds[2] = {{.fd = PQsocket(link->conn), .events = events},
                            {.fd = link->wake, .events = POLLIN}};
    ns_t left = deadline - clock_now();
    if (left <= 0)
        return -1;
    int ready = poll(fds, 2, (int)NS_TO_MS_UP(left));
    return ready > 0 && !fds[1].revents ? 0 : -1;
}

/* Keeps the connection's own words, which name host and cause and never the password. */
static int fail(struct pg_link *link, const char *otherwise, char *ret_error, size_t size)
{
    const char *words = link->conn ? PQerrorMessage(link->conn) : "";
    snprintf(ret_error, size, "%s", *words ? words : otherwise);
    pg_link_drop(link);
    return -1;
}

static int finish_connect(struct pg_link *link, ns_t deadline)
{
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
        if (wait_for(link, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
            return -1;
        status = PQconnectPoll(link->conn);
    }
    return status == PGRES_POLLING_OK ? 0 : -1;
}

int pg_link_connect(struct pg_link *link, const char *url, ns_t deadline, char *ret_error,
                    size_t size)
{
    const char *const keywords[] = {"dbname", "application_name", NULL};
    const char *const values[] = {url, "rushproof", NULL};
    link->conn = PQconnectStartParams(keywords, values, 1);
    if (!link->conn || PQstatus(link->conn) == CONNECTION_BAD)
        return fail(link, "no memory", ret_error, size);
    if (finish_connect(link, deadline))
        return fail(link, "no answer to the connection request", ret_error, size);
    if (PQsetnonblocking(link->conn, 1))
        return fail(link, "no memory", ret_error, size);
    return 0;
}

/* undefined_table, invalid_schema_name, undefined_object */
bool pg_link_is_missing(const PGresult *result)
{
    static const char *const states[] = {"42P01", "3F000", "42704"};
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (!strcmp(states[i], state))
            return true;
    return false;
}

static void cleanup_clear(PGresult **result)
{
    PQclear(*result);
}

/* Who waits for a lock has found its table. */
static PGresult *try_out(PGconn *conn, const char *command)
{
    PQclear(PQexec(conn, "BEGIN; SET LOCAL lock_timeout = '1s'"));
    PGresult *result = PQexec(conn, command);
    PQclear(PQexec(conn, "ROLLBACK"));
    return result;
}

/* One that is cancelled may have been done all the same. */
static void give_up(struct pg_link *link, ns_t deadline, struct err *err)
{
    char why[256];
    PGcancel *cancel = PQgetCancel(link->conn);
    if (cancel)
        PQcancel(cancel, why, sizeof why);
    PQfreeCancel(cancel);
    pg_link_drop(link);
    if (clock_now() < deadline)
        err_set(err, ERR_INTERRUPTED, "Postgres: interrupted");
    else
        err_set(err, ERR_ENVIRONMENT,
                "Postgres: no answer in %d s, so it was cancelled; does somebody hold a lock? "
                "SELECT pid, state, query FROM pg_stat_activity tells",
                (int)(STORE_COMMAND_SPAN / NS_PER_S));
}

/* 0 when libpq has a result, be it an error; -1: none came in time. */
static int wait_answer(struct pg_link *link, ns_t deadline)
{
    while (PQflush(link->conn) > 0 || PQisBusy(link->conn)) {
        short events = PQflush(link->conn) > 0 ? POLLIN | POLLOUT : POLLIN;
        if (wait_for(link, events, deadline))
            return -1;
        if (!PQconsumeInput(link->conn))
            return 0;
    }
    return 0;
}

static bool is_copy(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

/* The result of the last statement, as PQexec gives it; NULL: none, or given up. */
static PGresult *run_command(struct pg_link *link, const char *command, struct err *err)
{
    ns_t deadline = clock_now() + STORE_COMMAND_SPAN;
    PGresult *result = NULL, *next = NULL;
    if (!PQsendQuery(link->conn, command))
        return NULL;
    do {
        if (wait_answer(link, deadline)) {
            PQclear(result);
            give_up(link, deadline, err);
            return NULL;
        }
        next = PQgetResult(link->conn);
        if (next) {
            PQclear(result);
            result = next;
        }
    } while (next && !is_copy(next));
    return result;
}

int pg_link_execute(struct pg_link *link, const char *command, bool only_try, struct err *err)
{
    PQexitPipelineMode(link->conn);
    _cleanup_(cleanup_clear) PGresult *result =
        only_try ? try_out(link->conn, command) : run_command(link, command, err);
    if (!link->conn)
        return err ? -(int)err->code : -(int)ERR_ENVIRONMENT;
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
        return 0;
    const char *words = result ? PQresultErrorMessage(result) : PQerrorMessage(link->conn);
    err_set(err, ERR_ENVIRONMENT, "Postgres: %.*s", (int)strcspn(words, "\n"), words);
    if (err)
        err->retriable = pg_link_is_missing(result);
    if (PQstatus(link->conn) == CONNECTION_BAD)
        pg_link_drop(link); /* a restarted server is part of some scenarios */
    return -(int)ERR_ENVIRONMENT;
}

int pg_link_queue(struct pg_link *link, const char *sql, char *ret_error, size_t size)
{
    if (PQenterPipelineMode(link->conn) &&
        PQsendQueryParams(link->conn, sql, 0, NULL, NULL, NULL, NULL, 0))
        return 0;
    return fail(link, "the query could not be sent", ret_error, size);
}

int pg_link_mark(struct pg_link *link, char *ret_error, size_t size)
{
    return PQpipelineSync(link->conn) ? 0
                                      : fail(link, "the query could not be sent", ret_error, size);
}

int pg_link_flush(struct pg_link *link, ns_t deadline, char *ret_error, size_t size)
{
    int pending;
    while ((pending = PQflush(link->conn)) > 0)
        if (wait_for(link, POLLIN | POLLOUT, deadline) || !PQconsumeInput(link->conn))
            break;
    return pending ? fail(link, "the query could not be sent in time", ret_error, size) : 0;
}

static int wait_result(struct pg_link *link, ns_t deadline, char *ret_error, size_t size)
{
    while (PQisBusy(link->conn)) {
        if (wait_for(link, POLLIN, deadline))
            return fail(link, "no answer to a query", ret_error, size);
        if (!PQconsumeInput(link->conn))
            return fail(link, "connection lost", ret_error, size);
    }
    return 0;
}

int pg_link_result(struct pg_link *link, ns_t deadline, PGresult **ret_result, char *ret_error,
                   size_t size)
{
    if (wait_result(link, deadline, ret_error, size))
        return -1;
    PGresult *result = PQgetResult(link->conn);
    if (PQstatus(link->conn) == CONNECTION_BAD) {
        PQclear(result);
        return fail(link, "connection lost", ret_error, size);
    }
    *ret_result = result;
    return 0;
}
