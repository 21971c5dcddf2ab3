#include "consumer/db.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "consumer/stop.h"

enum { PREPARED_MAX = 16, PARAMS_MAX = 8, COPY_PART = 64 * 1024 };

struct db {
    struct db_settings settings;
    PGconn *conn;                       /* NULL while not connected */
    const char *prepared[PREPARED_MAX]; /* by address; the name is the index */
    size_t prepared_count;
};

int db_new(const struct db_settings *settings, struct db **ret_db, struct err *err)
{
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        return err_set(err, ERR_MEMORY, "out of memory");
    db->settings = *settings;
    *ret_db = db;
    return 0;
}

static void cleanup_result(PGresult *const *result)
{
    PQclear(*result);
}

static void disconnect(struct db *db)
{
    if (db->conn)
        PQfinish(db->conn);
    db->conn = NULL;
    db->prepared_count = 0;
}

void db_free(struct db *db)
{
    if (!db)
        return;
    disconnect(db);
    free(db);
}

/* libpq's messages end in a newline and may have several lines. */
static void take_message(const char *text, struct err *err)
{
    err_set(err, ERR_ENVIRONMENT, "postgres: %.*s", (int)strcspn(text, "\n"), text);
    err->retriable = true;
}

/* Waits until the socket is ready; false when the deadline has passed. The first sight of the stop
 * request moves the deadline to the grace. */
static bool wait_socket(struct db *db, short events, ns_t *deadline)
{
    struct pollfd fds[2] = {{.fd = PQsocket(db->conn), .events = events},
                            {.fd = stop_fd(), .events = POLLIN}};
    for (;;) {
        bool stopping = stop_asked();
        ns_t now = clock_now();
        if (stopping && *deadline > now + db->settings.grace)
            *deadline = now + db->settings.grace;
        ns_t left = *deadline - now;
        if (left <= 0)
            return false;
        struct timespec timeout = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
        if (ppoll(fds, stopping ? 1 : 2, &timeout, NULL) > 0 && fds[0].revents)
            return true;
    }
}

static bool finish_connecting(struct db *db)
{
    ns_t deadline = clock_now() + db->settings.timeout;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (status != PGRES_POLLING_OK) {
        if (status == PGRES_POLLING_FAILED || PQstatus(db->conn) == CONNECTION_BAD)
            return false;
        if (!wait_socket(db, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, &deadline))
            return false;
        status = PQconnectPoll(db->conn);
    }
    return true;
}

static bool is_values_fault(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (!state)
        return false;
    /* 22 data exception, 23 constraint violation, 44 with check option, P0001 a trigger's RAISE.
     * All else is about the server, the connection or the schema, and not the record's fault. */
    return !strncmp(state, "22", 2) || !strncmp(state, "23", 2) || !strncmp(state, "44", 2) ||
           !strcmp(state, "P0001");
}

/* Sends the rest of what is queued; false when the connection or the time ran out. */
static bool flush(struct db *db, ns_t *deadline)
{
    int left;
    while ((left = PQflush(db->conn)) > 0)
        if (!wait_socket(db, POLLIN | POLLOUT, deadline) || !PQconsumeInput(db->conn))
            return false;
    return left == 0;
}

/* Reads the answer to its end and keeps the last result, NULL when there is none. False when it did
 * not come to an end. */
static bool read_answer(struct db *db, ns_t *deadline, PGresult **last)
{
    if (!flush(db, deadline))
        return false;
    for (;;) {
        while (PQisBusy(db->conn))
            if (!wait_socket(db, POLLIN, deadline) || !PQconsumeInput(db->conn))
                return false;
        PGresult *result = PQgetResult(db->conn);
        if (!result)
            return true;
        PQclear(*last);
        *last = result;
    }
}

/* Takes the answer to what was sent. */
static enum db_result finish(struct db *db, PGresult **ret_result, struct err *err)
{
    ns_t deadline = clock_now() + db->settings.timeout;
    _cleanup_(cleanup_result) PGresult *last = NULL;
    bool whole = read_answer(db, &deadline, &last);
    ExecStatusType status = last ? PQresultStatus(last) : PGRES_FATAL_ERROR;
    if (whole && (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)) {
        if (ret_result)
            *ret_result = TAKE(last);
        return DB_DONE;
    }
    const char *text = last ? PQresultErrorMessage(last) : PQerrorMessage(db->conn);
    take_message(*text ? text : "no answer within the timeout", err);
    if (whole && last && is_values_fault(last))
        return DB_REFUSED;
    disconnect(db); /* whatever it was, a new connection starts clean */
    return DB_FAILED;
}

static void log_notice(void *arg, const char *text)
{
    (void)arg;
    log_debug("postgres", "%.*s", (int)strcspn(text, "\n"), text);
}

