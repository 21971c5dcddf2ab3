/* A target of HTTP/2 in this process that behaves as it is told, by nghttp2. Include from one test
 * file each. */
#ifndef UNIT_H2_TARGET_H
#define UNIT_H2_TARGET_H

#include <nghttp2/nghttp2.h>
#include <poll.h>

#include "load_rig.h"

enum h2_manner {
    H2_ANSWERS,  /* 202 and a rank, but every third user's 410 */
    H2_SAYS,     /* what the row says */
    H2_HANGS,    /* never answers */
    H2_EARLY,    /* answers at the head, whether the request has ended or not */
    H2_REFUSES,  /* every second request: REFUSED_STREAM */
    H2_RESETS,   /* half an answer, then INTERNAL_ERROR */
    H2_CLOSES,   /* half an answer, then the connection ends */
    H2_LEAVES,   /* GOAWAY that knows the first request only, and answers that */
    H2_ZERO,     /* takes no byte of a body */
    H2_HUGE,     /* a header of a megabyte */
    H2_MANY,     /* a megabyte of headers */
    H2_NOT_HTTP, /* HTTP/1.1, whatever comes */
    H2_FEW,      /* 3 streams at once */
    H2_SETTLES,  /* new settings as soon as a head has come, then answers */
};

/* What is said while requests are held: by the test's thread, done by the target's. */
enum h2_order { H2_NOTHING, H2_GOAWAY, H2_SHRINK, H2_PING, H2_SHUT };

struct h2_says {
    const char *names[8], *values[8]; /* of fields, ":status" first */
    unsigned interim;                 /* so many of them are an answer of their own, before */
    const char *body;
    bool reset; /* instead of the end */
    bool cut;   /* the connection ends instead */
};

enum { H2_PEERS = 2100, H2_ASKED = 512 };

struct h2_target;

struct h2_peer {
    struct h2_target *target;
    nghttp2_session *session;
    int fd;
    bool cut;
};

struct h2_asked {
    char path[128];
    size_t body, given;
    struct h2_peer *peer;
    const char *says;
};

struct h2_target {
    enum h2_manner manner;
    struct h2_says says;
    int listener, port;
    pthread_t thread;
    atomic_bool quit;
    atomic_int order, obeyed;
    atomic_int heads, complete, open, accepted;
    atomic_llong bodies;
    struct h2_peer peers[H2_PEERS];
    size_t count;
};

static inline ssize_t h2_give(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t room,
                              uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)session;
    (void)id;
    (void)context;
    struct h2_asked *asked = source->ptr;
    size_t left = strlen(asked->says) - asked->given;
    size_t count = left < room ? left : room;
    memcpy(bytes, asked->says + asked->given, count);
    asked->given += count;
    if (asked->given == strlen(asked->says))
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)count;
}

/* The same, and then nothing any more. */
static inline ssize_t h2_give_half(nghttp2_session *session, int32_t id, uint8_t *bytes,
                                   size_t room, uint32_t *flags, nghttp2_data_source *source,
                                   void *context)
{
    struct h2_asked *asked = source->ptr;
    if (asked->given == strlen(asked->says))
        return NGHTTP2_ERR_DEFERRED;
    ssize_t count = h2_give(session, id, bytes, room, flags, source, context);
    *flags = NGHTTP2_DATA_FLAG_NONE;
    return count;
}

static inline nghttp2_nv h2_field(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value),
                        NGHTTP2_NV_FLAG_NONE};
}

static inline void h2_answer(struct h2_asked *asked, int32_t id, const char *status,
                             const char *body, bool half)
{
    const nghttp2_nv fields[] = {h2_field(":status", status),
                                 h2_field("content-type", "application/json")};
    const nghttp2_data_provider provider = {{.ptr = asked}, half ? h2_give_half : h2_give};
    asked->says = body;
    nghttp2_submit_response(asked->peer->session, id, fields, 2, &provider);
}

static inline void h2_say_own(struct h2_asked *asked, int32_t id)
{
    nghttp2_session *session = asked->peer->session;
    const struct h2_says *says = &asked->peer->target->says;
    nghttp2_nv fields[8];
    size_t count = 0, first = 0;
    for (; count < 8 && says->names[count]; count++)
        fields[count] = h2_field(says->names[count], says->values[count]);
    if (says->interim) {
        nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, id, NULL, fields, says->interim, NULL);
        first = says->interim;
    }
    const nghttp2_data_provider provider = {{.ptr = asked},
                                            says->reset || says->cut ? h2_give_half : h2_give};
    asked->says = says->body ? says->body : "";
    bool whole = !says->body && !says->reset && !says->cut;
    nghttp2_submit_response(session, id, fields + first, count - first, whole ? NULL : &provider);
}

