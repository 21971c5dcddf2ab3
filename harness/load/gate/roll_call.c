#include "load/gate/roll_call.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

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
     "found no free local port: widen net.ipv4.ip_local_port_range, wait a minute for ports in "
     "TIME_WAIT, or send fewer requests at once"},
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

int roll_call_dialed(const struct crew *crew, const struct setup *setup, size_t count,
                     struct err *err)
{
    struct dial_tally tally = {0};
    for (unsigned i = 0; i < crew->count; i++)
        dial_tally_add(&tally, &crew->workers[i].dials);
    if (tally.opened == (int64_t)count)
        return 0;
    int rc = stopped(setup, err);
    if (rc)
        return rc;
    char place[512];
    target_describe(message_target(setup->message), place, sizeof place);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        int64_t failed = *(const int64_t *)(const void *)((const char *)&tally + reasons[i].offset);
        if (!failed)
            continue;
        return err_set(err, ERR_ENVIRONMENT,
                       "cannot stage the burst: %" PRId64 " of %zu connections to %s open, "
                       "%" PRId64 " %s",
                       tally.opened, count, place, failed, reasons[i].what);
    }
    return err_errno(err, ERR_ENVIRONMENT, tally.other_error,
                     "cannot stage the burst: %" PRId64 " of %zu connections to %s open",
                     tally.opened, count, place);
}

static const char *hint(const struct staging_failure *failed)
{
    switch (failed->code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return "; give request.ca, or request.insecure for a test certificate";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return "; does the target speak TLS there, and does it want request.cert and request.key?";
    case CURLE_OK:
        return failed->os_error ? ""
                                : "; the target answered before the request was complete: it turns "
                                  "connections away";
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return "; the target closed it: it allows fewer connections at once, or waits too short";
    default:
        return "";
    }
}

static int report_failed(const struct crew *crew, size_t held, size_t count, struct err *err)
{
    for (unsigned i = 0; i < crew->count; i++) {
        const struct staging_failure *failed = &crew->workers[i].failed;
        if (!failed->count)
            continue;
        bool tls = failed->code == CURLE_SSL_CONNECT_ERROR ||
                   failed->code == CURLE_PEER_FAILED_VERIFICATION ||
                   failed->code == CURLE_SSL_CERTPROBLEM ||
                   failed->code == CURLE_SSL_CACERT_BADFILE;
        const char *reason =
            failed->os_error ? strerror(failed->os_error) : curl_easy_strerror(failed->code);
        return err_set(err, ERR_ENVIRONMENT,
                       "cannot stage the burst: %zu of %zu requests were held when %s: %s%s", held,
                       count, tls ? "TLS failed" : "a connection failed", reason, hint(failed));
    }
    return 0;
}

/* Connections that the target has ended or answered on. Over TLS and HTTP/2 a server may talk
 * first. */
static size_t count_gone(const struct crew *crew, bool talks_first, size_t count, size_t *ret_early)
{
    _cleanup_free_ struct pollfd *polls = calloc(count + 1, sizeof *polls);
    size_t used = 0, gone = 0;
    for (unsigned i = 0; polls && i < crew->count; i++)
        for (size_t k = 0; k < crew->workers[i].held_count; k++)
            polls[used++] = (struct pollfd){.fd = crew->workers[i].held[k].fd,
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

int roll_call_held(const struct crew *crew, const struct setup *setup, size_t count,
                   struct err *err)
{
    size_t held = 0;
    for (unsigned i = 0; i < crew->count; i++)
        held += crew->workers[i].held_count;
    int rc = stopped(setup, err);
    if (!rc)
        rc = report_failed(crew, held, count, err);
    if (rc)
        return rc;
    if (held < count)
        return err_set(err, ERR_ENVIRONMENT,
                       "cannot stage the burst: only %zu of %zu requests were held at the gate "
                       "before the deadline (TLS handshakes take their time: give burst.deadline)",
                       held, count);
    size_t early = 0;
    size_t gone = count_gone(crew, message_target(setup->message)->tls, count, &early);
    if (!gone)
        return 0;
    return err_set(err, ERR_ENVIRONMENT,
                   "cannot stage the burst: the target %s %zu of %zu connections before the "
                   "release: it allows about %zu at once, or it waits too short for a request",
                   early ? "answered on" : "closed", gone, count, count - gone);
}