enum db_result db_connect(struct db *db, struct err *err)
{
    if (db->conn)
        return DB_DONE;
    db->conn = PQconnectStart(db->settings.url);
    if (!db->conn) {
        err_set(err, ERR_MEMORY, "out of memory");
        return DB_FAILED;
    }
    if (!finish_connecting(db)) {
        const char *text = PQerrorMessage(db->conn);
        take_message(*text ? text : "cannot connect within the timeout", err);
        disconnect(db);
        return DB_FAILED;
    }
    PQsetnonblocking(db->conn, 1);
    PQsetNoticeProcessor(db->conn, log_notice, NULL);
    for (const char *const *sql = db->settings.setup; sql && *sql; sql++) {
        enum db_result result = PQsendQuery(db->conn, *sql) ? finish(db, NULL, err) : DB_FAILED;
        if (result == DB_DONE)
            continue;
        /* The values of a record have no part in this, so it must not look as if they had. */
        if (result == DB_REFUSED)
            err->retriable = false;
        disconnect(db);
        return DB_FAILED;
    }
    log_info("postgres", "connected");
    return DB_DONE;
}

/* The name under which the text is prepared on this connection; NULL when it cannot be. */
static enum db_result prepare(struct db *db, const char *sql, const struct db_param *params,
                              int count, char ret_name[4], struct err *err)
{
    size_t i = 0;
    while (i < db->prepared_count && db->prepared[i] != sql)
        i++;
    ret_name[0] = 's';
    ret_name[1] = (char)('a' + i);
    ret_name[2] = '\0';
    if (i < db->prepared_count)
        return DB_DONE;
    Oid types[PARAMS_MAX];
    for (int k = 0; k < count; k++)
        types[k] = params[k].type;
    if (!PQsendPrepare(db->conn, ret_name, sql, count, types)) {
        take_message(PQerrorMessage(db->conn), err);
        disconnect(db);
        return DB_FAILED;
    }
    enum db_result result = finish(db, NULL, err);
    if (result == DB_DONE)
        db->prepared[db->prepared_count++] = sql;
    return result;
}

enum db_result db_run(struct db *db, const char *sql, const struct db_param *params, int count,
                      PGresult **ret_result, struct err *err)
{
    char name[4];
    enum db_result result = db_connect(db, err);
    if (result == DB_DONE)
        result = prepare(db, sql, params, count, name, err);
    if (result != DB_DONE)
        return result;
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX], formats[PARAMS_MAX];
    for (int i = 0; i < count; i++) {
        values[i] = params[i].value;
        lengths[i] = params[i].length;
        formats[i] = 1;
    }
    if (!PQsendQueryPrepared(db->conn, name, count, values, lengths, formats, 1)) {
        take_message(PQerrorMessage(db->conn), err);
        disconnect(db);
        return DB_FAILED;
    }
    return finish(db, ret_result, err);
}

/* Hands the rows over; false when the connection or the time ran out. */
static bool put_rows(struct db *db, const char *data, size_t length, ns_t *deadline)
{
    while (length > 0) {
        int part = length < COPY_PART ? (int)length : COPY_PART;
        int taken = PQputCopyData(db->conn, data, part);
        if (taken < 0 || !flush(db, deadline))
            return false;
        if (taken > 0) {
            data += part;
            length -= (size_t)part;
        }
    }
    int ended;
    while ((ended = PQputCopyEnd(db->conn, NULL)) == 0)
        if (!flush(db, deadline))
            return false;
    return ended > 0;
}

/* Waits until the server is ready to take rows. DB_DONE, or what it answered instead. */
static enum db_result begin_copy(struct db *db, ns_t *deadline, struct err *err)
{
    bool good = flush(db, deadline);
    while (good && PQisBusy(db->conn))
        good = wait_socket(db, POLLIN, deadline) && PQconsumeInput(db->conn);
    _cleanup_(cleanup_result) PGresult *result = good ? PQgetResult(db->conn) : NULL;
    if (result && PQresultStatus(result) == PGRES_COPY_IN)
        return DB_DONE;
    const char *text = result ? PQresultErrorMessage(result) : PQerrorMessage(db->conn);
    take_message(*text ? text : "no answer within the timeout", err);
    disconnect(db);
    return DB_FAILED;
}

enum db_result db_copy(struct db *db, const char *sql, const void *data, size_t length,
                       struct err *err)
{
    enum db_result result = db_connect(db, err);
    if (result != DB_DONE)
        return result;
    ns_t deadline = clock_now() + db->settings.timeout;
    if (!PQsendQuery(db->conn, sql)) {
        take_message(PQerrorMessage(db->conn), err);
        disconnect(db);
        return DB_FAILED;
    }
    result = begin_copy(db, &deadline, err);
    if (result != DB_DONE)
        return result;
    /* When the rows do not get through, finish() finds out why. */
    put_rows(db, data, length, &deadline);
    return finish(db, NULL, err);
}

enum db_result db_quote(struct db *db, const char *text, struct buf *out, struct err *err)
{
    enum db_result result = db_connect(db, err);
    if (result != DB_DONE)
        return result;
    char *literal = PQescapeLiteral(db->conn, text, strlen(text));
    if (literal && !buf_adds(out, literal)) {
        PQfreemem(literal);
        return DB_DONE;
    }
    take_message(literal ? "out of memory" : PQerrorMessage(db->conn), err);
    PQfreemem(literal);
    return DB_FAILED;
}
