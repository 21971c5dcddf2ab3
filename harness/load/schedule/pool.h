/* The worker pool: all workers of a load, and the hand-over of tasks to their threads. @thread
 * driver. */
#ifndef LOAD_POOL_H
#define LOAD_POOL_H

#include "load/schedule/worker.h"

typedef int (*pool_task)(struct worker *worker, struct err *err);

struct pool {
    struct worker *workers; /* owned */
    unsigned count;
    unsigned started;     /* threads */
    pthread_mutex_t lock; /* guards the members below */
    pthread_cond_t changed;
    pool_task task; /* what generation asks for */
    uint64_t generation;
    unsigned busy;
    bool quit;
};

/* Starts the threads. setup is borrowed. Errors: ERR_MEMORY, ERR_ENVIRONMENT (no thread). */
int pool_new(const struct setup *setup, unsigned workers, uint64_t seed, struct pool **ret_pool,
             struct err *err) __attribute__((warn_unused_result));
void pool_free(struct pool *pool); /* waits for a running task */

/* Starts a task on every worker; pool_wait returns when all have ended it, with the first error.
 * What the driver wrote before pool_start is seen by the workers, and theirs after pool_wait by the
 * driver. */
void pool_start(struct pool *pool, pool_task task);
int pool_wait(struct pool *pool, struct err *err) __attribute__((warn_unused_result));
int pool_run(struct pool *pool, pool_task task, struct err *err)
    __attribute__((warn_unused_result));

/* Every worker closes the connections that it has. */
void pool_close(struct pool *pool);

/* Cuts `count` requests at records into slices for the first `active` workers; the others get none.
 */
void pool_slice(struct pool *pool, struct request *records, size_t count, unsigned active);

#endif
