/* A worker: a thread with its own transfers, reactor, random state and slice of the history. The
 * driver hands it one task after another; while a task runs nothing of the worker is touched by
 * anybody else, and nothing is shared but the progress counters and the stop flag. */
#ifndef LOAD_WORKER_H
#define LOAD_WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/rng.h"
#include "load/gate/gate.h"
#include "load/http/message.h"
#include "load/http/rules.h"
#include "load/net/dial.h"
#include "load/net/reactor.h"
#include "load/net/transfer.h"
#include "load/net/wire.h"
#include "load/schedule/users.h"
#include "model/answers.h"
#include "model/progress.h"

/* What all workers read and none writes. */
struct setup {
    const struct spec_request *request;
    struct message *message;
    struct rules *rules;
    struct progress *progress;
    const struct roster *roster;
};

/* The requests of one phase that belong to one worker: every `stride`-th record from `first` on, so
 * that both workers go through the schedule side by side. */
struct crew;

struct slice {
    struct request *first;
    size_t count;
    size_t stride;
    size_t index; /* of `first` in the phase */
    size_t next;  /* the first one that was not started yet */
};

struct worker {
    const struct setup *setup;
    struct crew *crew;
    unsigned number;
    pthread_t thread;
    bool threaded;

    struct rng rng;
    struct reactor *reactor; /* libcurl's transfers, or */
    struct wire *wire;       /* plain connections of our own */
    struct transfer *transfers;
    size_t transfers_count;
    struct transfer **free_transfers; /* a stack */
    size_t free_count;
    int *fds_by_port;   /* of libcurl's connections, by local port; owned */
    size_t connections; /* how many the phase gives it */
    size_t share;       /* see worker_open */
    size_t dial;        /* how many of them are opened ahead */

    struct slice slice;
    const struct users_plan *users; /* how records get their users; NULL: they have them */
    uint32_t first_seq;             /* of the phase */
    const ns_t *schedule;           /* by index in the phase: spans after `origin`; NULL: at once */
    ns_t origin;
    ns_t until;    /* nothing new is started from then on; 0: no end */
    ns_t deadline; /* of staging */

    const struct gate_ops *gate; /* while holding: what catches the requests; NULL otherwise */
    struct transfer *catching;   /* the one whose bytes are being caught */
    struct held *held;           /* one a transfer, in the order of the slice */
    size_t held_count;
    ns_t first_caught;
    struct capture *capture;
    struct dial_tally dials;
    struct staging_failure {
        int64_t count;
        CURLcode code; /* of the last */
        int os_error;  /* of the last that was ours; 0: none */
    } failed;

    struct worker_counts { /* not yet in the progress counters */
        long long staged, released, answered;
        ns_t last_done;
    } counts;
    struct answers *answers; /* owned; of all its tasks */
    struct err err;          /* of the last task */
    int rc;
};

/* Room for so many transfers; share: of them in one multi handle of libcurl, 0: on a wire instead.
 */
int worker_open(struct worker *worker, size_t transfers, size_t share, struct err *err)
    __attribute__((warn_unused_result));
/* Closes all connections and forgets the transfers. */
void worker_close(struct worker *worker);

/* The k-th record of the slice, with its user. */
struct request *worker_record(struct worker *worker, size_t k);

/* Runs the slice: starts what is due on free transfers, waits, until all of it has ended. */
void worker_run(struct worker *worker);

/* A transfer's request has come to its end: the transfer is free again. */
void worker_ended(struct worker *worker, struct transfer *transfer);

/* One turn of the loop: handles what happened within span, times out, publishes the counters. */
void worker_turn(struct worker *worker, ns_t span);

/* Adds its counts to the progress counters. */
void worker_publish(struct worker *worker);

bool worker_stopped(const struct worker *worker);

#endif
