/* What is there before the release, what is there at the end, and what the probing cost. */
#include <stdlib.h>
#include <string.h>

#include "probe/probes_state.h"

/* Rows are taken over, less those of the preflight where the scenario says so. */
int probes_evidence_rows(const struct probes *probes, enum db_slot slot, struct db_job *job,
                         struct rows *ret_rows, struct err *err)
{
    struct rows rows = job->rows[slot];
    job->rows[slot] = (struct rows){0};
    if (probes_spec(probes, slot)->subtract) {
        int rc = userset_subtract(&rows, &probes->before[slot], job->has_id[slot], err);
        if (rc) {
            rows_free(&rows);
            return rc;
        }
    }
    *ret_rows = rows;
    return 0;
}

static int blocked(const char *name, struct err *err)
{
    return err_set(err, ERR_ENVIRONMENT, "the probe of %s got no answer in time", name);
}

/* Reads all rows that a store has of the scenario, or only counts them; NULL after an error. */
static struct db_job *read_store(struct probes *probes, struct store *store, bool count_only,
                                 ns_t deadline, struct err *err)
{
    struct db_job *job = db_job_new(store->kind->run);
    if (!job) {
        err_set(err, ERR_MEMORY, "no room for a question to %s", store->kind->name);
        return NULL;
    }
    memcpy(count_only ? job->count : job->read, store->has, sizeof store->has);
    job->backends = store == probes->postgres;
    job = source_start(store->source, &job->job) ? probes_wait_db(probes, store, deadline) : NULL;
    if (!job) {
        blocked(store->kind->name, err);
        return NULL;
    }
    if (job->rc) {
        err_set(err, ERR_ENVIRONMENT, "%s: %s", store->kind->name, job->error);
        db_job_drop(&job->job);
        return NULL;
    }
    probes_note(probes, store, job);
    return job;
}

static bool has_rows(const struct store *store)
{
    return store->has[DB_COUPONS] || store->has[DB_PARKED];
}

static int copy_rows(const struct rows *from, struct rows *to, struct err *err)
{
    to->v = malloc((from->count + 1) * sizeof *to->v);
    if (!to->v)
        return err_set(err, ERR_MEMORY, "no room for %zu rows", from->count);
    if (from->count)
        memcpy(to->v, from->v, from->count * sizeof *to->v);
    to->count = from->count;
    to->known = from->known;
    return 0;
}

/* ---- before the release ---- */

static int baseline_rows(struct probes *probes, struct evidence *evidence, ns_t deadline,
                         struct err *err)
{
    for (size_t i = 0; i < probes->stores_count; i++) {
        struct store *store = &probes->stores[i];
        if (!has_rows(store))
            continue;
        struct db_job *job = read_store(probes, store, false, deadline, err);
        if (!job)
            return -(int)ERR_ENVIRONMENT;
        for (int slot = 0; slot < DB_SLOTS; slot++) {
            if (!store->has[slot])
                continue;
            rows_free(&probes->before[slot]);
            probes->before[slot] = job->rows[slot];
            job->rows[slot] = (struct rows){0};
        }
        db_job_drop(&job->job);
        /* Counting wraps the query, so it is tried as well, before anything depends on it; and a
         * session's first time is its slowest. */
        job = read_store(probes, store, true, deadline, err);
        if (!job)
            return -(int)ERR_ENVIRONMENT;
        db_job_drop(&job->job);
    }
    if (!probes->slots[DB_COUPONS])
        return 0;
    rows_free(&evidence->before);
    return copy_rows(&probes->before[DB_COUPONS], &evidence->before, err);
}

static struct redis_job *ask_redis(struct probes *probes, struct store *store, const char *command,
                                   bool guard, ns_t deadline, struct err *err)
{
    struct redis_job *job = redis_job_new(command);
    if (!job) {
        err_set(err, ERR_MEMORY, "no room for a question to redis");
        return NULL;
    }
    job->guard = guard;
    job =
        source_start(store->source, &job->job) ? probes_wait_redis(probes, store, deadline) : NULL;
    if (!job)
        blocked("redis", err);
    return job;
}

static int read_counter(struct probes *probes, bool guard, ns_t deadline, int64_t *ret_value,
                        struct err *err)
{
    const char *command = probes->scenario->evidence.counter->redis;
    struct redis_job *job = ask_redis(probes, probes->counter, command, guard, deadline, err);
    if (!job)
        return -(int)ERR_ENVIRONMENT;
    int rc = job->rc;
    if (rc)
        err_set(err, ERR_ENVIRONMENT, "counter: redis: %s", job->error);
    else if (job->number == COUNT_UNKNOWN)
        rc = err_set(err, ERR_ENVIRONMENT, "counter: '%s' of redis is no whole number", command);
    else
        *ret_value = job->number;
    job->job.drop(&job->job);
    return rc;
}

