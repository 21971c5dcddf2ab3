/* The sentence that goes with an outcome: what stands where, for the log and the report. */
#include <stdarg.h>
#include <stdio.h>

#include "base/units.h"
#include "verify/drain_state.h"

/* The lane that is furthest behind. NULL: none is. */
static const struct lane *worst_lane(const struct drain *drain)
{
    const struct lane *worst = NULL;
    for (size_t i = 0; i < drain->lanes.count; i++) {
        const struct lane *lane = &drain->lanes.v[i];
        if (lane_lag(lane) > 0 && (!worst || lane_lag(lane) > lane_lag(worst)))
            worst = lane;
    }
    return worst;
}

static unsigned lanes_behind(const struct drain *drain)
{
    unsigned behind = 0;
    for (size_t i = 0; i < drain->lanes.count; i++)
        behind += lane_lag(&drain->lanes.v[i]) > 0;
    return behind;
}

struct text {
    char *to;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (text->used < text->size) {
        int added = vsnprintf(text->to + text->used, text->size - text->used, format, args);
        text->used += added > 0 ? (size_t)added : 0;
    }
    va_end(args);
}

static void say_span(struct text *text, const char *before, ns_t span, const char *after)
{
    char words[32];
    say(text, "%s%s%s", before, units_format_duration(span, words, sizeof words), after);
}

/* "coupon_create[1] committed 17 of 34" */
static void say_lane(struct text *text, const struct drain *drain)
{
    const struct lane *lane = worst_lane(drain);
    if (!lane)
        return;
    const struct lane_reading *now = &lane->now;
    const char *queue = pipeline_queue(drain->pipeline, now->queue);
    if (now->committed == COMMITTED_UNDEFINED)
        say(text, "%s[%d] has nothing committed, end %lld", queue, (int)now->lane,
            (long long)now->end);
    else
        say(text, "%s[%d] committed %lld of %lld", queue, (int)now->lane, (long long)now->committed,
            (long long)now->end);
    unsigned behind = lanes_behind(drain);
    if (behind > 1)
        say(text, " and %u more %s%s", behind - 1, pipeline_kind(drain->pipeline)->lane,
            behind > 2 ? "s" : "");
}

static void say_rows(struct text *text, const struct drain *drain)
{
    if (!drain->has_rows || drain->rows == COUNT_UNKNOWN)
        return;
    say(text, "%s%lld rows", text->used ? ", " : "", (long long)drain->rows);
    if (drain->accepted != COUNT_UNKNOWN)
        say(text, " of %lld accepted", (long long)drain->accepted);
}

/* Of a share group (KIP-932) nobody tells what it has acknowledged. */
static bool is_shared(const struct drain *drain)
{
    return drain->pipeline && drain->forgets && drain->pipeline->group;
}

static void say_lag(struct text *text, const struct drain *drain)
{
    if (is_shared(drain))
        say(text, "%s is a share group, whose progress nobody tells", drain->pipeline->group);
    else
        say(text, "lag 0");
}

/* How much waits is 0 too where a key or question is misspelt. */
static void say_unseen(struct text *text, const struct drain *drain)
{
    for (size_t i = 0; drain->depth_only && i < drain->lanes.count; i++)
        if (!drain->lanes.v[i].seen) {
            say(text, "; nothing was in %s at any of %lld looks: is it called so?",
                pipeline_queue(drain->pipeline, drain->lanes.v[i].now.queue),
                (long long)drain->rounds);
            return;
        }
}

static void say_drained(struct text *text, const struct round *round)
{
    if (round->drain->pipeline)
        say_lag(text, round->drain);
    else
        say(text, "no pipeline to read");
    if (round->sample->records != COUNT_UNKNOWN)
        say(text, ", %lld records", (long long)round->sample->records);
    if (round->sample->saved != COUNT_UNKNOWN)
        say(text, ", %lld users saved", (long long)round->sample->saved);
    say_unseen(text, round->drain);
}

