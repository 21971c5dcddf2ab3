/* The stack's end of rushproof-proxy, which stands between the scenario's processes and their
 * stores: a listener a process and store, what is held, and what was said, read back. The harness
 * itself never goes that way. One thread at a time. */
#ifndef STACK_PROXY_H
#define STACK_PROXY_H

#include "model/spec.h"
#include "model/trace.h"
#include "stack/child.h"
#include "stack/server.h"

struct proxy {
    struct child child;
    char dir[160]; /* its sockets and its journal; "": there is no proxy */
    char journal[192];
    struct halt *halt;        /* borrowed */
    struct trace_door *doors; /* owned; by the number that the program gives a listener */
    unsigned doors_count;
    char around[96];   /* a store that no listener is in front of, and why; "": there is none */
    char refusal[256]; /* of proxy_refusal */
    ns_t left;         /* since when it knows of a client that left; 0: of none */
    uint64_t from;     /* record of the journal with which the trace begins */
};

/* Starts it, without listeners. */
int proxy_start(struct proxy *proxy, const struct place *place, struct err *err);
void proxy_free(struct proxy *proxy); /* an all-zero struct is fine */

static inline bool proxy_is_there(const struct proxy *proxy)
{
    return proxy->dir[0] != '\0';
}

/* Puts a listener in front of a store for a process: addresses and port of `seen`, a copy of the
 * server, are the listener's from then on. Servers that are no stores stay as they are. Where the
 * service has the port in its code, the listener of its keeper is there: what others say to that
 * port goes by his name. */
int proxy_lead(struct proxy *proxy, const char *process, bool keeper, struct server *seen,
               struct err *err);

/* Listens where a service that the run does not start is pointed at. */
int proxy_listen(struct proxy *proxy, const struct spec_between *between, struct err *err);

/* The trace begins here. */
int proxy_mark(struct proxy *proxy, struct err *err);
/* What was said since. */
int proxy_read(struct proxy *proxy, struct trace *ret_trace, struct err *err);
/* Whom it turned away, and what is to be changed; NULL: nobody. over: no client comes any more;
 * until then, who left because TLS was not to be had has a while to come back without. Valid until
 * the next call. */
const char *proxy_refusal(struct proxy *proxy, bool over);

/* Holds that; NULL: nothing any more. */
int proxy_hold(struct proxy *proxy, const struct spec_hold *hold, struct err *err);
/* How many statements, and other things of the journal, there have been. */
int proxy_said(struct proxy *proxy, uint64_t *ret_said, struct err *err);
/* How many answers are held at this moment. */
int proxy_held(struct proxy *proxy, int64_t *ret_held, struct err *err);

#endif
