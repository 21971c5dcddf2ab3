#include "verify/drain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/drain_state.h"

struct drain *drain_new(const struct scenario *scenario, struct err *err)
{
    struct drain *drain = calloc(1, sizeof *drain);
    if (!drain) {
        err_set(err, ERR_MEMORY, "no room for the drain's state");
        return NULL;
    }
    drain->spec = scenario->drain;
    if (drain->spec.rounds < 1)
        drain->spec.rounds = 1;
    drain->pipeline = scenario->evidence.pipeline;
    drain->has_rows = scenario->evidence.coupons != NULL;
    drain->rows = drain->parked = drain->saved = COUNT_UNKNOWN;
    drain->unsaved = drain->records = drain->members = COUNT_UNKNOWN;
    drain->accepted = COUNT_UNKNOWN;
    drain->rows_max = COUNT_UNKNOWN;
    return drain;
}

void drain_free(struct drain *drain)
{
    if (!drain)
        return;
    free(drain->lanes.v);
    free(drain->passed.partitions);
    free(drain->before_reset.partitions);
    free(drain);
}

/* Keeps a copy; without memory the copy has no partitions. */
static void keep(struct sample *kept, const struct sample *sample)
{
    struct partition_reading *v = kept->partitions;
    if (sample->partitions_count > kept->partitions_count || !v) {
        free(v);
        v = calloc(sample->partitions_count + 1, sizeof *v);
    }
    *kept = *sample;
    kept->partitions = v;
    kept->partitions_count = v ? sample->partitions_count : 0;
    if (kept->partitions_count)
        memcpy(v, sample->partitions, kept->partitions_count * sizeof *v);
}

static void take_facts(struct drain *drain, const struct sample *sample,
                       const struct drain_facts *facts)
{
    drain->accepted = facts->accepted;
    drain->settled = facts->settled;
    if (drain->calm < facts->settled)
        drain->calm = facts->settled;
    if (facts->disturbed || !facts->settled)
        drain->calm = sample->at;
}

static void count_pass(struct drain *drain, const struct sample *sample, unsigned failing)
{
    drain->failing_now = failing;
    if (!failing) {
        drain->passes++;
        keep(&drain->passed, sample);
        return;
    }
    drain->failing = failing;
    if (drain->passes) {
        drain->resets++;
        keep(&drain->before_reset, &drain->passed);
    }
    drain->passes = 0;
}

static ns_t at_most(ns_t span, ns_t limit)
{
    return span < limit ? span : limit;
}

/* A fault that is still to come may set things moving again: frozen says nothing then. */
static bool is_suspended(const struct round *round)
{
    return !round->facts->settled || (round->facts->disturbed && !round->overdue);
}

static bool is_drained(const struct round *round)
{
    return round->drain->passes >= round->drain->spec.rounds && round->drain->pipeline;
}

static bool is_quiet(const struct round *round)
{
    return round->drain->passes >= round->drain->spec.rounds && !round->drain->pipeline;
}

static bool is_blocked_by(const struct round *round, const struct blockade *blockade)
{
    if (!blockade->since || is_suspended(round))
        return false;
    ns_t since = blockade->since > round->drain->calm ? blockade->since : round->drain->calm;
    ns_t span = at_most(round->drain->spec.stall, DRAIN_BLOCKED_SPAN);
    return round->overdue ||
           (blockade->rounds >= DRAIN_BLOCKED_ROUNDS && round->sample->at - since >= span);
}

static bool is_blocked(const struct round *round)
{
    const struct drain *drain = round->drain;
    return (drain->pipeline && is_blocked_by(round, &drain->kafka)) ||
           (drain->has_rows && is_blocked_by(round, &drain->database));
}

/* Everything was consumed, nothing moves, and users are missing. */
static bool is_lossy(const struct round *round)
{
    const unsigned may_fail = GATE_CONSERVED | GATE_QUIET;
    return !is_suspended(round) && (round->failing & GATE_CONSERVED) &&
           !(round->failing & ~may_fail) && round->frozen >= drain_quiet_span(round->drain);
}

static bool is_behind(const struct round *round)
{
    return round->failing & (GATE_LAG | GATE_UNDEFINED) && !(round->failing & GATE_OFFSETS_READ);
}

static bool is_no_consumer(const struct round *round)
{
    const struct drain *drain = round->drain;
    if (is_suspended(round) || !is_behind(round))
        return false;
    bool empty = drain->members == 0 && drain->members_at > drain->moved;
    if (empty || round->facts->consumer_gone)
        return round->frozen >= at_most(drain->spec.stall, DRAIN_GONE_SPAN);
    return !drain->committed_once && drain->members == COUNT_UNKNOWN &&
           round->frozen >= drain->spec.stall;
}

static bool is_stalled(const struct round *round)
{
    const struct drain *drain = round->drain;
    ns_t span = drain->spec.stall;
    if (drain->unsaved == 0 && !drain->saved_stale && span < DRAIN_COMMIT_SPAN)
        span = DRAIN_COMMIT_SPAN;
    return !is_suspended(round) && is_behind(round) && round->frozen >= span;
}

static bool is_overdue(const struct round *round)
{
    return round->overdue;
}

/* The first rule that holds decides. */
static const struct {
    enum drain_outcome outcome;
    bool (*holds)(const struct round *round);
} rules[] = {
    {DRAIN_DRAINED, is_drained},         {DRAIN_QUIET_ONLY, is_quiet},
    {DRAIN_BLOCKED, is_blocked},         {DRAIN_DRAINED_LOSSY, is_lossy},
    {DRAIN_NO_CONSUMER, is_no_consumer}, {DRAIN_STALLED, is_stalled},
    {DRAIN_MOVING, is_overdue},
};

static enum drain_step decide(struct drain *drain, const struct round *round)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!rules[i].holds(round))
            continue;
        drain->outcome = rules[i].outcome;
        drain->decided = round->sample->at;
        drain_describe(drain, round);
        return DRAIN_DECIDED;
    }
    return DRAIN_CONTINUE;
}

enum drain_step drain_feed(struct drain *drain, const struct sample *sample,
                           const struct drain_facts *facts)
{
    if (drain->outcome != DRAIN_NOT_RUN) {
        if (sample->rows > drain->rows_max)
            drain->rows_max = sample->rows;
        return DRAIN_DECIDED;
    }
    take_facts(drain, sample, facts);
    unsigned moved = drain_observe(drain, sample);
    if (sample->flags & SAMPLE_BASELINE)
        return DRAIN_CONTINUE;
    drain->rounds++;
    unsigned failing = drain_gates(drain, sample, facts, moved);
    count_pass(drain, sample, failing);
    const struct round round = {
        .drain = drain,
        .sample = sample,
        .facts = facts,
        .failing = failing,
        .frozen = drain_frozen(drain, sample->at),
        .overdue = facts->settled && sample->at >= facts->settled + drain->spec.timeout,
    };
    return decide(drain, &round);
}

const struct sample *drain_before_reset(const struct drain *drain)
{
    return drain->resets ? &drain->before_reset : NULL;
}

void drain_result(const struct drain *drain, struct drain_result *ret_result)
{
    ret_result->outcome = drain->outcome;
    ret_result->decided = drain->decided;
    ret_result->last_growth = drain->last_growth;
    ret_result->rows_max = drain->rows_max;
    ret_result->rounds = drain->rounds;
    ret_result->resets = drain->resets;
    drain_gate_names(drain->failing, ret_result->gates, sizeof ret_result->gates);
    snprintf(ret_result->detail, sizeof ret_result->detail, "%s", drain->detail);
}