static void say_lossy(struct text *text, const struct round *round)
{
    const struct sample *sample = round->sample;
    const struct drain *drain = round->drain;
    if (drain->pipeline) {
        say_lag(text, drain);
        say(text, ", ");
    }
    const char *who = round->facts->accepted == COUNT_UNKNOWN ? "who can win" : "accepted";
    if (sample->saved == COUNT_UNKNOWN)
        say(text, "%lld %s, and not all of them are there", (long long)drain->needed, who);
    else
        say(text, "%lld users saved of %lld %s%s", (long long)sample->saved,
            (long long)drain->needed, who,
            sample->saved < drain->needed ? "" : ", but not the same");
    if (sample->unsaved > 0)
        say(text, ", %lld users in the %ss have no row", (long long)sample->unsaved,
            pipeline_kind(drain->pipeline)->queue);
    say_span(text, drain->has_rows ? ": no row " : ": nothing more ", drain->spec.timeout,
             " after the last answer");
    say_span(text, ", unchanged for ", round->frozen, "");
}

static void say_stuck(struct text *text, const struct round *round)
{
    say_lane(text, round->drain);
    say_span(text, ", unchanged for ", round->frozen, "");
    if (round->drain->unsaved == 0 && !round->drain->saved_stale)
        say(text, ", though every record has its row: only the commit is missing");
}

static void say_no_consumer(struct text *text, const struct round *round)
{
    const struct drain *drain = round->drain;
    if (drain->gone)
        say(text, "a process of the run has ended or is stopped");
    else if (drain->members == 0 && drain->pipeline->group)
        say(text, "nobody is in group %s", drain->pipeline->group);
    else if (drain->members == 0)
        say(text, "nobody consumes %s", drain->pipeline->queues[0]);
    else if (drain->pipeline->group)
        say(text, "group %s has committed nothing", drain->pipeline->group);
    if (worst_lane(drain)) {
        say(text, "; ");
        say_stuck(text, round);
    } else {
        say_rows(text, drain);
    }
}

static void say_moving(struct text *text, const struct round *round)
{
    const struct drain *drain = round->drain;
    char gates[256];
    say_lane(text, drain);
    say_rows(text, drain);
    say_span(text, text->used ? "; last change " : "last change ",
             round->sample->at - (drain->moved ? drain->moved : drain->settled), " ago");
    if (drain->calm > drain->moved && drain->calm > drain->settled)
        say_span(text, "; a fault was under way until ", round->sample->at - drain->calm, " ago");
    drain_gate_names(drain->failing_now, gates, sizeof gates);
    if (drain->failing_now)
        say(text, "; %s", gates);
}

static void say_quiet(struct text *text, const struct round *round)
{
    const struct drain *drain = round->drain;
    if (is_shared(drain))
        say_lag(text, drain);
    else
        say(text, "%s",
            !drain->pipeline    ? "the scenario names neither rows nor a pipeline to read"
            : drain->depth_only ? "nothing waits; what was published nobody can say"
                                : "nothing waits; what was saved nobody can say without rows");
    if (drain->counter || drain->pipeline)
        say_span(text, drain->counter ? "; the counter is unchanged for " : "; unchanged for ",
                 round->frozen, "");
}

static void say_blocked(struct text *text, const struct round *round)
{
    const struct drain *drain = round->drain;
    const struct blockade *blockade = &drain->queue;
    const char *name = pipeline_kind(drain->pipeline)->name;
    if (!blockade->since || !drain->pipeline) {
        blockade = &drain->database;
        name = "database";
    }
    bool database = blockade == &drain->database;
    const char *trouble = database ? round->facts->trouble : round->facts->pipeline_trouble;
    if (trouble && trouble[0])
        say(text, "%s, in %lld rounds", trouble, (long long)blockade->rounds);
    else
        say(text, "%s did not answer in %lld rounds", name, (long long)blockade->rounds);
    say_span(text, ", for ", round->sample->at - blockade->since, " and longer");
}

static void (*const sayers[DRAIN_OUTCOME_COUNT])(struct text *text, const struct round *round) = {
    [DRAIN_DRAINED] = say_drained,         [DRAIN_DRAINED_LOSSY] = say_lossy,
    [DRAIN_MOVING] = say_moving,           [DRAIN_STALLED] = say_stuck,
    [DRAIN_NO_CONSUMER] = say_no_consumer, [DRAIN_QUIET_ONLY] = say_quiet,
    [DRAIN_BLOCKED] = say_blocked,
};

void drain_describe(struct drain *drain, const struct round *round)
{
    struct text text = {drain->detail, sizeof drain->detail, 0};
    drain->detail[0] = '\0';
    if (sayers[drain->outcome])
        sayers[drain->outcome](&text, round);
}
