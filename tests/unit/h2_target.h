/* A target of HTTP/2 in this process that behaves as it is told, by nghttp2. Include from one test
 * file each. */
#ifndef UNIT_H2_TARGET_H
#define UNIT_H2_TARGET_H

#include "h2_manners.h"

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
    if (frame->hd.type == NGHTTP2_GOAWAY)
        atomic_fetch_add(&target->farewells, 1);
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

/* What has not been read yet would make the end a reset. */
static inline void h2_end_well(int fd)
{
    char bytes[4096];
    struct pollfd socket = {.fd = fd, .events = POLLIN};
    shutdown(fd, SHUT_WR);
    while (poll(&socket, 1, 10000) > 0 && recv(fd, bytes, sizeof bytes, 0) > 0)
        ;
}

static inline void h2_hang_up(struct h2_peer *peer)
{
    for (int32_t id = 1; peer->session && id < 2 * H2_ASKED; id += 2) {
        free(nghttp2_session_get_stream_user_data(peer->session, id));
        nghttp2_session_set_stream_user_data(peer->session, id, NULL);
    }
    nghttp2_session_del(peer->session);
    if (peer->cut || peer->target->manner == H2_LEAVES)
        h2_end_well(peer->fd);
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
        enum h2_order order = (enum h2_order)atomic_exchange(&target->order, H2_NOTHING);
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
