#include "apply/session.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/backoff.h"

enum state {
    STATE_DOWN,       /* waits for the timer to connect again */
    STATE_CONNECTING, /* PQconnectPoll has the say */
    STATE_SETUP,      /* the setup query runs */
    STATE_PREPARING,  /* statements[prepared] is being prepared */
    STATE_IDLE,
    STATE_BUSY, /* a statement of a request runs */
};

struct session {
    struct event_base *base;
    const struct session_plan *plan;
    void (*changed)(void *arg);
    void *arg;
    enum state state;
    PGconn *conn;
    struct event *io;    /* of the connection's socket, which libpq may change while connecting */
    struct event *timer; /* the next connection */
    size_t prepared;
    bool failed; /* the result under way has an error */
    int64_t value;
    session_done_fn *done;
    void *done_arg;
    ns_t busy_since;
    struct backoff backoff;
    struct rng rng;
};

static void on_io(evutil_socket_t fd, short what, void *arg);

static void report(struct session *session, enum session_result result)
{
    session_done_fn *done = session->done;
    session->done = NULL;
    session->busy_since = 0;
    if (done)
        done(session->done_arg, result, session->value);
}

static void forget_io(struct session *session)
{
    if (session->io)
        event_free(session->io);
    session->io = NULL;
}

void session_drop(struct session *session, const char *why)
{
    bool served = session_connected(session);
    log_write(served ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG, "postgres", "connection given up: %.*s",
              (int)strcspn(why, "\n"), why);
    forget_io(session);
    PQfinish(session->conn);
    session->conn = NULL;
    session->state = STATE_DOWN;
    ns_t span = backoff_next(&session->backoff, &session->rng);
    const struct timeval tv = {.tv_sec = span / NS_PER_S, .tv_usec = span % NS_PER_S / NS_PER_US};
    event_add(session->timer, &tv);
    report(session, SESSION_LOST);
    session->changed(session->arg);
}

static bool watch(struct session *session, short events)
{
    forget_io(session);
    session->io =
        event_new(session->base, PQsocket(session->conn), events | EV_PERSIST, on_io, session);
    return session->io && !event_add(session->io, NULL);
}

/* What comes after a finished step. */
static bool advance(struct session *session)
{
    const struct session_plan *plan = session->plan;
    bool finished = session->state == STATE_PREPARING;
    if (session->state == STATE_CONNECTING) {
        PQsetnonblocking(session->conn, 1);
        session->state = STATE_SETUP;
        return watch(session, EV_READ) && PQsendQuery(session->conn, plan->setup);
    }
    session->prepared = finished ? session->prepared + 1 : 0;
    if (session->prepared == plan->statement_count) {
        session->state = STATE_IDLE;
        backoff_reset(&session->backoff);
        session->changed(session->arg);
        return true;
    }
    session->state = STATE_PREPARING;
    const char name[] = {(char)('a' + session->prepared), '\0'};
    return PQsendPrepare(session->conn, name, plan->statements[session->prepared], 0, NULL);
}

static void take_result(struct session *session, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        const char *text = PQresultErrorMessage(result);
        log_warn("postgres", "%.*s", (int)strcspn(text, "\n"), text);
        session->failed = true;
    } else if (PQntuples(result) > 0 && PQgetlength(result, 0, 0) == (int)sizeof(int64_t)) {
        uint64_t bytes;
        memcpy(&bytes, PQgetvalue(result, 0, 0), sizeof bytes);
        session->value = (int64_t)be64toh(bytes);
    }
}

/* Every result of the statement has been read. */
static void finish(struct session *session)
{
    bool failed = session->failed;
    session->failed = false;
    if (session->state == STATE_BUSY) {
        session->state = STATE_IDLE;
        report(session, failed ? SESSION_REFUSED : SESSION_DONE);
        if (session->state == STATE_IDLE)
            session->changed(session->arg);
    } else if (session->state != STATE_IDLE && (failed || !advance(session))) {
        session_drop(session, failed ? "the setup was refused" : PQerrorMessage(session->conn));
    }
}

static void read_results(struct session *session)
{
    if (!PQconsumeInput(session->conn)) {
        session_drop(session, PQerrorMessage(session->conn));
        return;
    }
    while (session->conn && !PQisBusy(session->conn)) {
        PGresult *result = PQgetResult(session->conn);
        if (!result) {
            finish(session);
            return;
        }
        take_result(session, result);
        PQclear(result);
    }
}

static void go_on_connecting(struct session *session)
{
    PostgresPollingStatusType status = PQconnectPoll(session->conn);
    bool good = status != PGRES_POLLING_FAILED;
    if (status == PGRES_POLLING_OK)
        good = advance(session);
    else if (good)
        good = watch(session, status == PGRES_POLLING_READING ? EV_READ : EV_WRITE);
    if (!good)
        session_drop(session, PQerrorMessage(session->conn));
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct session *session = arg;
    if (session->state == STATE_CONNECTING)
        go_on_connecting(session);
    else
        read_results(session);
}

static void log_notice(void *arg, const char *text)
{
    (void)arg;
    log_debug("postgres", "%.*s", (int)strcspn(text, "\n"), text);
}

static void dial(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct session *session = arg;
    session->conn = PQconnectStart(session->plan->url);
    session->state = STATE_CONNECTING;
    if (session->conn)
        PQsetNoticeProcessor(session->conn, log_notice, NULL);
    if (!session->conn || PQstatus(session->conn) == CONNECTION_BAD || !watch(session, EV_WRITE))
        session_drop(session, session->conn ? PQerrorMessage(session->conn) : "out of memory");
}

int session_new(struct event_base *base, const struct session_plan *plan,
                void (*changed)(void *arg), void *arg, struct session **ret_session,
                struct err *err)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return err_set(err, ERR_MEMORY, "out of memory");
    session->base = base;
    session->plan = plan;
    session->changed = changed;
    session->arg = arg;
    backoff_init(&session->backoff, 20 * NS_PER_MS, NS_PER_S);
    rng_seed(&session->rng, (uint64_t)clock_now());
    session->timer = evtimer_new(base, dial, session);
    if (!session->timer) {
        free(session);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    dial(-1, 0, session);
    *ret_session = session;
    return 0;
}

void session_free(struct session *session)
{
    if (!session)
        return;
    forget_io(session);
    PQfinish(session->conn);
    report(session, SESSION_LOST);
    event_free(session->timer);
    free(session);
}

bool session_connected(const struct session *session)
{
    return session->state == STATE_IDLE || session->state == STATE_BUSY;
}

bool session_idle(const struct session *session)
{
    return session->state == STATE_IDLE;
}

ns_t session_busy_since(const struct session *session)
{
    return session->busy_since;
}

void session_run(struct session *session, size_t index, const struct session_values *values,
                 session_done_fn *done, void *arg)
{
    const uint64_t user = htobe64((uint64_t)values->user), units = htobe64((uint64_t)values->units);
    const char *texts[] = {(const char *)&user, values->item, (const char *)&units};
    const int lengths[] = {sizeof user, 0, sizeof units}, formats[] = {1, 0, 1};
    const char name[] = {(char)('a' + index), '\0'};
    session->state = STATE_BUSY;
    session->done = done;
    session->done_arg = arg;
    session->value = 0;
    session->busy_since = clock_now();
    /* A statement of a few dozen bytes always fits the socket: nothing is left to flush. If the
     * connection is broken its socket becomes readable, and read_results reports that. */
    if (!PQsendQueryPrepared(session->conn, name, (int)values->count, texts, lengths, formats, 1))
        event_active(session->io, EV_READ, 0);
}
