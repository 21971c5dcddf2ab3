/* A link: one connection of HTTP/2 (RFC 9113), by nghttp2, with TLS around it or without. It knows
 * its socket and its streams, but no exchange: who owns a stream is told what becomes of it.
 *
 * While it is mute it reads and writes nothing: what it has to say of its own (acknowledged
 * settings, answered pings) goes behind what is held back. A peer cannot tell that from a slow
 * network, and a table that its new settings shrink is shrunk after the acknowledgement, so header
 * blocks that are held stay what the peer's decoder expects (RFC 7541, 4.2).
 * @thread one at a time. */
#ifndef LOAD_H2_LINK_H
#define LOAD_H2_LINK_H

#include <nghttp2/nghttp2.h>

#include "base/buf.h"
#include "load/http/http2_request.h"
#include "load/net/exchange.h"
#include "load/net/tls_pipe.h"

/* The stream of one request. The layout is public for those who embed it. */
struct h2_stream {
    int32_t id;    /* 0: none is open */
    int status;    /* of the answer's head; 0: none yet */
    bool withheld; /* the last byte of the body, or the end of an empty one, is kept back */
    bool begun;    /* its head has been made into bytes … */
    bool written;  /* … and its end */
    bool reset;    /* by the peer */
    const char *body;
    size_t length, given;
};

struct h2_events {
    void (*leaves)(struct h2_stream *stream); /* its head is made into bytes, which come next */
    void (*header)(struct h2_stream *stream, const char *line, size_t length); /* as http1_events */
    void (*body)(struct h2_stream *stream, const char *bytes, size_t length);
    /* It is closed; or a whole answer has come, and the stream is nobody's any more. */
    void (*over)(struct h2_stream *stream, const struct outcome *outcome);
};

enum h2_state {
    H2_CLOSED,
    H2_CONNECTING, /* its owner's: the link begins when the socket is connected */
    H2_SHAKING,    /* TLS */
    H2_OPEN,       /* streams may be opened */
};

struct h2_link {
    enum h2_state state;
    int fd;
    const struct h2_events *events;
    nghttp2_session *session; /* owned */
    struct tls_pipe tls;
    struct buf out; /* bytes for the wire, of which `sent` have left */
    size_t sent;
    struct buf plain, line; /* before TLS; a header */
    bool mute;
    bool greeted;        /* the peer's settings have come … */
    bool acknowledged;   /* … and it knows ours */
    bool heard;          /* it has answered h2_link_ask */
    bool going;          /* it takes no more streams */
    bool http1;          /* TLS stands, and the peer has chosen HTTP/1.1 */
    struct outcome lost; /* with a cause: why it is of no use any more */
};

/* For a connected socket, which is the link's from then on. context: NULL without TLS. Nothing is
 * written before h2_link_write. False: lost. */
bool h2_link_begin(struct h2_link *link, int fd, SSL_CTX *context, const struct target *target,
                   const struct h2_events *events);
/* Says that no more comes, before its socket is closed: where streams are under way, a service may
 * take the bare end of it for an error of its own, and end. Over TLS not while it is mute, since
 * what is held back has its turn. */
void h2_link_leave(struct h2_link *link);
/* All but the socket; an all-zero one is fine. */
void h2_link_close(struct h2_link *link);

/* Opens the stream, and makes it bytes at the next h2_link_write or h2_link_encode. False: no
 * memory, or no more streams here. */
bool h2_link_submit(struct h2_link *link, struct h2_stream *stream,
                    const struct http2_fields *fields);
/* What was withheld of the stream is not any more. */
void h2_link_finish(struct h2_link *link, struct h2_stream *stream);
/* The stream is nobody's any more. */
void h2_link_cancel(struct h2_link *link, struct h2_stream *stream);

/* Makes bytes of all there is to say, behind those in `out`. False: lost. */
bool h2_link_encode(struct h2_link *link);
/* The same for a question behind all that: whoever answers it has taken that in. */
bool h2_link_ask(struct h2_link *link);
/* The same, and sends what the socket takes. False: lost. */
bool h2_link_write(struct h2_link *link);
/* Is there more to send than the socket took? */
bool h2_link_is_full(const struct h2_link *link);
/* Takes in what has come. room: for scratch. False: lost. */
bool h2_link_read(struct h2_link *link, char *scratch, size_t room);
/* The same for bytes that somebody else has read. */
bool h2_link_take(struct h2_link *link, const char *bytes, size_t length);

/* Have both sides said hello? */
static inline bool h2_link_is_settled(const struct h2_link *link)
{
    return link->state == H2_OPEN && link->greeted && link->acknowledged;
}

#endif
