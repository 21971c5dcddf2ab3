#include "load/gate/staging_report.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "load/gate/staging.h"
#include "model/gate.h"

/* The reasons of a connection that did not come about, the most telling first. */
static const struct {
    size_t offset; /* in struct dial_tally */
    const char *what;
} reasons[] = {
    {offsetof(struct dial_tally, refused),
     "refused: nothing listens there (is the service up, is the port right?)"},
    {offsetof(struct dial_tally, no_descriptor),
     "failed for too few file descriptors: raise the limit (ulimit -n) or send fewer requests at "
     "once"},
    {offsetof(struct dial_tally, no_port),
     "found no free local port: give more addresses to come from (request.source_addresses), widen "
     "net.ipv4.ip_local_port_range, wait a minute for ports in TIME_WAIT, or send fewer requests "
     "at "
     "once"},
    {offsetof(struct dial_tally, unanswered),
     "not answered before the deadline: the target's listen backlog is full and it does not accept "
     "fast enough (raise its backlog, and net.core.somaxconn), or a firewall drops them"},
};

static int stopped(const struct setup *setup, struct err *err)
{
    if (atomic_load_explicit(&setup->progress->stop, memory_order_relaxed))
        return err_set(err, ERR_INTERRUPTED, "stopped while requests were being staged");
    return 0;
}

/* opened: of count. */
static int report_tally(const struct dial_tally *tally, size_t count, const struct setup *setup,
                        const char *cannot, struct err *err)
{
    char place[512];
    message_describe(setup->message, place, sizeof place);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        int64_t failed = *(const int64_t *)(const void *)((const char *)tally + reasons[i].offset);
        if (!failed)
            continue;
        return err_set(err, ERR_ENVIRONMENT,
                       "cannot %s the burst: %" PRId64 " of %zu connections to %s open, "
                       "%" PRId64 " %s",
                       cannot, tally->opened, count, place, failed, reasons[i].what);
    }
    return err_errno(err, ERR_ENVIRONMENT, tally->other_error,
                     "cannot %s the burst: %" PRId64 " of %zu connections to %s open", cannot,
                     tally->opened, count, place);
}

int staging_report_dialed(const struct pool *pool, const struct setup *setup, struct err *err)
{
    struct dial_tally tally = {0};
    size_t count = 0;
    for (unsigned i = 0; i < pool->count; i++) {
        dial_tally_add(&tally, &pool->workers[i].dials);
        count += pool->workers[i].transport->connections_count;
    }
    if (tally.opened == (int64_t)count)
        return 0;
    int rc = stopped(setup, err);
    return rc ? rc : report_tally(&tally, count, setup, "stage", err);
}

/* What the target does is an answer; what this machine lacks is none. */
static bool is_ours(int error)
{
    return error && error != ECONNREFUSED && error != ECONNRESET && error != ETIMEDOUT;
}

int staging_report_released(const struct pool *pool, const struct setup *setup, struct err *err)
{
    struct dial_tally tally = {0};
    size_t count = 0;
    int64_t ours = 0;
    for (unsigned i = 0; i < pool->count; i++) {
        const struct staging *staging = pool->workers[i].staging;
        count += staging->held_count;
        for (size_t k = 0; k < staging->held_count; k++) {
            int error = staging->held[k].error;
            ours += is_ours(error);
            if (is_ours(error))
                dial_note(&tally, error);
        }
    }
    tally.opened = (int64_t)count - ours;
    return ours ? report_tally(&tally, count, setup, "release", err) : 0;
}

/* What has gone ahead was enough for the target: it may have been applied. */
static int report_early(int64_t early, size_t count, const struct gate_ops *gate, struct err *err)
{
    return err_set(err, ERR_INVALID,
                   "gate %s: the target answered %" PRId64 " of %zu requests before their release: "
                   "it begins to handle a request before the last frame of it is there; use gate: "
                   "one-write",
                   gate_name(gate->gate), early, count);
}

static int report_failed(const struct pool *pool, size_t held, size_t count, struct err *err)
{
    for (unsigned i = 0; i < pool->count; i++) {
        const struct staging *staging = pool->workers[i].staging;
        const struct staging_failure *failed = &staging->failed;
        if (!failed->count)
            continue;
        const struct outcome *last = &failed->last;
        if (staging->gate->splits && failed->answered)
            return report_early(failed->answered, count, staging->gate, err);
        const char *hint = last->cause != CAUSE_NONE ? last->hint
                                                     : "the target answered before the request was "
                                                       "complete: it turns connections away";
        return err_set(err, ERR_ENVIRONMENT,
                       "cannot stage the burst: %zu of %zu requests were held when %s: %s%s%s",
                       held, count, last->tls ? "TLS failed" : "a connection failed", last->reason,
                       hint ? "; " : "", hint ? hint : "");
    }
    return 0;
}

/* Connections that the target has ended or answered on. Over TLS a server may talk first. */
static size_t count_gone(const struct pool *pool, bool talks_first, size_t connections,
                         size_t *ret_early)
{
    _cleanup_free_ struct pollfd *polls = calloc(connections + 1, sizeof *polls);
    size_t used = 0, gone = 0;
    for (unsigned i = 0; polls && i < pool->count; i++)
        for (size_t k = 0; k < pool->workers[i].staging->held_count; k++)
            polls[used++] = (struct pollfd){.fd = pool->workers[i].staging->held[k].fd,
                                            .events = talks_first ? POLLRDHUP : POLLIN | POLLRDHUP};
    if (!polls || poll(polls, used, 0) <= 0)
        return 0;
    for (size_t i = 0; i < used; i++) {
        char byte;
        if (!polls[i].revents)
            continue;
        gone++;
        *ret_early += recv(polls[i].fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    }
    return gone;
}

static void look(struct worker *worker)
{
    if (worker->transport && worker->ops->look)
        worker->ops->look(worker->transport);
}

int staging_report_held(const struct pool *pool, const struct setup *setup, size_t count,
                        struct err *err)
{
    size_t held = 0, connections = 0, early = 0;
    for (unsigned i = 0; i < pool->count; i++) {
        look(&pool->workers[i]);
        held += pool->workers[i].staging->requests;
        connections += pool->workers[i].staging->held_count;
    }
    int rc = stopped(setup, err);
    if (!rc)
        rc = report_failed(pool, held, count, err);
    if (rc)
        return rc;
    if (held < count)
        return err_set(err, ERR_ENVIRONMENT,
                       "cannot stage the burst: only %zu of %zu requests were held at the gate "
                       "before the deadline (TLS handshakes take their time: give burst.deadline)",
                       held, count);
    if (pool->workers[0].staging->gate->connects || pool->workers[0].ops->look)
        return 0; /* nothing is open that could go, or it has been looked at */
    size_t gone = count_gone(pool, setup->message->tls, connections, &early);
    if (!gone)
        return 0;
    return err_set(err, ERR_ENVIRONMENT,
                   "cannot stage the burst: the target %s %zu of %zu connections before the "
                   "release: it allows about %zu at once, or it waits too short for a request",
                   early ? "answered on" : "closed", gone, connections, connections - gone);
}
