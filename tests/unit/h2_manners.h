/* How a target of HTTP/2 may behave: what it answers to a request. For h2_target.h. */
#ifndef UNIT_H2_MANNERS_H
#define UNIT_H2_MANNERS_H

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
    atomic_int heads, complete, open, accepted, farewells;
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
    static char value[1 << 20], names[MANY][32];
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

#endif
