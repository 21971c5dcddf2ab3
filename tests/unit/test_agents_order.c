/* links: model verify */
/* Requests of several agents: an order between two of them counts only beyond their bounds, and a
 * burst is as wide as it may have been. */
#include "base/rng.h"
#include "small_run.h"

static void bind(struct history *history, const ns_t *bounds, size_t agents)
{
    cr_assert_eq(history_bind(history, NULL), 0);
    for (size_t i = 0; i < agents; i++)
        *history_bound_of(history, (unsigned)i + 1, 0) = bounds[i];
}

static enum verdict judge(struct small *small, const char *check)
{
    struct err err = {0};
    small_expect(small, check);
    cr_assert_eq(checks_run(&small->run, &err), 0, "%s", err.message);
    return findings_find(&small->run.findings, check)->verdict;
}

/* Turned away at 2 ms, and somebody who asks at 3 ms is served: 1 ms is between them. */
static enum verdict overtaken(ns_t bound)
{
    struct small *small =
        small_new(&(struct small_run){.limit = 1, .answers = "R1@1-2 A2@3-4", .rows = "2"});
    const ns_t bounds[] = {bound, bound};
    small->run.history.v[0].agent = 1;
    small->run.history.v[1].agent = 2;
    bind(&small->run.history, bounds, 2);
    enum verdict verdict = judge(small, "fcfs");
    small_free(small);
    return verdict;
}

Test(agents_order, counts_beyond_the_sum_of_bounds_only)
{
    cr_expect_eq(overtaken(0), FAIL);
    cr_expect_eq(overtaken(490 * NS_PER_US), FAIL);
    cr_expect_neq(overtaken(510 * NS_PER_US), FAIL);
    cr_expect_neq(overtaken(5 * NS_PER_MS), FAIL);
}

/* A right service: each request takes effect at one instant within its interval, and the first
 * `limit` of them win. Clocks are off by up to their bounds. */
static struct small *right_run(struct rng *rng, int64_t limit, ns_t *bounds, bool bound)
{
    enum { REQUESTS = 24, AGENTS = 3 };
    struct truth {
        ns_t from, at, to;
    } v[REQUESTS];
    struct small *small =
        small_new(&(struct small_run){.limit = limit, .answers = "S1", .rows = ""});
    struct history *history = &small->run.history;
    ns_t off[AGENTS];
    for (int i = 0; i < AGENTS; i++) {
        bounds[i] = rng_between(rng, 0, 3 * NS_PER_MS);
        off[i] = rng_between(rng, -bounds[i], bounds[i]);
    }
    for (int i = 0; i < REQUESTS; i++) {
        v[i].from = SMALL_ORIGIN + rng_between(rng, 0, 20 * NS_PER_MS);
        v[i].at = v[i].from + rng_between(rng, 0, NS_PER_MS);
        v[i].to = v[i].at + rng_between(rng, 0, NS_PER_MS);
    }
    history->count = REQUESTS;
    for (int i = 0; i < REQUESTS; i++) {
        int before = 0, agent = i % AGENTS;
        for (int k = 0; k < REQUESTS; k++)
            before += v[k].at < v[i].at;
        bool yes = before < limit;
        history->v[i] = (struct request){.user = i + 1,
                                         .planned = v[i].from + off[agent],
                                         .released = v[i].from + off[agent],
                                         .first_byte = v[i].to + off[agent],
                                         .done = v[i].to + off[agent],
                                         .cls = yes ? CLASS_ACCEPTED : CLASS_REJECTED,
                                         .status = yes ? 202 : 410,
                                         .rank = before + 1,
                                         .ranked = yes,
                                         .seq = (uint32_t)i,
                                         .attempt = 1,
                                         .agent = (uint16_t)(agent + 1)};
    }
    if (bound)
        bind(history, bounds, AGENTS);
    cr_assert_eq(tally_make(history, TALLY_ALL_PHASES, &small->run.tally, NULL), 0);
    return small;
}

Test(agents_order, none_that_is_taken_as_proven_is_false)
{
    struct rng rng;
    ns_t bounds[3];
    int64_t wrong = 0;
    rng_seed(&rng, 1);
    for (int i = 0; i < 1000; i++) {
        int64_t limit = rng_between(&rng, 1, 20);
        struct small *small = right_run(&rng, limit, bounds, true);
        cr_assert_neq(judge(small, "fcfs"), FAIL, "run %d", i);
        small_free(small);
        small = right_run(&rng, limit, bounds, true);
        cr_assert_neq(judge(small, "fcfs_rank"), FAIL, "run %d", i);
        small_free(small);
        /* The test would see it: without the bounds it is wrong. */
        small = right_run(&rng, limit, bounds, false);
        wrong += judge(small, "fcfs") == FAIL;
        small_free(small);
    }
    cr_expect(wrong > 100, "%lld", (long long)wrong);
}

Test(agents_order, a_burst_is_as_wide_as_it_may_have_been)
{
    struct small *small = small_new(
        &(struct small_run){.limit = 2, .answers = "A1@1-10 A2@2-10 R3@3-10", .rows = "1 2"});
    struct history *history = &small->run.history;
    struct tally tally;
    for (size_t i = 0; i < 3; i++)
        history->v[i].agent = (uint16_t)(i + 1);
    const ns_t bounds[] = {NS_PER_MS, 0, 4 * NS_PER_MS};
    bind(history, bounds, 3);
    cr_assert_eq(tally_make(history, 0, &tally, NULL), 0);
    cr_expect_eq(tally.spread, 2 * NS_PER_MS);
    cr_expect_eq(tally.spread_doubt, 6 * NS_PER_MS, "from -1 to 7 ms");
    cr_expect_eq(tally.peak_in_flight, 2, "the third may have left when the others were answered");
    small_free(small);
}
