/* A visit to a store as a job of its source, whose state is the session. */
#ifndef PROBE_STORE_JOB_H
#define PROBE_STORE_JOB_H

#include "probe/source.h"
#include "store/store.h"

struct store_job {
    struct job job;
    struct visit visit;
};

struct store_job *store_job_new(void);      /* NULL: no memory */
void store_job_drop(struct store_job *job); /* NULL is fine */

/* Its thread and its state. Takes the session over, also on failure. NULL: err says why. */
struct source *store_job_source(struct store *store, struct err *err);

#endif
