/* What is there at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "probe/probes_state.h"

/* Rows are taken over, less those of the preflight where the scenario says so. */
int probes_evidence_rows(const struct probes *probes, enum visit_slot slot, struct store_job *job,
                         struct rows *ret_rows, struct err *err)
{
    struct rows rows = job->visit.rows[slot];
    job->visit.rows[slot] = (struct rows){0};
    rows.asked = job->job.began;
    if (probes_spec(probes, slot)->subtract) {
        size_t all = rows.count;
        int rc = userset_subtract(&rows, &probes->before[slot], job->visit.has_id[slot], err);
        if (rc) {
            rows_free(&rows);
            return rc;
        }
        rows.gone = (int64_t)probes->before[slot].count - (int64_t)(all - rows.count);
    }
    *ret_rows = rows;
    return 0;
}

static struct rows *rows_of(struct evidence *evidence, enum visit_slot slot)
{
    return slot == VISIT_COUPONS  ? &evidence->coupons
           : slot == VISIT_PARKED ? &evidence->parked
                                  : &evidence->stock;
}

/* Why a store's rows are not known. */
static void keep_reason(const struct reader *reader, struct evidence *evidence, const char *reason)
{
    for (enum visit_slot slot = 0; slot < VISIT_SLOTS; slot++)
        if (reader->has[slot])
            snprintf(rows_of(evidence, slot)->reason, READ_REASON_MAX, "%.*s", READ_REASON_MAX - 1,
                     reason);
    log_info("probe", "rows unread: %s", reason);
}

int probes_rows(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err)
{
    rows_free(&evidence->coupons);
    rows_free(&evidence->parked);
    rows_free(&evidence->stock);
    for (size_t i = 0; i < probes->readers_count; i++) {
        struct reader *reader = &probes->readers[i];
        struct err why = {0};
        struct store_job *job = reader_has_rows(reader)
                                    ? probes_read_store(probes, reader, false, deadline, &why)
                                    : NULL;
        if (!job && reader_has_rows(reader))
            keep_reason(reader, evidence, why.message);
        int rc = 0;
        for (enum visit_slot slot = 0; job && slot < VISIT_SLOTS; slot++)
            if (reader->has[slot] && !rc)
                rc = probes_evidence_rows(probes, slot, job, rows_of(evidence, slot), err);
        store_job_drop(job);
        if (rc)
            return rc;
    }
    return 0;
}

static int copy_produced(const struct produced *from, ns_t asked, struct produced *to,
                         struct err *err)
{
    to->v = malloc((from->count + 1) * sizeof *to->v);
    if (!to->v)
        return err_set(err, ERR_MEMORY, "no room for %zu records", from->count);
    if (from->count)
        memcpy(to->v, from->v, from->count * sizeof *to->v);
    to->count = from->count;
    to->asked = asked;
    memcpy(to->undecoded, from->undecoded, sizeof to->undecoded);
    to->known = true;
    return 0;
}

/* Why the records are not known, or which of them is not there. */
static void keep_pipeline_reason(const struct probes *probes, const struct pipeline_job *job,
                                 bool complete, struct evidence *evidence)
{
    char silent[READ_REASON_MAX];
    pipeline_source_silent(probes->pipeline, silent, sizeof silent);
    evidence->produced.absent = job && !job->rc && job->missing[0];
    const char *why = !job ? silent : job->rc ? job->error : complete ? "" : job->unread;
    if (*why)
        log_info("probe", "pipeline: records unread: %s", why);
    snprintf(evidence->dead_letter.reason, READ_REASON_MAX, "%.*s", READ_REASON_MAX - 1, why);
    if (job && (!*why || (evidence->produced.absent && !job->hidden[0])))
        why = job->hidden[0] ? job->hidden : job->missing;
    snprintf(evidence->produced.reason, READ_REASON_MAX, "%.*s", READ_REASON_MAX - 1, why);
}

static int collect_pipeline(struct probes *probes, struct evidence *evidence, ns_t deadline,
                            struct err *err)
{
    struct pipeline_job *job = pipeline_job_new();
    if (!job)
        return err_set(err, ERR_MEMORY, "no room for a question to the pipeline");
    produced_free(&evidence->produced);
    produced_free(&evidence->dead_letter);
    snprintf(evidence->members, sizeof evidence->members, "%s", probes->members);
    job->records = true;
    job->records_wait = (deadline - clock_now()) / 2;
    job->have = probes->produced.count;
    job->have_dead = probes->dead.count;
    job = source_start(probes->pipeline, &job->job) ? probes_wait_pipeline(probes, deadline) : NULL;
    bool complete = job && !job->rc && job->complete && probes_take_records(probes, job);
    ns_t asked = job ? job->job.began : 0;
    int rc = 0;
    /* A queue that is made for its first record holds nothing until then; but when none of them is
     * there, it is not known what they are called. */
    evidence->produced.hidden = job && job->hidden[0];
    if (complete && !job->none && !job->hidden[0])
        rc = copy_produced(&probes->produced, asked, &evidence->produced, err);
    if (!rc && complete && probes->scenario->evidence.pipeline->dead_letter)
        rc = copy_produced(&probes->dead, asked, &evidence->dead_letter, err);
    keep_pipeline_reason(probes, job, complete, evidence);
    if (job)
        job->job.drop(&job->job);
    return rc;
}

static void collect_counter(struct probes *probes, struct counter_reading *counter, ns_t deadline)
{
    struct err why = {0};
    counter->known = !probes_read_counter(probes, deadline, &counter->after, &counter->asked, &why);
    if (counter->known)
        return;
    snprintf(counter->reason, sizeof counter->reason, "%.*s", READ_REASON_MAX - 1, why.message);
    log_info("probe", "unread: %s", counter->reason);
}

int probes_records(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err)
{
    return probes->pipeline ? collect_pipeline(probes, evidence, deadline, err) : 0;
}

int probes_collect(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err)
{
    int rc = probes_records(probes, evidence, deadline, err);
    if (!rc)
        rc = probes_rows(probes, evidence, deadline, err);
    if (!rc && probes->counter && evidence->counter.known)
        collect_counter(probes, &evidence->counter, deadline);
    if (!rc)
        rc = asked_collect(probes, evidence, deadline, err);
    return rc;
}
