/* The crew: all workers of a load, and the hand-over of tasks to their threads. @thread driver. */
#ifndef LOAD_CREW_H
#define LOAD_CREW_H

#include "load/schedule/worker.h"

typedef int (*crew_task)(struct worker *worker, struct err *err);

struct crew {
    struct worker *workers; /* owned */
    unsigned count;
    unsigned started;     /* threads */
    pthread_mutex_t lock; /* guards the members below */
    pthread_cond_t changed;
    crew_task task; /* what generation asks for */
    uint64_t generation;
    unsigned busy;
    bool quit;
};

/* Starts the threads. setup is borrowed. Errors: ERR_MEMORY, ERR_ENVIRONMENT (no thread). */
int crew_new(const struct setup *setup, unsigned workers, uint64_t seed, struct crew **ret_crew,
             struct err *err) __attribute__((warn_unused_result));
void crew_free(struct crew *crew); /* waits for a running task */

/* Starts a task on every worker; crew_wait returns when all have ended it, with the first error.
 * What the driver wrote before crew_start is seen by the workers, and theirs after crew_wait by the
 * driver. */
void crew_start(struct crew *crew, crew_task task);
int crew_wait(struct crew *crew, struct err *err) __attribute__((warn_unused_result));
int crew_run(struct crew *crew, crew_task task, struct err *err)
    __attribute__((warn_unused_result));

/* Every worker closes the connections that it has. */
void crew_close(struct crew *crew);

/* Cuts `count` requests at records into slices for the first `active` workers; the others get none.
 */
void crew_slice(struct crew *crew, struct request *records, size_t count, unsigned active);

#endif
