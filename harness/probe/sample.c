/* One polling round: the pipeline first, committed before ends, ends before records; the database
 * after that. What was produced and saved while the round was under way can then only look unsaved,
 * never the other way round. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/over.h"
#include "probe/probes_state.h"

/* Reading the last records may take this much of a round. */
#define RECORDS_WAIT (60 * NS_PER_MS)
/* Connections are counted so often at most. */
#define STATS_EVERY (50 * NS_PER_MS)
/* So many times as long as a costly store took is it left alone where nothing is decided by it. */
#define COSTLY_REST 10
/* For its own limit, which is said in its own words. */
#define COSTLY_SPAN (STORE_ANSWER_SPAN + NS_PER_S)

static void add_cost(struct cost *cost, const struct job *job)
{
    cost->polls++;
    cost->spent += job->ended - job->began;
}

/* A costly store takes longer than a round may, and is waited for. */
struct store_job *probes_wait_store(struct reader *reader, ns_t deadline)
{
    ns_t costly = reader->ops->costly ? clock_now() + COSTLY_SPAN : 0;
    deadline = deadline > costly ? deadline : costly;
    struct store_job *job = (struct store_job *)source_wait(reader->source, deadline);
    if (job) {
        add_cost(&reader->cost, &job->job);
        reader->rest = job->job.ended + COSTLY_REST * (job->job.ended - job->job.began);
    }
    return job;
}

struct pipeline_job *probes_wait_pipeline(struct probes *probes, ns_t deadline)
{
    const struct pipeline *pipeline = source_state(probes->pipeline);
    ns_t costly = pipeline->costly ? clock_now() + COSTLY_SPAN : 0;
    deadline = deadline > costly ? deadline : costly;
    struct pipeline_job *job = (struct pipeline_job *)source_wait(probes->pipeline, deadline);
    if (job) {
        add_cost(&probes->cost_pipeline, &job->job);
        probes->pipeline_rest =
            pipeline->costly ? job->job.ended + COSTLY_REST * (job->job.ended - job->job.began) : 0;
    }
    return job;
}

static bool append_records(struct produced *to, const struct produced *more)
{
    memcpy(to->undecoded, more->undecoded, sizeof to->undecoded);
    if (more->count == 0)
        return true;
    struct produced_record *v = realloc(to->v, (to->count + more->count) * sizeof *v);
    if (!v)
        return false;
    to->v = v;
    for (size_t i = 0; i < more->count; i++)
        v[to->count++] = more->v[i];
    return true;
}

bool probes_take_records(struct probes *probes, struct pipeline_job *job)
{
    return append_records(&probes->produced, &job->produced) &&
           append_records(&probes->dead, &job->dead);
}

/* The last commit is that of the last row only when this visit is the first to see that row. */
void probes_note(struct probes *probes, const struct reader *reader, const struct store_job *job)
{
    if (reader == probes->slots[VISIT_COUPONS] &&
        job->visit.counts[VISIT_COUPONS] > probes->seen_coupons) {
        probes->seen_coupons = job->visit.counts[VISIT_COUPONS];
        probes->last_commit = job->visit.last_commit;
    }
    if (job->visit.figures.backends == COUNT_UNKNOWN)
        return;
    probes->stats_at = job->job.ended;
    if (job->visit.figures.backends > probes->peak_backends)
        probes->peak_backends = job->visit.figures.backends;
}

/* ---- the pipeline ---- */

static bool update_records(struct probes *probes)
{
    if (probes->records_taken == probes->produced.count)
        return true;
    if (!userset_add_records(&probes->records, &probes->produced, probes->records_taken))
        return false;
    userset_settle(&probes->records);
    probes->records_taken = probes->produced.count;
    return true;
}

static void take_pipeline(struct probes *probes, struct pipeline_job *job, struct sample *sample)
{
    free(probes->lanes);
    probes->lanes = job->lanes;
    job->lanes = NULL;
    sample->lanes = probes->lanes;
    sample->lanes_count = (uint32_t)job->lanes_count;
    sample->committed_at = job->committed_at;
    sample->ends_at = job->ends_at;
    sample->flags |= job->depth_only ? SAMPLE_DEPTH_ONLY : 0;
    sample->flags |= job->forgets ? SAMPLE_FORGETS : 0;
    sample->members = job->members_count;
    if (job->members_count != COUNT_UNKNOWN)
        snprintf(probes->members, sizeof probes->members, "%s", job->who);
    if (job->complete && probes_take_records(probes, job) && update_records(probes) &&
        !job->hidden[0])
        sample->records = (int64_t)probes->produced.count;
}

