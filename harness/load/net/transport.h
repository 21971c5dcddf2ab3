/* A transport: the connections of one worker to the target and the exchanges on them. A kind of
 * transport is one file and one row of the table in transport.c; nobody else asks which one it is.
 *
 * A connection is an entity of its own: it may carry several exchanges, at once (`streams`) or one
 * after the other. While requests are held (struct holder), they are encoded instead of sent: for
 * each connection the transport hands over the bytes that may go ahead and those that must not
 * leave before the release.
 * @thread the worker that owns it, except transport_find and the questions about a message: any. */
#ifndef LOAD_TRANSPORT_H
#define LOAD_TRANSPORT_H

#include "load/net/dial.h"
#include "load/net/exchange.h"

struct connection {
    int fd;           /* opened ahead, or held; -1: the transport opens one when it needs it */
    bool dialed;      /* fd is not yet used; it is connected when an exchange starts */
    uint8_t instance; /* where fd leads to, as records count them */
    uint32_t place;
    uint32_t first, count; /* its exchanges, by place */
};

/* The requests of one connection. */
struct encoded {
    const char *bytes; /* valid as long as the transport */
    size_t length;
    size_t ahead; /* so many may be sent before the release: no server can begin to handle a request
                     that has not come any further */
    int fd;       /* where they go until the staging ends; then they go to the connection's */
    int error;    /* errno of why there are none; 0: fine */
};

/* What a worker wants to do with its connections. */
enum transport_use {
    TRANSPORT_HELD = 1,      /* requests are held, one an exchange */
    TRANSPORT_SCHEDULED = 2, /* each at its time, on whatever connection is free */
    TRANSPORT_SATURATED = 4, /* one after the other on each connection */
};

struct transport {
    const struct transport_ops *ops;
    struct carrier *carrier;
    struct connection *connections;
    size_t connections_count;
    struct exchange *exchanges;
    size_t exchanges_count;
    unsigned streams; /* exchanges that each connection carries at once, at most */
    int epoll; /* turn waits on it; events of others, for whom a turn shall end, have data 0 */
};

struct transport_ops {
    const char *name;
    size_t size;   /* of its own struct, which begins with the one above */
    unsigned uses; /* what it is chosen for, bits of enum transport_use */
    /* Exchanges that one connection carries at once; NULL: one. */
    unsigned (*streams)(const struct message *message, bool held);
    /* For the process, before the first is opened and after the last; NULL: nothing to do. */
    int (*begin)(struct err *err);
    void (*finish)(void);
    /* Learns what has to be known of the target before any is opened; NULL: nothing. */
    int (*meet)(struct message *message, struct err *err);
    bool (*carries)(const struct message *message);
    /* Descriptors that so many connections of one worker take. */
    size_t (*files)(const struct message *message, size_t connections, bool held);
    /* The struct above is filled. close also takes what open left half-made. */
    int (*open)(struct transport *transport, struct err *err);
    void (*close)(struct transport *transport);
    /* Sends the exchange's request, or encodes it. */
    void (*start)(struct transport *transport, struct exchange *exchange,
                  const struct template_values *values);
    /* Gives the exchange up; what else its connection carries may end with it. Nothing is told of
     * it any more. */
    void (*drop)(struct transport *transport, struct exchange *exchange);
    /* All are held, or the staging has failed; NULL: nothing to do. */
    void (*staged)(struct transport *transport);
    /* While all are held: whoever has been answered or has lost its connection is told of to the
     * holder. @thread driver; NULL: connections that have something to read are. */
    void (*look)(struct transport *transport);
    /* While all are held: has the target taken in what went ahead? @thread driver; NULL: nothing
     * goes ahead, or nobody can tell. */
    bool (*heard)(struct transport *transport);
    /* What was held of the connection has left; NULL: nothing to do. */
    void (*go_on)(struct transport *transport, struct connection *connection);
    /* Waits at most span for something to happen and handles it. */
    void (*turn)(struct transport *transport, ns_t span);
};

extern const struct transport_ops transport_h2, transport_http1, transport_curl;

/* Every transport's begin, and finish. @thread driver, before the workers and after them. */
int transport_begin(struct err *err) __attribute__((warn_unused_result));
void transport_finish(void);

/* Every transport's meet. @thread driver. Errors: ERR_USAGE, ERR_ENVIRONMENT, ERR_MEMORY. */
int transport_meet(struct message *message, struct err *err) __attribute__((warn_unused_result));

unsigned transport_streams(const struct transport_ops *ops, const struct message *message,
                           bool held);

/* Closes a connection's descriptor; while requests are held without sending what the kernel keeps
 * of them. Returns what close does. */
int connection_close(const struct carrier *carrier, int fd);

/* The first of the table that carries the message and is meant for this. Never NULL. */
const struct transport_ops *transport_find(const struct message *message, enum transport_use use);

/* Room for so many exchanges at once. Errors: ERR_MEMORY, ERR_ENVIRONMENT. */
int transport_open(const struct transport_ops *ops, struct carrier *carrier, size_t exchanges,
                   struct transport **ret_transport, struct err *err)
    __attribute__((warn_unused_result));
/* Closes all connections; exchanges under way are nobody's any more. NULL is fine. */
void transport_close(struct transport *transport);

/* Where a connection leads to. */
const struct target *connection_target(const struct transport *transport,
                                       const struct connection *connection);

/* Opens the first so many of its connections ahead, as far as it goes; see dial_all. Errors:
 * ERR_MEMORY. */
int transport_dial(struct transport *transport, size_t count, ns_t deadline,
                   struct dial_tally *ret_tally, struct err *err)
    __attribute__((warn_unused_result));

#endif
