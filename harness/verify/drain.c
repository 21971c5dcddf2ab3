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
    drain->counter = scenario->evidence.counter;
    drain->limit = scenario->limit;
    drain->items = scenario->items != NULL;
    drain->atomic = scenario->evidence.stock && scenario->evidence.stock->atomic;
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
    free(drain->passed.lanes);
    free(drain->before_reset.lanes);
    free(drain);
}

/* Keeps a copy; without memory the copy has no lanes. */
static void keep(struct sample *kept, const struct sample *sample)
{
    struct lane_reading *v = kept->lanes;
    if (sample->lanes_count > kept->lanes_count || !v) {
        free(v);
        v = calloc(sample->lanes_count + 1, sizeof *v);
    }
    *kept = *sample;
    kept->lanes = v;
    kept->lanes_count = v ? sample->lanes_count : 0;
    if (kept->lanes_count)
        memcpy(v, sample->lanes, kept->lanes_count * sizeof *v);
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t drain_slots(const struct drain *drain)
{
    if (!drain->counter || !drain->counter_at)
        return 0;
    int64_t growth = drain->counted - drain->counted_before;
    growth = drain->counter->down ? -growth : growth;
    return growth > 0 ? lesser(growth, drain->limit) : 0;
}

/* As long as somebody has no decision, the answers alone do not tell who wins. */
static int64_t users_needed(const struct drain *drain, const struct drain_facts *facts)
{
    bool told = facts->accepted != COUNT_UNKNOWN;
    int64_t needed = told ? facts->accepted : 0;
    if (told && (facts->undecided <= 0 || drain->items))
        return needed;
    int64_t can_win = lesser(drain->limit, facts->tried), slots = drain_slots(drain);
    needed = needed > can_win ? needed : can_win;
    return needed > slots ? needed : slots;
}

static void take_facts(struct drain *drain, const struct sample *sample,
                       const struct drain_facts *facts)
{
    drain->accepted = facts->accepted;
    drain->needed = users_needed(drain, facts);
    drain->settled = facts->settled;
    drain->gone |= facts->consumer_gone;
    if (facts->restarting)
        drain->restarted = sample->at;
    if (drain->calm < facts->settled)
        drain->calm = facts->settled;
    if (facts->disturbed || !facts->settled)
        drain->calm = sample->at;
}

ns_t drain_deadline(const struct drain *drain)
{
    ns_t from = drain->settled > drain->restarted ? drain->settled : drain->restarted;
    return drain->settled ? from + drain->spec.timeout : INT64_MAX;
}

ns_t drain_still_span(const struct drain *drain)
{
    return drain->spec.stall > 3 * drain->gap ? drain->spec.stall : 3 * drain->gap;
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

static bool is_drained(const struct round *round)
{
    const struct drain *drain = round->drain;
    return drain->passes >= drain->spec.rounds && !drain_is_weak(drain);
}

static bool is_quiet(const struct round *round)
{
    const struct drain *drain = round->drain;
    return drain->passes >= drain->spec.rounds && drain_is_weak(drain);
}

/* What moves after the deadline may go on moving; and what has not come to rest, or could not be
 * read, within the span that is waited on for rest to prove something, is not waited for again. */
static bool is_moving(const struct round *round)
{
    const struct drain *drain = round->drain;
    ns_t deadline = drain_deadline(drain);
    return round->overdue &&
           (drain->moved > deadline || round->sample->at > deadline + drain_still_span(drain));
}

/* The store answers, and a row of it holds no user: no wait mends that. */
static bool is_unreadable(const struct round *round)
{
    const struct drain *drain = round->drain;
    const char *trouble = round->facts->trouble;
    return drain->settled && drain->has_rows && drain->database.since && trouble &&
           strstr(trouble, "has no user") && drain->database.rounds >= drain->spec.rounds;
}

static bool is_blocked(const struct round *round)
{
    const struct drain *drain = round->drain;
    if (is_unreadable(round))
        return true;
    return round->overdue &&
           ((drain->pipeline && drain->queue.since) || (drain->has_rows && drain->database.since));
}

static bool is_still(const struct round *round)
{
    return round->overdue && round->frozen >= drain_still_span(round->drain);
}

static bool is_behind(const struct round *round)
{
    return round->failing & (GATE_LAG | GATE_UNDEFINED) && !(round->failing & GATE_ENDS_READ);
}

/* Everything was read, nothing moves, and only users are missing. */
static bool is_short(const struct round *round)
{
    const unsigned users = GATE_CONSERVED | GATE_SLOTS | GATE_ANNOUNCED;
    return is_still(round) && (round->failing & users) && !(round->failing & ~users);
}

static bool is_no_consumer(const struct round *round)
{
    const struct drain *drain = round->drain;
    bool empty = drain->members == 0 && drain->members_at > drain->moved;
    bool never = !drain->committed_once && drain->members == COUNT_UNKNOWN;
    if (is_still(round) && is_behind(round))
        return drain->gone || empty || never;
    return is_short(round) && drain->gone;
}

static bool is_stalled(const struct round *round)
{
    return is_still(round) && is_behind(round);
}

static bool is_lossy(const struct round *round)
{
    bool told = round->facts->accepted != COUNT_UNKNOWN;
    return is_short(round) && (!told || (round->failing & GATE_CONSERVED));
}

/* The first rule that holds decides. Whoever got no decision may have been served or not: when
 * everything stands still after the timeout, and everybody who was told yes is saved, it is over.
 */
static const struct {
    enum drain_outcome outcome;
    bool (*holds)(const struct round *round);
} rules[] = {
    {DRAIN_DRAINED, is_drained}, {DRAIN_QUIET_ONLY, is_quiet},
    {DRAIN_BLOCKED, is_blocked}, {DRAIN_NO_CONSUMER, is_no_consumer},
    {DRAIN_STALLED, is_stalled}, {DRAIN_DRAINED_LOSSY, is_lossy},
    {DRAIN_DRAINED, is_short},   {DRAIN_MOVING, is_moving},
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

static void reopen(struct drain *drain)
{
    drain->outcome = DRAIN_NOT_RUN;
    drain->passes = 0;
    drain->resets++;
}

void drain_misled(struct drain *drain)
{
    drain->misled = true;
    reopen(drain);
}

/* After the decision. A commit alone changes nothing that was decided on. */
static enum drain_step feed_decided(struct drain *drain, const struct sample *sample)
{
    if (sample->rows > drain->rows_max)
        drain->rows_max = sample->rows;
    bool final = drain->outcome == DRAIN_DRAINED || drain->outcome == DRAIN_DRAINED_LOSSY ||
                 drain->outcome == DRAIN_QUIET_ONLY;
    if (!(sample->flags & SAMPLE_WATCH) || !final ||
        !(drain_observe(drain, sample) & ~(unsigned)MOVED_COMMITTED))
        return DRAIN_DECIDED;
    reopen(drain);
    return DRAIN_CONTINUE;
}

enum drain_step drain_feed(struct drain *drain, const struct sample *sample,
                           const struct drain_facts *facts)
{
    if (drain->outcome != DRAIN_NOT_RUN)
        return feed_decided(drain, sample);
    bool overdue = drain->at >= drain_deadline(drain);
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
        .overdue = overdue,
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
