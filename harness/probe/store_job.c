#include "probe/store_job.h"

#include <stdlib.h>

static void run(void *state, struct job *job)
{
    store_visit(state, &((struct store_job *)job)->visit);
}

static void drop(struct job *job)
{
    visit_free(&((struct store_job *)job)->visit);
    free(job);
}

struct store_job *store_job_new(void)
{
    struct store_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->job = (struct job){.run = run, .drop = drop};
    visit_init(&job->visit);
    return job;
}

void store_job_drop(struct store_job *job)
{
    if (job)
        drop(&job->job);
}

static void close_session(void *state)
{
    store_close(state);
}

static void wake_session(void *state)
{
    store_wake(state);
}

struct source *store_job_source(struct store *store, struct err *err)
{
    static const struct source_ops ops = {close_session, wake_session};
    return source_new(store->ops->name, store, &ops, err);
}