static int baseline_kafka(struct probes *probes, ns_t deadline, struct err *err)
{
    struct kafka_job *job = kafka_job_new();
    if (!job)
        return err_set(err, ERR_MEMORY, "no room for a question to kafka");
    job->baseline = true;
    job = source_start(probes->kafka, &job->job) ? probes_wait_kafka(probes, deadline) : NULL;
    if (!job)
        return blocked("kafka", err);
    int rc = job->rc;
    if (rc)
        err_set(err, ERR_ENVIRONMENT, "kafka: %s", job->error);
    job->job.drop(&job->job);
    return rc;
}

/* ---- what expectations ask ---- */

static void set_reason(struct asked *asked, const char *reason)
{
    asked->known = false;
    asked->reason = strdup(reason);
}

static void ask_database(struct probes *probes, struct store *store, const char *query,
                         ns_t deadline, struct asked *asked)
{
    struct db_job *job = db_job_new(store->kind->run);
    if (job)
        job->ask = strdup(query);
    bool started = job && source_start(store->source, &job->job);
    job = started ? probes_wait_db(probes, store, deadline) : NULL;
    if (!job) {
        set_reason(asked, "the database did not answer in time");
        return;
    }
    asked->known = job->rc == 0;
    asked->value = job->value;
    job->value = NULL;
    if (job->rc)
        set_reason(asked, job->error);
    db_job_drop(&job->job);
}

static void ask_value(struct probes *probes, unsigned index, ns_t deadline, struct asked *asked)
{
    struct store *store = probes->asked[index];
    const char *query = probes->scenario->expect[index].query;
    if (store->kind != &store_redis) {
        ask_database(probes, store, query, deadline, asked);
        return;
    }
    struct err err = {0};
    struct redis_job *job = ask_redis(probes, store, query, true, deadline, &err);
    if (!job) {
        set_reason(asked, err.message);
        return;
    }
    asked->known = job->rc == 0;
    asked->value = job->value;
    job->value = NULL;
    if (job->rc)
        set_reason(asked, job->error);
    job->job.drop(&job->job);
}

static void free_asked(struct asked *asked)
{
    free(asked->value);
    free(asked->reason);
    *asked = (struct asked){0};
}

/* Every expectation's query is tried before the load, so that a slip of the pen does not cost a
 * run. */
static int try_expectations(struct probes *probes, ns_t deadline, struct err *err)
{
    for (unsigned i = 0; i < probes->scenario->expect_count; i++) {
        struct asked asked = {0};
        if (!probes->asked[i])
            continue;
        ask_value(probes, i, deadline, &asked);
        int rc = asked.known ? 0
                             : err_set(err, ERR_ENVIRONMENT, "expectation %u (%s): %s", i + 1,
                                       probes->scenario->expect[i].check,
                                       asked.reason ? asked.reason : "no memory");
        free_asked(&asked);
        if (rc)
            return rc;
    }
    return 0;
}

static int collect_asked(struct probes *probes, struct evidence *evidence, ns_t deadline,
                         struct err *err)
{
    unsigned count = probes->scenario->expect_count;
    if (count == 0)
        return 0;
    if (!evidence->asked) {
        evidence->asked = calloc(count, sizeof *evidence->asked);
        if (!evidence->asked)
            return err_set(err, ERR_MEMORY, "no room for %u values", count);
        evidence->asked_count = count;
    }
    for (unsigned i = 0; i < count; i++) {
        free_asked(&evidence->asked[i]);
        if (probes->asked[i])
            ask_value(probes, i, deadline, &evidence->asked[i]);
    }
    return 0;
}

/* ---- the database's own figures ---- */

/* A backend reports its transactions with a delay; ours is told to report at the end of the first
 * visit, so that the second one sees it. */
static bool read_stats(struct probes *probes, ns_t deadline, struct db_stats *ret_stats)
{
    for (int visit = 0; visit < 2; visit++) {
        struct db_job *job = db_job_new(postgres_run);
        if (!job)
            return false;
        job->stats = job->flush = true;
        bool started = source_start(probes->postgres->source, &job->job);
        job = started ? probes_wait_db(probes, probes->postgres, deadline) : NULL;
        if (!job)
            return false;
        *ret_stats = job->figures;
        probes_note(probes, probes->postgres, job);
        db_job_drop(&job->job);
    }
    return ret_stats->known;
}

/* ---- the calls of probe.h ---- */