static inline void h2_say_much(struct h2_asked *asked, int32_t id, bool one)
{
    enum { MANY = 1100, LENGTH = 1000 };
    static char value[1 << 20], names[MANY][16];
    static nghttp2_nv fields[MANY + 1];
    size_t count = one ? 1 : MANY;
    memset(value, 'x', sizeof value - 1);
    fields[0] = h2_field(":status", "202");
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "x-much-%zu", i);
        fields[i + 1] = h2_field(names[i], value);
        fields[i + 1].valuelen = one ? sizeof value - 1 : LENGTH;
        fields[i + 1].flags = NGHTTP2_NV_FLAG_NO_INDEX;
    }
    nghttp2_submit_response(asked->peer->session, id, fields, count + 1, NULL);
}

static inline int h2_user(const struct h2_asked *asked)
{
    const char *name = strstr(asked->path, "userId=");
    return name ? atoi(name + 7) : 0;
}

/* The request is whole, or is taken for that. */
static inline void h2_behave(struct h2_asked *asked, int32_t id)
{
    struct h2_peer *peer = asked->peer;
    switch (peer->target->manner) {
    case H2_ANSWERS:
    case H2_EARLY:
    case H2_FEW:
    case H2_ZERO:
    case H2_SETTLES:
        h2_answer(asked, id, h2_user(asked) % 3 ? "202" : "410", "{\"rank\": 7}", false);
        break;
    case H2_SAYS:
        h2_say_own(asked, id);
        break;
    case H2_REFUSES:
        if (h2_user(asked) % 2)
            h2_answer(asked, id, "202", "{\"rank\": 7}", false);
        else
            nghttp2_submit_rst_stream(peer->session, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
        break;
    case H2_RESETS:
    case H2_CLOSES:
        h2_answer(asked, id, "202", "{\"ra", true);
        break;
    case H2_LEAVES:
        if (id == 1) {
            nghttp2_submit_goaway(peer->session, NGHTTP2_FLAG_NONE, 1, NGHTTP2_NO_ERROR, NULL, 0);
            h2_answer(asked, id, "202", "{\"rank\": 7}", false);
        }
        break;
    case H2_HUGE:
    case H2_MANY:
        h2_say_much(asked, id, peer->target->manner == H2_HUGE);
        break;
    case H2_HANGS:
    case H2_NOT_HTTP:
        break;
    }
}

static inline int h2_on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct h2_asked *asked = calloc(1, sizeof *asked);
    asked->peer = context;
    nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, asked);
    return 0;
}

static inline int h2_on_header(nghttp2_session *session, const nghttp2_frame *frame,
                               const uint8_t *name, size_t name_length, const uint8_t *value,
                               size_t length, uint8_t flags, void *context)
{
    (void)flags;
    (void)context;
    struct h2_asked *asked = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (name_length == 5 && !memcmp(name, ":path", 5))
        snprintf(asked->path, sizeof asked->path, "%.*s", (int)length, (const char *)value);
    return 0;
}

static inline int h2_on_data(nghttp2_session *session, uint8_t flags, int32_t id,
                             const uint8_t *bytes, size_t length, void *context)
{
    (void)flags;
    (void)bytes;
    struct h2_peer *peer = context;
    struct h2_asked *asked = nghttp2_session_get_stream_user_data(session, id);
    asked->body += length;
    atomic_fetch_add(&peer->target->bodies, (long long)length);
    return 0;
}

static inline int h2_on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct h2_peer *peer = context;
    struct h2_target *target = peer->target;
    bool head = frame->hd.type == NGHTTP2_HEADERS;
    bool ends =
        (head || frame->hd.type == NGHTTP2_DATA) && frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    struct h2_asked *asked = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (head)
        atomic_fetch_add(&target->heads, 1);
    if (head && target->manner == H2_SETTLES) {
        const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0},
                                                   {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 70000}};
        nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 2);
    }
    if (ends)
        atomic_fetch_add(&target->complete, 1);
    if (asked && (target->manner == H2_EARLY ? head : ends))
        h2_behave(asked, frame->hd.stream_id);
    return 0;
}

static inline int h2_on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct h2_peer *peer = context;
    const struct h2_target *target = peer->target;
    bool bare = target->manner == H2_SAYS && !target->says.body;
    if (frame->hd.type != (bare ? NGHTTP2_HEADERS : NGHTTP2_DATA))
        return 0;
    if (target->manner == H2_RESETS || (target->manner == H2_SAYS && target->says.reset))
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                  NGHTTP2_INTERNAL_ERROR);
    if (target->manner == H2_CLOSES || (target->manner == H2_SAYS && target->says.cut))
        peer->cut = true;
    return 0;
}

static inline int h2_on_close(nghttp2_session *session, int32_t id, uint32_t code, void *context)
{
    (void)code;
    (void)context;
    free(nghttp2_session_get_stream_user_data(session, id));
    nghttp2_session_set_stream_user_data(session, id, NULL);
    return 0;
}

static inline void h2_greet(struct h2_peer *peer)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    enum h2_manner manner = peer->target->manner;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, h2_on_begin);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, h2_on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, h2_on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, h2_on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, h2_on_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, h2_on_close);
    nghttp2_option_new(&option);
    /* What breaks the rules is meant to. */
    nghttp2_option_set_no_http_messaging(option, 1);
    nghttp2_option_set_max_send_header_block_length(option, 1 << 22);
    nghttp2_session_server_new2(&peer->session, callbacks, peer, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, manner == H2_FEW ? 3 : 250},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, manner == H2_ZERO ? 0 : 65535}};
    nghttp2_submit_settings(peer->session, NGHTTP2_FLAG_NONE, settings, 2);
}

