/* The gates: one row of the table is one condition that a passing round meets. */
#include <stdio.h>

#include "verify/drain_state.h"

struct view {
    const struct drain *drain;
    const struct sample *sample;
    const struct drain_facts *facts;
    unsigned moved;
    ns_t frozen;
};

/* The first read of the round came back after the load had settled, so the later ones were begun
 * after it: ends and rows include whatever an answered request had done by then. */
static bool fails_settled(const struct view *view)
{
    ns_t first = view->drain->pipeline ? view->sample->committed_at : view->sample->rows_at;
    if (!first)
        first = view->sample->at;
    return !view->facts->settled || first < view->facts->settled;
}

static bool fails_ends_read(const struct view *view)
{
    return view->drain->pipeline && (!view->sample->committed_at || !view->sample->ends_at);
}

static bool fails_order(const struct view *view)
{
    if (!view->drain->pipeline)
        return false;
    const struct sample *sample = view->sample;
    bool rows_first = view->drain->has_rows && sample->rows_at < sample->ends_at;
    return sample->ends_at < sample->committed_at || rows_first;
}

static bool fails_undefined(const struct view *view)
{
    for (size_t i = 0; i < view->drain->lanes.count; i++)
        if (lane_is_undefined(&view->drain->lanes.v[i]))
            return true;
    return false;
}

static bool fails_lag(const struct view *view)
{
    for (size_t i = 0; i < view->drain->lanes.count; i++) {
        const struct lane *lane = &view->drain->lanes.v[i];
        if (lane->now.committed != COMMITTED_UNDEFINED && lane_lag(lane) > 0)
            return true;
    }
    return false;
}

static bool fails_ends(const struct view *view)
{
    return view->moved & MOVED_ENDS;
}

static bool fails_rows_read(const struct view *view)
{
    const struct sample *sample = view->sample;
    return view->drain->has_rows &&
           (sample->rows == COUNT_UNKNOWN || sample->saved == COUNT_UNKNOWN);
}

static bool fails_rows(const struct view *view)
{
    return view->moved & MOVED_ROWS;
}

/* Where records cannot be read, commits and rows that stand still for the longest span have to do;
 * where there are none to read, the rows decide. */
static bool fails_records_read(const struct view *view)
{
    return view->drain->pipeline && view->drain->has_rows && !view->drain->depth_only &&
           view->sample->unsaved == COUNT_UNKNOWN && view->frozen < view->drain->spec.stall;
}

static int64_t records_of(const struct drain *drain)
{
    int64_t records = 0;
    for (size_t i = 0; i < drain->lanes.count; i++)
        records += drain->lanes.v[i].now.end - drain->lanes.v[i].base;
    return records;
}

/* Distinct users who are safe: with a row or parked; without rows to read, in the queues. */
static int64_t safe_users(const struct view *view)
{
    return view->drain->has_rows ? view->sample->saved : records_of(view->drain);
}

bool drain_is_weak(const struct drain *drain)
{
    return !drain->has_rows && (!drain->pipeline || drain->depth_only || drain->forgets);
}

/* Sets, not counts: a lost user and a doubled one must not cancel out, so it is asked who is not
 * saved; and whether those who were told yes are among the saved is asked by name, when the number
 * is right (drain_misled). */
static bool fails_conserved(const struct view *view)
{
    const struct drain *drain = view->drain;
    if (drain_is_weak(drain))
        return drain->misled;
    bool missing =
        view->facts->accepted != COUNT_UNKNOWN && safe_users(view) < view->facts->accepted;
    /* More records than may win: whoever reads them chooses. */
    bool chosen_later =
        view->facts->accepted == COUNT_UNKNOWN && view->sample->records > drain->limit;
    return missing || drain->misled ||
           (drain->has_rows && !chosen_later && view->sample->unsaved > 0);
}

static bool fails_slots(const struct view *view)
{
    const struct drain *drain = view->drain;
    return !drain_is_weak(drain) && drain->needed != drain->accepted &&
           safe_users(view) < drain->needed;
}

/* Rows may come first and their records later, from an outbox: whoever was told yes passes through
 * the queues, and only who was put aside need not. */
static bool fails_announced(const struct view *view)
{
    int64_t parked = view->drain->parked > 0 ? view->drain->parked : 0;
    return view->drain->pipeline && view->drain->has_rows && !view->drain->depth_only &&
           view->facts->accepted != COUNT_UNKNOWN &&
           records_of(view->drain) < view->facts->accepted - parked;
}

static bool fails_counter(const struct view *view)
{
    return view->moved & MOVED_COUNTER;
}

/* Where nothing tells when it is over, a counter or a depth that stands still has to do. */
static bool fails_quiet(const struct view *view)
{
    const struct drain *drain = view->drain;
    return drain_is_weak(drain) && (drain->counter || drain->pipeline) &&
           view->frozen < drain->spec.quiet;
}

static const struct {
    enum drain_gate gate;
    const char *name;
    bool (*fails)(const struct view *view);
} gates[] = {
    {GATE_SETTLED, "load not settled", fails_settled},
    {GATE_ENDS_READ, "ends not read", fails_ends_read},
    {GATE_ORDER, "order of reads", fails_order},
    {GATE_UNDEFINED, "nothing committed", fails_undefined},
    {GATE_LAG, "lag", fails_lag},
    {GATE_ENDS, "ends moved", fails_ends},
    {GATE_ROWS_READ, "rows not read", fails_rows_read},
    {GATE_ROWS, "rows moved", fails_rows},
    {GATE_RECORDS_READ, "records not read", fails_records_read},
    {GATE_CONSERVED, "users without a row", fails_conserved},
    {GATE_SLOTS, "slots without a row", fails_slots},
    {GATE_COUNTER, "counter moved", fails_counter},
    {GATE_ANNOUNCED, "users without a record", fails_announced},
    {GATE_QUIET, "not quiet for long enough", fails_quiet},
};

unsigned drain_gates(const struct drain *drain, const struct sample *sample,
                     const struct drain_facts *facts, unsigned moved)
{
    const struct view view = {drain, sample, facts, moved, drain_frozen(drain, sample->at)};
    unsigned failing = 0;
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++)
        if (gates[i].fails(&view))
            failing |= (unsigned)gates[i].gate;
    return failing;
}

void drain_gate_names(unsigned failing, char *ret_text, size_t size)
{
    size_t used = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < sizeof gates / sizeof *gates && used < size; i++)
        if (failing & (unsigned)gates[i].gate)
            used += (size_t)snprintf(ret_text + used, size - used, "%s%s", used ? ", " : "",
                                     gates[i].name);
}
