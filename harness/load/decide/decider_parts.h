/* What the decider consists of: for decider.c, polling.c and listening.c only. */
#ifndef LOAD_DECIDER_PARTS_H
#define LOAD_DECIDER_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "load/decide/asker.h"
#include "load/decide/decider.h"
#include "load/decide/streams.h"
#include "load/decide/ticket.h"

struct decider {
    struct decider_settings settings;
    const struct spec_decide *spec;
    struct captures asked; /* of the users' own requests */
    struct captures
        told; /* of polls and events: Retry-After, and what a place in the queue brings */
    struct asker polls, then; /* polls: unless there are streams */
    struct streams *streams;  /* NULL: tickets are polled */
    struct stream **of_place; /* owned; by the place of their user */
    size_t places;
    struct rules *rules;            /* of events; owned */
    struct answers *heard;          /* likewise */
    bool own_streams;               /* each user's is asked for in the user's name */
    ns_t read;                      /* whatever the streams had to say until then is known */
    _Atomic(struct ticket *) fresh; /* handed over by workers, the last one first */
    struct ticket_queue waiting;    /* for their next poll, or the end of their time */
    struct ticket *all;             /* owned, but for the fresh ones */
    int64_t open;                   /* of them not ended */
    ns_t slot;                      /* when max_rate allows the next poll */
    struct rng rng;
    pthread_t thread;
    bool running;        /* driver only */
    atomic_bool closing; /* no more tickets will come */
    atomic_bool resting; /* the driver takes over for a while */
    struct load_decisions sum;
};

/* It is decided, by what ticket->poll says, or its time is over. */
void decider_end(struct decider *decider, struct ticket *ticket, enum request_class cls,
                 enum request_cause cause);

/* Its turn has come: `then` is sent. */
void decider_go_through(struct decider *decider, struct ticket *ticket);

/* What polls and events mean; it borrows from the scenario. */
struct spec_responses decider_rules(const struct decider *decider, enum otherwise otherwise);

/* ---- polls ---- */

/* Errors: ERR_USAGE, ERR_ENVIRONMENT, ERR_MEMORY. */
int polling_open(struct decider *decider, struct err *err) __attribute__((warn_unused_result));
void polling_admit(struct decider *decider, struct ticket *ticket);
/* When the request that is due may be sent; later than now: not yet. */
ns_t polling_due(const struct decider *decider, const struct ticket *ticket, ns_t now);
void polling_ask(struct decider *decider, struct ticket *ticket, ns_t now);

/* ---- streams of events ---- */

/* Errors: as above. */
int listening_open(struct decider *decider, struct err *err) __attribute__((warn_unused_result));
void listening_admit(struct decider *decider, struct ticket *ticket);
/* The stream of a user; NULL: no memory. */
struct stream *listening_to(struct decider *decider, int64_t user);
/* The ticket listens no more. */
void listening_forget(struct ticket *ticket);
/* When its time is over, which counts only once everything until then was read. */
ns_t listening_due(const struct decider *decider, const struct ticket *ticket, ns_t now);
void listening_expire(struct decider *decider, struct ticket *ticket);

#endif
