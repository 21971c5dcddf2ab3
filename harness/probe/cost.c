/* What the probing cost, and what the run cost the database. */

#include "probe/probes_state.h"

/* A backend reports its transactions with a delay; ours is told to report at the end of the first
 * visit, so that the second one sees it. */
bool probes_read_stats(struct probes *probes, ns_t deadline, struct store_stats *ret_stats)
{
    for (int visit = 0; visit < 2; visit++) {
        struct store_job *job = store_job_new();
        if (!job)
            return false;
        job->visit.stats = job->visit.flush = true;
        bool started = source_start(probes->judged->source, &job->job);
        job = started ? probes_wait_store(probes->judged, deadline) : NULL;
        if (!job)
            return false;
        *ret_stats = job->visit.figures;
        probes_note(probes, probes->judged, job);
        store_job_drop(job);
    }
    return ret_stats->known;
}

/* Polls of rows stand under Postgres' name, and those of a counter under that of Redis, whatever
 * the stores are. */
void probes_cost(const struct probes *probes, struct drain_result *ret_drain)
{
    ret_drain->polls_postgres = ret_drain->poll_cost_postgres = 0;
    for (size_t i = 0; i < probes->readers_count; i++) {
        const struct reader *reader = &probes->readers[i];
        if (!reader_has_rows(reader))
            continue;
        ret_drain->polls_postgres += reader->cost.polls;
        ret_drain->poll_cost_postgres += reader->cost.spent;
    }
    ret_drain->polls_redis = probes->counter ? probes->counter->cost.polls : 0;
    ret_drain->polls_pipeline = probes->cost_pipeline.polls;
    ret_drain->poll_cost_pipeline = probes->cost_pipeline.spent;
    ret_drain->last_commit = probes->last_commit;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Rows that were seen to come have been inserted, whether or not that was reported already. */
static int64_t rows_come(const struct probes *probes)
{
    if (probes->slots[VISIT_COUPONS] != probes->judged)
        return 0;
    return probes->seen_coupons - (int64_t)probes->before[VISIT_COUPONS].count;
}

void probes_database_cost(struct probes *probes, const struct probe_others *others,
                          struct database_cost *ret_cost)
{
    const struct store_stats *before = &probes->at_baseline;
    struct store_stats after = {0};
    *ret_cost = (struct database_cost){COUNT_UNKNOWN, COUNT_UNKNOWN, COUNT_UNKNOWN, COUNT_UNKNOWN};
    if (!probes->judged || !before->known ||
        !probes_read_stats(probes, clock_now() + NS_PER_S, &after))
        return;
    int64_t reported = after.transactions - before->transactions - (after.own - before->own);
    int64_t writes = after.writes - before->writes;
    /* Other backends report once a second at most, so a short run may be missing from `reported`;
     * each transaction that wrote has taken an id at once. */
    ret_cost->transactions = greater(reported - others->transactions, writes - others->writes);
    ret_cost->transactions = greater(0, ret_cost->transactions);
    ret_cost->peak_connections = greater(0, probes->peak_backends - 1);
    ret_cost->rows_inserted =
        greater(rows_come(probes), after.inserted - before->inserted - others->inserted);
    ret_cost->rows_inserted = greater(0, ret_cost->rows_inserted);
    ret_cost->wal_bytes = after.wal - before->wal;
}