static void sample_pipeline(struct probes *probes, unsigned wants, ns_t deadline,
                            struct sample *sample)
{
    if ((wants & PROBE_IDLE) && clock_now() < probes->pipeline_rest)
        return;
    struct pipeline_job *job = pipeline_job_new();
    sample->flags |= SAMPLE_PIPELINE_BLOCKED;
    if (!job)
        return;
    job->records = wants & PROBE_SAVED;
    job->records_wait = RECORDS_WAIT;
    job->members = wants & PROBE_MEMBERS;
    job->have = probes->produced.count;
    job->have_dead = probes->dead.count;
    job = source_start(probes->pipeline, &job->job) ? probes_wait_pipeline(probes, deadline) : NULL;
    if (!job) {
        pipeline_source_silent(probes->pipeline, probes->pipeline_trouble,
                               sizeof probes->pipeline_trouble);
        return;
    }
    probes->pipeline_trouble[0] = '\0';
    if (!job->rc) {
        take_pipeline(probes, job, sample);
        sample->flags &= ~(unsigned)SAMPLE_PIPELINE_BLOCKED;
    } else {
        snprintf(probes->pipeline_trouble, sizeof probes->pipeline_trouble, "%s: %.220s",
                 probes_pipeline_word(probes), job->error);
    }
    job->job.drop(&job->job);
}

/* ---- the databases ---- */

/* Are rows and stock, which one store has then, to add up at every look? */
static bool is_atomic(const struct probes *probes)
{
    const struct spec_stock *stock = probes->scenario->evidence.stock;
    return probes->items && stock && stock->atomic;
}

static bool start_db(struct probes *probes, struct reader *reader, unsigned wants)
{
    struct store_job *job = store_job_new();
    if (!job)
        return false;
    for (int slot = 0; slot < VISIT_SAMPLED; slot++) {
        job->visit.read[slot] = reader->has[slot] && (wants & PROBE_SAVED);
        job->visit.count[slot] = reader->has[slot];
    }
    job->visit.read[VISIT_STOCK] = job->visit.read[VISIT_COUPONS] && is_atomic(probes);
    job->visit.backends = reader == probes->judged && clock_now() - probes->stats_at >= STATS_EVERY;
    return source_start(reader->source, &job->job);
}

/* With `subtract` the rows of the preflight are not counted. */
static int64_t count_of(const struct probes *probes, const struct store_job *job,
                        enum visit_slot slot)
{
    if (!probes_spec(probes, slot)->subtract)
        return job->visit.counts[slot];
    int64_t more = job->visit.counts[slot] - (int64_t)probes->before[slot].count;
    return more > 0 ? more : 0;
}

static bool take_saved(struct probes *probes, enum visit_slot slot, struct store_job *job,
                       struct sample *sample)
{
    struct rows rows = {0};
    if (probes_evidence_rows(probes, slot, job, &rows, NULL))
        return false;
    bool added = userset_add_rows(&probes->saved, &rows);
    if (probes->items && slot == VISIT_COUPONS)
        over_find(probes->items, probes->scenario->items->overbook, &rows, sample);
    if (slot == VISIT_COUPONS && is_atomic(probes))
        apart_find(probes->items, &probes->before[VISIT_STOCK], &job->visit.rows[VISIT_STOCK],
                   &rows, sample);
    rows_free(&rows);
    return added;
}

/* Returns which slots' full rows were taken into probes->saved, as bits. */
static unsigned take_db(struct probes *probes, struct reader *reader, struct store_job *job,
                        struct sample *sample)
{
    unsigned taken = 0;
    probes_note(probes, reader, job);
    for (enum visit_slot slot = 0; slot < VISIT_SAMPLED; slot++) {
        if (!reader->has[slot])
            continue;
        *(slot == VISIT_COUPONS ? &sample->rows : &sample->parked) = count_of(probes, job, slot);
        if (job->visit.read[slot] && take_saved(probes, slot, job, sample))
            taken |= 1U << slot;
    }
    if (job->job.ended > sample->rows_at)
        sample->rows_at = job->job.ended;
    return taken;
}

/* The store answered, and not with what was asked for: how many rows it has may be known yet. */
static void take_failure(struct probes *probes, const struct reader *reader,
                         const struct store_job *job, struct sample *sample)
{
    reader_blame(reader, job, probes->trouble, sizeof probes->trouble);
    if (reader->has[VISIT_COUPONS] && job->visit.counts[VISIT_COUPONS] != COUNT_UNKNOWN)
        sample->rows = count_of(probes, job, VISIT_COUPONS);
}

/* All slots that the scenario has, as bits. */
static unsigned all_slots(const struct probes *probes)
{
    unsigned all = 0;
    for (int slot = 0; slot < VISIT_SAMPLED; slot++)
        all |= probes->slots[slot] ? 1U << slot : 0;
    return all;
}

