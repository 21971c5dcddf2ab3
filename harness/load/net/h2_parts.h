/* What the transport of HTTP/2 consists of: for the h2_*.c only. */
#ifndef LOAD_H2_PARTS_H
#define LOAD_H2_PARTS_H

#include "load/net/h2_link.h"
#include "load/net/transport.h"

enum { H2_IN_MAX = 64 * 1024 };

/* A connection to one instance. */
struct route {
    struct h2_link link;
    struct h2_transport *transport;
    struct connection *connection;
    uint32_t attached, waiting; /* lines, and those of them without a stream */
    bool awaits_room;           /* in the socket */
    char *held;                 /* owned; what waits for the release, or NULL */
};

/* What carries one exchange. */
struct line {
    struct h2_stream stream; /* first: it is what a link knows */
    struct exchange *exchange;
    struct route *route; /* NULL: it has no request */
    struct http2_fields fields;
    bool waits; /* for its stream to be opened */
};

struct h2_transport {
    struct transport base;
    SSL_CTX *context;               /* owned; NULL: without TLS */
    struct http2_request *requests; /* one an instance; owned */
    size_t instances;
    struct route *routes; /* of each connection one an instance; owned */
    struct line *lines;   /* one an exchange; owned */
    char *in;             /* what is just being read; owned */
    bool ended;           /* a request has ended outside of turn */
};

static inline const struct holder *h2_holder_of(const struct route *route)
{
    return route->transport->base.carrier->holder;
}

/* Routes: h2_route.c. */

/* For a line that waits, as far as it goes by now: opens the connection, opens streams, or has all
 * of them held. */
void route_go_ahead(struct route *route);
/* Opens streams for all that wait. */
void route_submit(struct route *route, bool withheld);
/* Sends what there is to say. False: the connection is lost. */
bool route_write(struct route *route);
/* The socket has something to tell. */
void route_handle(struct route *route, uint32_t events);
/* Looks at what has come, whatever it is for. */
void route_look(struct route *route);
/* One that nobody uses may have been closed, or be about to: what has come is looked at before the
 * next request goes there. */
void route_refresh(struct route *route);
/* It is of no use any more: its requests end so. What could not be sent because the target takes no
 * more streams here goes over another connection. */
void route_lose(struct route *route, struct outcome why);
void route_close(struct route *route);
void route_free(struct route *route); /* one that was never filled is fine */
/* Has the next turn send what there is to say. */
void route_wake(struct route *route);

/* The line has nothing to do with its connection any more. */
void line_detach(struct line *line);

/* Encodes all requests of the connection and hands them over: h2_hold.c. */
void h2_hold(struct route *route);

#endif
