#include "load/net/h2_session.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum {
    WIRE_MAX = 1 << 26,
    LINE_MAX_BYTES = 1 << 18, /* of a header: nghttp2 takes 64 KB of a name and of a value */
    READS = 16,               /* in a row, so that others have their turn */
};

static const char speaks_tls[] =
    "does the target speak TLS there, and does it want request.cert and request.key?";

static const struct outcome closed = {
    .cause = CAUSE_CLOSED, .reason = "the target closed it", .hint = OUTCOME_CLOSES};
static const struct outcome garbage = {.cause = CAUSE_GARBAGE,
                                       .reason = "the answer is not HTTP/2",
                                       .hint = "does the target speak HTTP/2 there?"};
static const struct outcome no_memory = {.cause = CAUSE_OTHER, .reason = "out of memory"};

/* The first reason counts. */
static bool lose(struct h2_link *link, struct outcome why)
{
    if (link->lost.cause == CAUSE_NONE)
        link->lost = why;
    return false;
}

static bool lose_tls(struct h2_link *link)
{
    return lose(
        link,
        (struct outcome){.cause = link->state == H2_OPEN ? CAUSE_CLOSED : CAUSE_CONNECT,
                         .tls = true,
                         .reason = link->tls.reason,
                         .hint = link->tls.untrusted
                                     ? "give request.ca, or request.insecure for a test certificate"
                                     : speaks_tls});
}

/* ---- its life ---- */

static bool greet(struct h2_link *link)
{
    link->state = H2_OPEN;
    return h2_session_open(link) || lose(link, no_memory);
}

static bool shake(struct h2_link *link)
{
    switch (tls_pipe_shake(&link->tls, &link->out)) {
    case TLS_SHAKE_ON:
        return true;
    case TLS_SHAKE_FAILED:
        return lose_tls(link);
    case TLS_SHAKE_DONE:
        break;
    }
    link->http1 = !tls_pipe_chose_h2(&link->tls);
    if (link->http1)
        return lose(link, (struct outcome){.cause = CAUSE_CONNECT,
                                           .reason = "the target speaks HTTP/1.1 only"});
    return greet(link);
}

bool h2_link_begin(struct h2_link *link, int fd, SSL_CTX *context, const struct target *target,
                   const struct h2_events *events)
{
    *link = (struct h2_link){.state = H2_SHAKING, .fd = fd, .events = events};
    buf_init(&link->out, WIRE_MAX);
    buf_init(&link->plain, WIRE_MAX);
    buf_init(&link->line, LINE_MAX_BYTES);
    if (!context)
        return greet(link);
    return tls_pipe_open(&link->tls, context, target) ? shake(link) : lose(link, no_memory);
}

void h2_link_leave(struct h2_link *link)
{
    /* RFC 9113, 6.8: no error; no stream of the peer's own was taken. */
    static const char goaway[17] = {[2] = 8, [3] = NGHTTP2_GOAWAY};
    if (link->state != H2_OPEN || link->lost.cause != CAUSE_NONE)
        return;
    if (link->mute && !link->tls.ssl)
        (void)send(link->fd, goaway, sizeof goaway, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (link->mute)
        return;
    nghttp2_session_terminate_session(link->session, NGHTTP2_NO_ERROR);
    (void)h2_link_write(link);
}

void h2_link_close(struct h2_link *link)
{
    nghttp2_session_del(link->session);
    tls_pipe_close(&link->tls);
    buf_free(&link->out);
    buf_free(&link->plain);
    buf_free(&link->line);
    *link = (struct h2_link){.fd = -1};
}

/* ---- streams ---- */

/* nghttp2 asks for as much of a body as windows and frames allow. */
static ssize_t give_body(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t room,
                         uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)session;
    (void)id;
    (void)context;
    struct h2_stream *stream = source->ptr;
    size_t left = stream->length - stream->given;
    if (stream->withheld && left <= 1)
        return NGHTTP2_ERR_DEFERRED;
    size_t count = left - stream->withheld;
    count = count < room ? count : room;
    if (count)
        memcpy(bytes, stream->body + stream->given, count);
    stream->given += count;
    if (stream->given == stream->length)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)count;
}

bool h2_link_submit(struct h2_link *link, struct h2_stream *stream,
                    const struct http2_fields *fields)
{
    bool withheld = stream->withheld;
    *stream = (struct h2_stream){
        .withheld = withheld, .body = fields->body, .length = fields->body_length};
    const nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = give_body};
    bool body = fields->body_length || withheld;
    stream->id = nghttp2_submit_request(link->session, NULL, fields->v, fields->count,
                                        body ? &provider : NULL, stream);
    if (stream->id > 0)
        return true;
    link->going = true; /* no more numbers, or no memory */
    stream->id = 0;
    return false;
}

