/* Staging: a worker has the requests of its slice encoded, each connection's into its gate, and
 * goes on with them once they are released. At a gate that connects only sockets are made, and the
 * requests are sent as their connections come to stand. @thread worker, except where it says
 * driver. */
#ifndef LOAD_STAGING_H
#define LOAD_STAGING_H

#include "load/gate/gate.h"
#include "load/net/crowd.h"
#include "load/schedule/worker.h"

/* A worker's part of a rendezvous. The driver reads it while the worker has no task. */
struct staging {
    const struct gate_ops *gate;
    ns_t deadline;
    struct holder holder;
    struct held *held;  /* one a connection; owned */
    size_t held_count;  /* connections that are held, the first ones once all of them are */
    size_t requests;    /* that are held */
    ns_t first_caught;  /* 0: none yet */
    struct crowd crowd; /* of a gate that connects */
    struct staging_failure {
        int64_t count;
        int64_t answered; /* of them, by an answer before the release */
        struct outcome last;
    } failed;
};

/* @thread driver. Makes it the worker's: from now on requests are held. Errors: ERR_MEMORY. */
int staging_init(struct staging *staging, struct worker *worker, const struct gate_ops *gate,
                 ns_t deadline, struct err *err) __attribute__((warn_unused_result));
void staging_free(
    struct staging *staging); /* @thread driver; the worker's connections are closed */

/* Pool tasks: the first opens all connections, or holds their sockets; the second ends when every
 * request is encoded, when one has failed, on stop, or at the deadline. A gate that holds for a
 * limited time gets them only by the third, when all workers are so far. Errors: ERR_MEMORY,
 * ERR_ENVIRONMENT; of the third ERR_TIMEOUT when the gate could not hold so long, so that nothing
 * may be released any more. */
int staging_connect(struct worker *worker, struct err *err) __attribute__((warn_unused_result));
int staging_hold(struct worker *worker, struct err *err) __attribute__((warn_unused_result));
int staging_keep(struct worker *worker, struct err *err) __attribute__((warn_unused_result));

/* A pool task: the requests have been released, and are waited for. */
int staging_go_on(struct worker *worker, struct err *err) __attribute__((warn_unused_result));

#endif