int probes_baseline(struct probes *probes, struct evidence *evidence, ns_t deadline,
                    struct err *err)
{
    int rc = baseline_rows(probes, evidence, deadline, err);
    if (!rc && probes->counter) {
        rc = read_counter(probes, true, deadline, &evidence->counter.before, err);
        evidence->counter.known = rc == 0;
    }
    if (!rc && probes->kafka)
        rc = baseline_kafka(probes, deadline, err);
    if (!rc)
        rc = try_expectations(probes, deadline, err);
    if (!rc && probes->postgres)
        (void)read_stats(probes, deadline, &probes->at_baseline);
    probes->last_commit = 0;
    probes->peak_backends = 0;
    return rc;
}

int probes_rows(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err)
{
    rows_free(&evidence->coupons);
    rows_free(&evidence->parked);
    for (size_t i = 0; i < probes->stores_count; i++) {
        struct store *store = &probes->stores[i];
        struct err ignored = {0};
        struct db_job *job =
            has_rows(store) ? read_store(probes, store, false, deadline, &ignored) : NULL;
        int rc = 0;
        for (enum db_slot slot = 0; job && slot < DB_SLOTS; slot++)
            if (store->has[slot] && !rc)
                rc = probes_evidence_rows(
                    probes, slot, job, slot == DB_COUPONS ? &evidence->coupons : &evidence->parked,
                    err);
        if (job)
            db_job_drop(&job->job);
        if (rc)
            return rc;
    }
    return 0;
}

static int copy_produced(const struct produced *from, struct produced *to, struct err *err)
{
    produced_free(to);
    to->v = malloc((from->count + 1) * sizeof *to->v);
    if (!to->v)
        return err_set(err, ERR_MEMORY, "no room for %zu records", from->count);
    if (from->count)
        memcpy(to->v, from->v, from->count * sizeof *to->v);
    to->count = from->count;
    to->known = true;
    return 0;
}

static int collect_kafka(struct probes *probes, struct evidence *evidence, ns_t deadline,
                         struct err *err)
{
    struct kafka_job *job = kafka_job_new();
    if (!job)
        return err_set(err, ERR_MEMORY, "no room for a question to kafka");
    job->records = true;
    job->records_wait = (deadline - clock_now()) / 2;
    job->have = probes->produced.count;
    job->have_dead = probes->dead.count;
    job = source_start(probes->kafka, &job->job) ? probes_wait_kafka(probes, deadline) : NULL;
    bool complete = job && !job->rc && job->complete && probes_take_records(probes, job);
    if (job)
        job->job.drop(&job->job);
    if (!complete)
        return 0;
    int rc = copy_produced(&probes->produced, &evidence->produced, err);
    if (!rc && probes->scenario->evidence.pipeline->dead_letter)
        rc = copy_produced(&probes->dead, &evidence->dead_letter, err);
    return rc;
}

int probes_collect(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err)
{
    int rc = probes->kafka ? collect_kafka(probes, evidence, deadline, err) : 0;
    if (!rc)
        rc = probes_rows(probes, evidence, deadline, err);
    if (!rc && probes->counter) {
        struct err ignored = {0};
        bool known = evidence->counter.known;
        evidence->counter.known =
            known && !read_counter(probes, false, deadline, &evidence->counter.after, &ignored);
    }
    if (!rc)
        rc = collect_asked(probes, evidence, deadline, err);
    return rc;
}

void probes_cost(const struct probes *probes, struct drain_result *ret_drain)
{
    ret_drain->polls_postgres = probes->cost_db.polls;
    ret_drain->polls_kafka = probes->cost_kafka.polls;
    ret_drain->polls_redis = probes->cost_redis.polls;
    ret_drain->poll_cost_postgres = probes->cost_db.spent;
    ret_drain->poll_cost_kafka = probes->cost_kafka.spent;
    ret_drain->last_commit = probes->last_commit;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void probes_database_cost(struct probes *probes, const struct probe_others *others,
                          struct database_cost *ret_cost)
{
    const struct db_stats *before = &probes->at_baseline;
    struct db_stats after = {0};
    *ret_cost = (struct database_cost){COUNT_UNKNOWN, COUNT_UNKNOWN, COUNT_UNKNOWN, COUNT_UNKNOWN};
    if (!probes->postgres || !before->known || !read_stats(probes, clock_now() + NS_PER_S, &after))
        return;
    int64_t reported = after.transactions - before->transactions - (after.own - before->own);
    int64_t writes = after.writes - before->writes;
    /* Other backends report once a second at most, so a short run may be missing from `reported`;
     * each transaction that wrote has taken an id at once. */
    ret_cost->transactions = greater(reported - others->transactions, writes - others->writes);
    ret_cost->transactions = greater(0, ret_cost->transactions);
    ret_cost->peak_connections = greater(0, probes->peak_backends - 1);
    ret_cost->rows_inserted = greater(0, after.inserted - before->inserted - others->inserted);
    ret_cost->wal_bytes = after.wal - before->wal;
}
