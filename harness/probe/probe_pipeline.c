#include "probe/probe_pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_WAIT (NS_PER_S)
#define RETRY_AFTER  (50 * NS_PER_MS)

/* What has just been made has no leader for a moment, a group's first coordinator has to be loaded:
 * while sampling that costs a round, at the baseline it is waited for. A second baseline forgets
 * what came before it. */
static const char *look(struct pipeline *pipeline, bool baseline)
{
    ns_t deadline = clock_now() + PIPELINE_PATIENCE;
    const char *failure;
    if (baseline)
        pipeline_forget(pipeline);
    while ((failure = pipeline->ops->readings(pipeline, baseline)) && baseline &&
           clock_now() < deadline)
        clock_sleep_until(clock_now() + RETRY_AFTER);
    return failure;
}

static bool copy_records(const struct produced *from, size_t have, struct produced *to)
{
    size_t count = from->count > have ? from->count - have : 0;
    to->v = calloc(count + 1, sizeof *to->v);
    if (!to->v)
        return false;
    if (count)
        memcpy(to->v, from->v + have, count * sizeof *to->v);
    to->count = count;
    to->known = true;
    memcpy(to->undecoded, from->undecoded, sizeof to->undecoded);
    return true;
}

/* What has come is taken in every round; only where records are asked for are the last ones waited
 * for. */
static void read_records(struct pipeline *pipeline, struct pipeline_job *job)
{
    ns_t deadline = clock_now() + (job->records ? job->records_wait : 0);
    const char *unread = pipeline->ops->records ? pipeline->ops->records(pipeline, deadline)
                                                : "it does not show its records";
    job->complete = !unread && job->records &&
                    copy_records(&pipeline->produced.list, job->have, &job->produced) &&
                    copy_records(&pipeline->dead.list, job->have_dead, &job->dead);
    if (unread)
        snprintf(job->unread, sizeof job->unread, "%s", unread);
}

static bool copy_readings(const struct pipeline *pipeline, struct pipeline_job *job)
{
    job->lanes = calloc(pipeline->lanes_count + 1, sizeof *job->lanes);
    if (!job->lanes)
        return false;
    if (pipeline->lanes_count)
        memcpy(job->lanes, pipeline->lanes, pipeline->lanes_count * sizeof *job->lanes);
    job->lanes_count = pipeline->lanes_count;
    job->depth_only = pipeline->depth_only;
    job->forgets = pipeline->forgets;
    job->committed_at = pipeline->committed_at;
    job->ends_at = pipeline->ends_at;
    job->waiting = pipeline->waiting;
    job->uncommitted = pipeline->uncommitted;
    job->none = pipeline->none;
    memcpy(job->missing, pipeline->missing, sizeof job->missing);
    memcpy(job->hidden, pipeline->hidden, sizeof job->hidden);
    return true;
}

static void run(void *state, struct job *base)
{
    struct pipeline *pipeline = state;
    struct pipeline_job *job = (struct pipeline_job *)base;
    const char *failure = look(pipeline, job->baseline);
    if (!failure) {
        read_records(pipeline, job);
        failure = copy_readings(pipeline, job) ? NULL : "no memory";
    }
    if (failure) {
        snprintf(job->error, sizeof job->error, "%s", failure);
        job->rc = -(int)ERR_ENVIRONMENT;
    } else if (job->members && pipeline->ops->members) {
        job->members_count =
            pipeline->ops->members(pipeline, MEMBERS_WAIT, job->who, sizeof job->who);
    }
}

static void drop(struct job *base)
{
    struct pipeline_job *job = (struct pipeline_job *)base;
    free(job->lanes);
    produced_free(&job->produced);
    produced_free(&job->dead);
    free(job);
}

struct pipeline_job *pipeline_job_new(void)
{
    struct pipeline_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->job.run = run;
    job->job.drop = drop;
    job->members_count = COUNT_UNKNOWN;
    return job;
}

static void close_state(void *state)
{
    pipeline_close(state);
}

struct source *pipeline_source(struct pipeline *pipeline, struct err *err)
{
    static const struct source_ops ops = {close_state, NULL};
    return pipeline ? source_new("pipeline", pipeline, &ops, err) : NULL;
}

void pipeline_source_silent(const struct source *source, char *ret_text, size_t size)
{
    struct pipeline *pipeline = source_state(source);
    char said[128] = "";
    if (pipeline->ops->said)
        pipeline->ops->said(pipeline, said, sizeof said);
    snprintf(ret_text, size, "%s at %.79s: no answer in time%s%s%s",
             pipeline_kind(&pipeline->spec)->name, pipeline->at, *said ? " (" : "", said,
             *said ? ")" : "");
}
