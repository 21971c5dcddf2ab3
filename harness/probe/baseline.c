/* What is there before the release. */
#include <stdlib.h>
#include <string.h>

#include "probe/probes_state.h"

/* Reading what a group has not consumed yet may take this long. */
#define RECORDS_WAIT (2 * NS_PER_S)

static int copy_rows(const struct rows *from, struct rows *to, struct err *err)
{
    rows_free(to);
    to->v = malloc((from->count + 1) * sizeof *to->v);
    to->lines = from->lines ? malloc((from->count + 1) * sizeof *to->lines) : NULL;
    if (!to->v || (from->lines && !to->lines))
        return err_set(err, ERR_MEMORY, "no room for %zu rows", from->count);
    if (from->count)
        memcpy(to->v, from->v, from->count * sizeof *to->v);
    if (from->count && from->lines)
        memcpy(to->lines, from->lines, from->count * sizeof *to->lines);
    to->count = from->count;
    to->known = from->known;
    to->asked = from->asked;
    return 0;
}

static int baseline_rows(struct probes *probes, struct evidence *evidence, ns_t deadline,
                         struct err *err)
{
    for (size_t i = 0; i < probes->readers_count; i++) {
        struct reader *reader = &probes->readers[i];
        if (!reader_has_rows(reader))
            continue;
        struct store_job *job = probes_read_store(probes, reader, false, deadline, err);
        if (!job)
            return -(int)ERR_ENVIRONMENT;
        for (int slot = 0; slot < VISIT_SLOTS; slot++) {
            if (!reader->has[slot])
                continue;
            rows_free(&probes->before[slot]);
            probes->before[slot] = job->visit.rows[slot];
            probes->before[slot].asked = job->job.began;
            job->visit.rows[slot] = (struct rows){0};
        }
        store_job_drop(job);
        if (reader->ops->costly)
            continue;
        /* Counting wraps the query, so it is tried as well, before anything depends on it; and a
         * session's first time is its slowest. */
        job = probes_read_store(probes, reader, true, deadline, err);
        if (!job)
            return -(int)ERR_ENVIRONMENT;
        store_job_drop(job);
    }
    int rc = 0;
    if (probes->slots[VISIT_STOCK])
        rc = copy_rows(&probes->before[VISIT_STOCK], &evidence->stock_before, err);
    if (!rc && probes->slots[VISIT_COUPONS])
        rc = copy_rows(&probes->before[VISIT_COUPONS], &evidence->before, err);
    return rc;
}

static int baseline_pipeline(struct probes *probes, ns_t deadline, struct err *err)
{
    struct pipeline_job *job = pipeline_job_new();
    if (!job)
        return err_set(err, ERR_MEMORY, "no room for a question to the pipeline");
    job->baseline = job->records = true;
    job->records_wait = RECORDS_WAIT;
    job = source_start(probes->pipeline, &job->job) ? probes_wait_pipeline(probes, deadline) : NULL;
    if (!job)
        return probes_blocked(probes_pipeline_word(probes), err);
    int rc = job->rc;
    if (rc)
        err_set(err, ERR_ENVIRONMENT, "%s: %s", probes_pipeline_word(probes), job->error);
    probes->waiting = job->waiting;
    probes->uncommitted = job->uncommitted;
    job->job.drop(&job->job);
    return rc;
}

/* Records of before, when the baseline is taken again. */
static void forget_records(struct probes *probes)
{
    produced_free(&probes->produced);
    produced_free(&probes->dead);
    userset_clear(&probes->records);
    probes->records_taken = 0;
}

void probes_before(const struct probes *probes, struct probe_before *ret_before)
{
    *ret_before = (struct probe_before){
        .parked = (int64_t)probes->before[VISIT_PARKED].count,
        .waiting = probes->waiting,
        .uncommitted = probes->uncommitted,
    };
}

int probes_baseline(struct probes *probes, struct evidence *evidence, ns_t deadline,
                    struct err *err)
{
    forget_records(probes);
    int rc = baseline_rows(probes, evidence, deadline, err);
    if (!rc && probes->counter) {
        ns_t asked = 0;
        rc = probes_read_counter(probes, deadline, &evidence->counter.before, &asked, err);
        evidence->counter.known = rc == 0;
    }
    if (!rc && probes->pipeline)
        rc = baseline_pipeline(probes, deadline, err);
    if (!rc)
        rc = asked_try(probes, deadline, err);
    if (!rc && probes->judged)
        (void)probes_read_stats(probes, deadline, &probes->at_baseline);
    probes->last_commit = 0;
    probes->peak_backends = 0;
    return rc;
}
