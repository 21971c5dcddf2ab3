#include "load/net/h2_session.h"

#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 1 << 24, /* of the connection: answers never wait for us */
    STREAM_WINDOW = 1 << 20,
};

static const struct outcome done = {.cause = CAUSE_NONE, .reason = "answered"};
static const struct outcome reset = {.cause = CAUSE_RESET, .reason = "the target reset the stream"};
static const struct outcome refused = {.cause = CAUSE_UNPROCESSED,
                                       .reason = "the target refused the stream, unprocessed"};
static const struct outcome unsent = {.cause = CAUSE_CLOSED,
                                      .reason = "the target takes no more streams"};
static const struct outcome garbage = {.cause = CAUSE_GARBAGE,
                                       .reason = "the answer is not HTTP/2"};

static struct h2_stream *stream_of(nghttp2_session *session, int32_t id)
{
    return id > 0 ? nghttp2_session_get_stream_user_data(session, id) : NULL;
}

static void end(struct h2_link *link, struct h2_stream *stream, const struct outcome *how)
{
    struct outcome outcome = *how;
    nghttp2_session_set_stream_user_data(link->session, stream->id, NULL);
    outcome.status = stream->status;
    stream->id = 0;
    link->events->over(stream, &outcome);
}

static int before_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    const struct h2_link *link = context;
    struct h2_stream *stream = stream_of(session, frame->hd.stream_id);
    if (!stream || frame->hd.type != NGHTTP2_HEADERS)
        return 0;
    stream->begun = true;
    link->events->leaves(stream);
    return 0;
}

static int after_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    (void)context;
    struct h2_stream *stream = stream_of(session, frame->hd.stream_id);
    bool carries = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (stream && carries && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        stream->written = true;
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t length, uint8_t flags,
                     void *context)
{
    (void)flags;
    struct h2_link *link = context;
    struct h2_stream *stream = stream_of(session, frame->hd.stream_id);
    if (!stream)
        return 0;
    struct buf *line = &link->line;
    buf_clear(line);
    if (name_length == 7 && !memcmp(name, ":status", 7)) {
        stream->status = atoi((const char *)value); /* three digits, and a NUL behind them */
        (void)buf_addf(line, "HTTP/2 %d", stream->status);
    } else {
        (void)buf_add(line, name, name_length);
        (void)buf_add(line, ": ", 2);
        (void)buf_add(line, value, length);
    }
    link->events->header(stream, buf_text(line), line->used);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t length, void *context)
{
    (void)flags;
    const struct h2_link *link = context;
    struct h2_stream *stream = stream_of(session, id);
    if (stream)
        link->events->body(stream, (const char *)bytes, length);
    return 0;
}

/* An answer may be whole before the request is: nothing more of that is sent then. */
static void answered(struct h2_link *link, struct h2_stream *stream)
{
    int32_t id = stream->id;
    bool early = !stream->written;
    bool final = stream->status >= 200;
    end(link, stream, final ? &done : &garbage);
    if (early)
        nghttp2_submit_rst_stream(link->session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct h2_link *link = context;
    struct h2_stream *stream = stream_of(session, frame->hd.stream_id);
    link->greeted |= frame->hd.type == NGHTTP2_SETTINGS && !(frame->hd.flags & NGHTTP2_FLAG_ACK);
    link->acknowledged |= frame->hd.type == NGHTTP2_SETTINGS && frame->hd.flags & NGHTTP2_FLAG_ACK;
    link->heard |= frame->hd.type == NGHTTP2_PING && frame->hd.flags & NGHTTP2_FLAG_ACK;
    link->going |= frame->hd.type == NGHTTP2_GOAWAY;
    if (!stream)
        return 0;
    stream->reset |= frame->hd.type == NGHTTP2_RST_STREAM;
    bool head = frame->hd.type == NGHTTP2_HEADERS;
    if (head)
        link->events->header(stream, "", 0);
    if ((head || frame->hd.type == NGHTTP2_DATA) && frame->hd.flags & NGHTTP2_FLAG_END_STREAM &&
        stream->id)
        answered(link, stream);
    return 0;
}

/* Of a stream that the peer says it has not looked at nothing can have been applied (RFC 9113,
 * 8.7), unless it has answered on it. */
static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *context)
{
    struct h2_link *link = context;
    struct h2_stream *stream = stream_of(session, id);
    if (!stream)
        return 0;
    bool unprocessed = code == NGHTTP2_REFUSED_STREAM && !stream->status;
    bool theirs = stream->reset || code == NGHTTP2_REFUSED_STREAM;
    end(link, stream,
        unprocessed      ? &refused
        : theirs         ? &reset
        : !stream->begun ? &unsent
                         : &garbage);
    return 0;
}

static nghttp2_session_callbacks *make_callbacks(void)
{
    nghttp2_session_callbacks *callbacks;
    if (nghttp2_session_callbacks_new(&callbacks))
        return NULL;
    nghttp2_session_callbacks_set_before_frame_send_callback(callbacks, before_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, after_frame);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    return callbacks;
}

bool h2_session_open(struct h2_link *link)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
    };
    nghttp2_session_callbacks *callbacks = make_callbacks();
    bool fine = callbacks && !nghttp2_session_client_new(&link->session, callbacks, link);
    nghttp2_session_callbacks_del(callbacks);
    return fine && !nghttp2_submit_settings(link->session, NGHTTP2_FLAG_NONE, settings, 2) &&
           !nghttp2_session_set_local_window_size(link->session, NGHTTP2_FLAG_NONE, 0, WINDOW);
}