/* Users in the dead-letter topic are as safe as parked ones. */
static void count_saved(struct probes *probes, unsigned taken, struct sample *sample)
{
    if (!taken || taken != all_slots(probes) ||
        !userset_add_records(&probes->saved, &probes->dead, 0))
        return;
    userset_settle(&probes->saved);
    sample->saved = (int64_t)probes->saved.count;
    if (sample->records != COUNT_UNKNOWN)
        sample->unsaved = userset_missing(&probes->records, &probes->saved);
}

/* Is there something of it that each round looks at? */
static bool is_sampled(const struct reader *reader)
{
    return reader->has[VISIT_COUPONS] || reader->has[VISIT_PARKED];
}

/* A program that is started, or a request that the service answers, a hundred times a second would
 * be a load of its own. */
static bool is_left_alone(const struct reader *reader, unsigned wants)
{
    return reader->ops->costly && (wants & PROBE_IDLE) && clock_now() < reader->rest;
}

enum question { ASKED_NOT, ASKED_REFUSED, ASKED_STARTED };

static enum question ask_db(struct probes *probes, struct reader *reader, unsigned wants)
{
    if (!is_sampled(reader) || is_left_alone(reader, wants))
        return ASKED_NOT;
    return start_db(probes, reader, wants) ? ASKED_STARTED : ASKED_REFUSED;
}

/* Waits for what was asked; returns which slots' full rows were taken, as bits. */
static unsigned await_db(struct probes *probes, struct reader *reader, enum question asked,
                         ns_t deadline, struct sample *sample)
{
    struct store_job *job = asked == ASKED_STARTED ? probes_wait_store(reader, deadline) : NULL;
    unsigned taken = 0;
    if (job && !job->visit.rc)
        taken = take_db(probes, reader, job, sample);
    else
        sample->flags |= SAMPLE_ROWS_BLOCKED;
    if (job && job->visit.rc)
        take_failure(probes, reader, job, sample);
    store_job_drop(job);
    return taken;
}

/* All are asked before any is waited for. */
static void sample_databases(struct probes *probes, unsigned wants, ns_t deadline,
                             struct sample *sample)
{
    unsigned taken = 0;
    userset_clear(&probes->saved);
    probes->trouble[0] = '\0';
    enum question *asked = calloc(probes->readers_count + 1, sizeof *asked);
    for (size_t i = 0; asked && i < probes->readers_count; i++)
        asked[i] = ask_db(probes, &probes->readers[i], wants);
    for (size_t i = 0; i < probes->readers_count; i++) {
        struct reader *reader = &probes->readers[i];
        if (asked ? asked[i] != ASKED_NOT : is_sampled(reader))
            taken |= await_db(probes, reader, asked ? asked[i] : ASKED_REFUSED, deadline, sample);
    }
    free(asked);
    count_saved(probes, taken, sample);
}

/* ---- the counter ---- */

static bool start_counter(struct probes *probes)
{
    struct store_job *job = store_job_new();
    if (job)
        job->visit.ask = strdup(probes->scenario->evidence.counter->redis);
    return job && source_start(probes->counter->source, &job->job);
}

static void finish_counter(struct probes *probes, bool started, ns_t deadline,
                           struct sample *sample)
{
    struct store_job *job = started ? probes_wait_store(probes->counter, deadline) : NULL;
    int64_t value;
    if (!job || job->visit.rc)
        sample->flags |= SAMPLE_REDIS_BLOCKED;
    else if (visit_number(&job->visit, &value))
        sample->counter = maybe_of(value);
    store_job_drop(job);
}

/* ---- the round ---- */

const char *probes_trouble(const struct probes *probes)
{
    return probes->trouble;
}

const char *probes_pipeline_trouble(const struct probes *probes)
{
    return probes->pipeline_trouble;
}

void probes_sample(struct probes *probes, unsigned wants, ns_t deadline, struct sample *ret_sample)
{
    const int64_t answered = ret_sample->answered;
    *ret_sample = (struct sample){
        .answered = answered,
        .rows = COUNT_UNKNOWN,
        .parked = COUNT_UNKNOWN,
        .saved = COUNT_UNKNOWN,
        .members = COUNT_UNKNOWN,
        .records = COUNT_UNKNOWN,
        .unsaved = COUNT_UNKNOWN,
    };
    bool counting = (wants & PROBE_COUNTER) && probes->counter;
    bool counter_started = counting && start_counter(probes);
    /* Half of the time for each, so that a blocked pipeline leaves the database its chance. */
    ns_t now = clock_now();
    if ((wants & PROBE_PIPELINE) && probes->pipeline)
        sample_pipeline(probes, wants, now + (deadline - now) / 2, ret_sample);
    if (wants & (PROBE_ROWS | PROBE_SAVED))
        sample_databases(probes, wants, deadline, ret_sample);
    if (counting)
        finish_counter(probes, counter_started, deadline, ret_sample);
    ret_sample->at = clock_now();
}
