#include "load/net/h2_meet.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "load/net/dial.h"
#include "load/net/h2_link.h"

#define PATIENCE (2 * NS_PER_S)

enum {
    STREAMS = 100,  /* what a server should take at least (RFC 9113, 6.5.2) */
    WINDOW = 65535, /* of the connection, until it says more (6.9.2) */
    IN_MAX = 16384,
    TURN_MS = 50,
};

static int connect_to(const struct target *target, ns_t deadline)
{
    int fd = -1;
    const atomic_bool stop = false;
    struct dial_tally tally = {0};
    dial_all(&target, &fd, 1, deadline, &stop, &tally);
    return fd;
}

/* Until both have said hello, or it cannot come to that. */
static void say_hello(struct h2_link *link, ns_t deadline)
{
    char scratch[IN_MAX];
    bool on = h2_link_write(link);
    while (on && !h2_link_is_settled(link) && clock_now() < deadline) {
        struct pollfd socket = {.fd = link->fd, .events = POLLIN};
        if (poll(&socket, 1, TURN_MS) > 0)
            on = h2_link_read(link, scratch, sizeof scratch) && h2_link_write(link);
    }
}

static void take_note(const struct h2_link *link, struct message *message)
{
    uint32_t streams =
        nghttp2_session_get_remote_settings(link->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    int32_t credit = nghttp2_session_get_remote_window_size(link->session);
    size_t window = credit > 0 ? (size_t)credit : 0;
    struct message_peer *peer = &message->peer;
    peer->streams = streams < peer->streams ? streams : peer->streams;
    peer->window = window < peer->window ? window : peer->window;
}

static int meet(const struct message_instance *instance, SSL_CTX *context, struct message *message,
                struct err *err)
{
    static const struct h2_events nobody;
    ns_t deadline = clock_now() + PATIENCE;
    struct h2_link link = {0};
    int fd = connect_to(&instance->target, deadline), rc = 0;
    if (fd < 0)
        return 0;
    if (h2_link_begin(&link, fd, context, &instance->target, &nobody))
        say_hello(&link, deadline);
    if (h2_link_is_settled(&link))
        take_note(&link, message);
    else if (link.http1 && message->grpc)
        rc = err_set(err, ERR_ENVIRONMENT,
                     "request.grpc: %s:%u speaks HTTP/1.1 only, and gRPC is spoken over HTTP/2",
                     instance->target.host, instance->target.port);
    else if (link.http1)
        message->http2 = false;
    else if (link.lost.cause == CAUSE_GARBAGE)
        rc = err_set(err, ERR_ENVIRONMENT, "request.http2: what %s:%u answers is not HTTP/2%s",
                     instance->target.host, instance->target.port,
                     message->tls ? "" : "; allowed for a service of HTTP/1.1: false");
    h2_link_leave(&link);
    h2_link_close(&link);
    close(fd);
    return rc;
}

static void free_context(SSL_CTX **context)
{
    SSL_CTX_free(*context);
}

int h2_meet(struct message *message, struct err *err)
{
    _cleanup_(free_context) SSL_CTX *context = NULL;
    if (!message->http2)
        return 0;
    if (!http2_request_fits(message))
        return err_set(err, ERR_USAGE,
                       "request.url: over HTTP/2 no user name and no blank may stand in it; "
                       "allowed: a header Authorization");
    int rc = message->tls ? tls_context_new(message, &context, err) : 0;
    message->peer = (struct message_peer){UINT32_MAX, SIZE_MAX};
    for (unsigned i = 0; !rc && message->http2 && i < message->instances_count; i++)
        rc = meet(&message->instances[i], context, message, err);
    if (message->peer.window == SIZE_MAX) /* nobody was met */
        message->peer = (struct message_peer){STREAMS, WINDOW};
    return rc;
}
