/* A worker: a thread with its own transport, random state and slice of the history. The driver
 * hands it one task after another; while a task runs nothing of the worker is touched by anybody
 * else, and nothing is shared but the progress counters and the stop flag. */
#ifndef LOAD_WORKER_H
#define LOAD_WORKER_H

#include <pthread.h>

#include "load/net/transport.h"
#include "load/schedule/users.h"

struct pool;
struct staging;

/* The requests of one phase that belong to one worker: every `stride`-th record from `first` on, so
 * that both workers go through the schedule side by side. */
struct slice {
    struct request *first;
    size_t count;
    size_t stride;
    size_t index; /* of `first` in the phase */
    size_t next;  /* the first one that was not started yet */
};

struct worker {
    struct carrier carrier;
    struct answers *answers; /* owned; what it was answered, those of actions left out */
    struct pool *pool;
    pthread_t thread;

    struct transport *transport;      /* NULL: no connections */
    struct exchange **free_exchanges; /* a stack */
    size_t free_count;
    const struct transport_ops *ops; /* of what worker_open makes */
    size_t exchanges;                /* how many it carries at once */
    size_t dial;                     /* so many connections are opened ahead */
    struct dial_tally dials;

    struct slice slice;
    const struct users_plan *users; /* how records get their users; NULL: they have them */
    uint32_t first_seq;             /* of the phase */
    const ns_t *schedule;           /* by index in the phase: spans after `origin`; NULL: at once */
    ns_t origin;
    ns_t until; /* nothing new is started from then on; 0: no end */

    struct staging *staging;             /* its part of a rendezvous; owned by that */
    void (*look)(struct worker *worker); /* at every turn, for who else has events; NULL: nobody */

    struct worker_counts { /* not yet in the progress counters */
        long long staged, released, answered;
        ns_t last_done;
    } counts;
    struct err err; /* of the last task */
    int rc;
};

/* Errors: ERR_MEMORY. setup is borrowed; worker_free also takes zeroed ones. */
int worker_init(struct worker *worker, const struct setup *setup, unsigned number, uint64_t seed,
                struct err *err) __attribute__((warn_unused_result));
void worker_free(struct worker *worker);

/* A pool task: makes a transport for worker->exchanges of them, with nothing open. */
int worker_open(struct worker *worker, struct err *err) __attribute__((warn_unused_result));
/* Closes all connections and forgets the exchanges. */
void worker_close(struct worker *worker);

/* The k-th record of the slice, with its user. */
struct request *worker_record(struct worker *worker, size_t k);

/* Has each connection lead to where the request goes that it will carry first. */
void worker_lead(struct worker *worker);
/* Opens the first `count` of its connections ahead, each to that instance: see transport_dial. */
int worker_dial(struct worker *worker, size_t count, ns_t deadline, struct err *err)
    __attribute__((warn_unused_result));

/* Starts a record's request. @thread worker */
void worker_start(struct worker *worker, struct exchange *exchange, struct request *record,
                  ns_t now);

/* Runs the slice: starts what is due on free exchanges, waits, until all of it has ended. */
void worker_run(struct worker *worker);

/* One turn of the loop: handles what happened within span, publishes the counters. */
void worker_turn(struct worker *worker, ns_t span);

/* Adds its counts to the progress counters. */
void worker_publish(struct worker *worker);

bool worker_stopped(const struct worker *worker);

#endif