static inline void h2_hang_up(struct h2_peer *peer)
{
    for (int32_t id = 1; peer->session && id < 2 * H2_ASKED; id += 2) {
        free(nghttp2_session_get_stream_user_data(peer->session, id));
        nghttp2_session_set_stream_user_data(peer->session, id, NULL);
    }
    nghttp2_session_del(peer->session);
    close(peer->fd);
    atomic_fetch_sub(&peer->target->open, 1);
    *peer = (struct h2_peer){.fd = -1};
}

/* False: it has ended. */
static inline bool h2_speak(struct h2_peer *peer)
{
    const uint8_t *bytes;
    for (ssize_t count; (count = nghttp2_session_mem_send(peer->session, &bytes)) > 0;)
        for (ssize_t sent = 0, step; sent < count; sent += step)
            if ((step = send(peer->fd, bytes + sent, (size_t)(count - sent), MSG_NOSIGNAL)) < 0)
                return false;
    return !peer->cut &&
           (nghttp2_session_want_read(peer->session) || nghttp2_session_want_write(peer->session));
}

static inline void h2_hear(struct h2_peer *peer)
{
    char bytes[16384];
    ssize_t got = recv(peer->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got > 0 && peer->target->manner == H2_NOT_HTTP)
        rig_say(peer->fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    else if (got <= 0 ||
             nghttp2_session_mem_recv(peer->session, (const uint8_t *)bytes, (size_t)got) < 0 ||
             !h2_speak(peer))
        h2_hang_up(peer);
}

static inline void h2_obey(struct h2_target *target, enum h2_order order)
{
    const nghttp2_settings_entry small[] = {{NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0},
                                            {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1000}};
    for (size_t i = 0; i < target->count; i++) {
        struct h2_peer *peer = &target->peers[i];
        if (peer->fd < 0)
            continue;
        if (order == H2_GOAWAY)
            nghttp2_submit_goaway(peer->session, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, NULL, 0);
        if (order == H2_SHRINK)
            nghttp2_submit_settings(peer->session, NGHTTP2_FLAG_NONE, small, 2);
        if (order == H2_PING)
            nghttp2_submit_ping(peer->session, NGHTTP2_FLAG_NONE, NULL);
        if (!h2_speak(peer) || order == H2_SHUT)
            h2_hang_up(peer);
    }
    atomic_fetch_add(&target->obeyed, 1);
}

static inline void h2_accept(struct h2_target *target)
{
    int fd = accept4(target->listener, NULL, NULL, 0);
    if (fd < 0)
        return;
    if (target->count == H2_PEERS)
        abort();
    struct h2_peer *peer = &target->peers[target->count++];
    *peer = (struct h2_peer){.target = target, .fd = fd};
    atomic_fetch_add(&target->accepted, 1);
    atomic_fetch_add(&target->open, 1);
    h2_greet(peer);
    if (target->manner != H2_NOT_HTTP && !h2_speak(peer))
        h2_hang_up(peer);
}

static inline void *h2_serve(void *context)
{
    struct h2_target *target = context;
    while (!atomic_load(&target->quit)) {
        struct pollfd polls[H2_PEERS + 1] = {{.fd = target->listener, .events = POLLIN}};
        size_t count = target->count;
        for (size_t i = 0; i < count; i++)
            polls[i + 1] = (struct pollfd){.fd = target->peers[i].fd, .events = POLLIN};
        poll(polls, count + 1, 2);
        int order = atomic_exchange(&target->order, H2_NOTHING);
        if (order != H2_NOTHING)
            h2_obey(target, order);
        for (size_t i = 0; i < count; i++)
            if (polls[i + 1].revents && target->peers[i].fd >= 0)
                h2_hear(&target->peers[i]);
        if (polls[0].revents)
            h2_accept(target);
    }
    return NULL;
}

static inline struct h2_target *h2_target_start(enum h2_manner manner)
{
    struct h2_target *target = calloc(1, sizeof *target);
    target->manner = manner;
    target->listener = rig_listen(2048, &target->port);
    pthread_create(&target->thread, NULL, h2_serve, target);
    return target;
}

static inline void h2_target_end(struct h2_target *target)
{
    atomic_store(&target->quit, true);
    pthread_join(target->thread, NULL);
    for (size_t i = 0; i < target->count; i++)
        if (target->peers[i].fd >= 0)
            h2_hang_up(&target->peers[i]);
    close(target->listener);
    free(target);
}

/* Has all connections say so, and waits until they have. */
static inline void h2_target_order(struct h2_target *target, enum h2_order order)
{
    int before = atomic_load(&target->obeyed);
    atomic_store(&target->order, order);
    for (int i = 0; atomic_load(&target->obeyed) == before && i < 20000; i++)
        usleep(1000);
}

#endif