void h2_link_finish(struct h2_link *link, struct h2_stream *stream)
{
    stream->withheld = false;
    if (stream->id)
        nghttp2_session_resume_data(link->session, stream->id);
}

void h2_link_cancel(struct h2_link *link, struct h2_stream *stream)
{
    if (!stream->id)
        return;
    nghttp2_session_set_stream_user_data(link->session, stream->id, NULL);
    nghttp2_submit_rst_stream(link->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
    stream->id = 0;
}

/* ---- bytes ---- */

static bool gather(struct h2_link *link, struct buf *into)
{
    const uint8_t *bytes;
    ssize_t count;
    while ((count = nghttp2_session_mem_send(link->session, &bytes)) > 0)
        if (buf_add(into, bytes, (size_t)count))
            return lose(link, no_memory);
    return count == 0 || lose(link, count == NGHTTP2_ERR_NOMEM ? no_memory : garbage);
}

bool h2_link_encode(struct h2_link *link)
{
    if (link->state != H2_OPEN)
        return true;
    if (!link->tls.ssl)
        return gather(link, &link->out);
    buf_clear(&link->plain);
    if (!gather(link, &link->plain))
        return false;
    if (!tls_pipe_write(&link->tls, buf_text(&link->plain), link->plain.used, &link->out))
        return lose_tls(link);
    return !link->out.failed || lose(link, no_memory);
}

bool h2_link_ask(struct h2_link *link)
{
    int rc = nghttp2_submit_ping(link->session, NGHTTP2_FLAG_NONE, NULL);
    return rc ? lose(link, no_memory) : h2_link_encode(link);
}

bool h2_link_is_full(const struct h2_link *link)
{
    return !link->mute && link->sent < link->out.used;
}

static bool send_out(struct h2_link *link)
{
    while (h2_link_is_full(link)) {
        ssize_t count = send(link->fd, link->out.data + link->sent, link->out.used - link->sent,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN)
            return true;
        if (count < 0 && errno != EINTR)
            return lose(link, (struct outcome){.cause = CAUSE_RESET,
                                               .reason = strerrordesc_np(errno),
                                               .hint = OUTCOME_CLOSES});
        link->sent += count > 0 ? (size_t)count : 0;
    }
    buf_clear(&link->out);
    link->sent = 0;
    return true;
}

/* Nobody wants to hear or say anything any more: it has broken the rules. */
static bool is_over(const struct h2_link *link)
{
    return link->state == H2_OPEN && !nghttp2_session_want_read(link->session) &&
           !nghttp2_session_want_write(link->session);
}

bool h2_link_write(struct h2_link *link)
{
    if (link->mute)
        return true;
    if (!send_out(link))
        return false;
    if (h2_link_is_full(link))
        return true;
    if (!h2_link_encode(link) || !send_out(link))
        return false;
    return !is_over(link) || lose(link, link->going ? closed : garbage);
}

static bool take_plain(struct h2_link *link, const char *bytes, size_t length)
{
    ssize_t taken = nghttp2_session_mem_recv(link->session, (const uint8_t *)bytes, length);
    return taken >= 0 || lose(link, taken == NGHTTP2_ERR_NOMEM ? no_memory : garbage);
}

static bool take_tls(struct h2_link *link)
{
    char plain[16384];
    ssize_t count;
    if (link->state == H2_SHAKING && !shake(link))
        return false;
    while (link->state == H2_OPEN &&
           (count = tls_pipe_read(&link->tls, plain, sizeof plain, &link->out)) != 0) {
        if (count < 0)
            return link->tls.untrusted ? lose_tls(link) : lose(link, closed);
        if (!take_plain(link, plain, (size_t)count))
            return false;
    }
    return true;
}

bool h2_link_take(struct h2_link *link, const char *bytes, size_t length)
{
    if (!link->tls.ssl)
        return take_plain(link, bytes, length);
    return tls_pipe_feed(&link->tls, bytes, length) ? take_tls(link) : lose(link, no_memory);
}

bool h2_link_read(struct h2_link *link, char *scratch, size_t room)
{
    for (int i = 0; i < READS; i++) {
        ssize_t got = recv(link->fd, scratch, room, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (got == 0)
            return lose(link, closed);
        if (got < 0)
            return lose(link, (struct outcome){.cause = CAUSE_RESET,
                                               .reason = strerrordesc_np(errno),
                                               .hint = OUTCOME_CLOSES});
        if (!h2_link_take(link, scratch, (size_t)got))
            return false;
        if ((size_t)got < room)
            return true;
    }
    return true;
}
