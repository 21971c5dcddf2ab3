#include "verify/causes.h"

#include <string.h>

static bool is_mixed_up(const struct run *run, const struct finding *finding)
{
    const int64_t *causes = run->tally.causes;
    /* Beside others who were told of themselves it is one failure among several. */
    bool alone = finding->verdict == VERDICT_UNKNOWN || !run->tally.accepted;
    return causes[CAUSE_AMBIGUOUS] ||
           (alone && causes[CAUSE_ANOTHER] + causes[CAUSE_ANOTHER_YES] > 0);
}

static bool is_unknown(const struct run *run, const struct finding *finding)
{
    (void)run;
    return finding->verdict == VERDICT_UNKNOWN;
}

static bool is_too_many(const struct run *run, const struct finding *finding)
{
    (void)run;
    return finding->value.known && finding->value.value > finding->most.value;
}

static const struct cause table[] = {
    /* Who is dead answers nothing and saves nothing. */
    {.check = "processes", .before_invalid = true},
    /* Rules that match both, or answers of other users: nobody knows who was told what. */
    {.check = "response_classified", .when = is_mixed_up, .before_invalid = true},
    /* No test at all, or none that can show anything. */
    {.check = "burst_simultaneous"},
    {.check = "not_vacuous"},
    {.check = "observed"},
    /* What is not over yet is missing everywhere. */
    {.check = "drained", .when = is_unknown, .unknown = "not known"},
    /* Too many: by rows of others, by rows for users who were told no, by a race. */
    {.check = "unexpected", .who = "with a coupon, but not asked in this run"},
    {.check = "phantom",
     .who = "told no and with a coupon",
     .limited = "turned away by the limiter and with a coupon"},
    {.check = "own_orders", .who = "told yes about the orders of others"},
    {.check = "cap_exact", .when = is_too_many, .over_issue = true},
    /* One order that became two things is why there are too many. */
    {.check = "expired_xor_paid", .who = "who paid what was sold again"},
    {.check = "cancelled_xor_used", .who = "with an order that was given back and used"},
    {.check = "restored_once"},
    {.check = "seat_twice", .who = "with the seat of another one"},
    {.check = "oversold", .over_issue = true},
    {.check = "over_own_limit", .who = "with more than anybody may have"},
    /* Too few: a promise that was not kept; else a request that broke off may have taken a slot, or
     * was asked again. */
    {.check = "lost", .who = "told yes and without a coupon"},
    {.check = "response_classified"},
    {.check = "errors"},
    {.check = "undecided", .who = "without a decision"},
    /* A slot that one user took twice is missing for another. */
    {.check = "duplicate", .who = "with more than one coupon or record"},
    {.check = "idempotent_effect", .who = "with more than one effect under one key"},
    {.check = "idempotent_answer"},
    {.check = "retry"},
    {.check = "parked", .who = "parked"},
    {.check = "partial_orders"},
    {.check = "undersold"},
    {.check = "stock_conserved"},
    /* A slot that nobody got is missing for everybody. */
    {.check = "slots_burned"},
    {.check = "cap_exact"},
    {.check = "cap_safety", .over_issue = true},
    /* Figures that sum up what is above. */
    {.check = "counter"},
    {.check = "drained"},
    {.check = "late"},
    {.check = "fcfs"},
    {.check = "fcfs_rank"},
    {.check = "fcfs_distance"},
    {.check = "fcfs_power"},
    /* What only this scenario asks for. */
    {.check = "sql"},
    {.check = "redis"},
    {.check = "latency"},
    {.check = "bystander"},
    {.check = "contention"},
    {.check = NULL},
};

#define TABLE_COUNT (sizeof table / sizeof *table)

const struct cause *causes_table(size_t *ret_count)
{
    *ret_count = TABLE_COUNT;
    return table;
}

/* A check may be judged several times, for several expectations. */
static const struct finding *find(const struct run *run, const struct cause *cause)
{
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        bool named = !cause->check || !strcmp(finding->check, cause->check);
        if (named && finding->verdict == run->verdict &&
            (!cause->when || cause->when(run, finding)))
            return finding;
    }
    return NULL;
}

const struct cause *causes_first(const struct run *run, const struct finding **ret_finding)
{
    for (size_t i = 0; run->verdict != VERDICT_PASS && i < TABLE_COUNT; i++)
        if ((*ret_finding = find(run, &table[i])))
            return &table[i];
    *ret_finding = NULL;
    return NULL;
}
