/* Takes samples in: what is known of every lane and of the rows, and when it last moved. */
#include <stdlib.h>

#include "verify/drain_state.h"

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool lane_is_undefined(const struct lane *lane)
{
    return lane->now.committed == COMMITTED_UNDEFINED && lane->now.end > lane->base;
}

int64_t lane_lag(const struct lane *lane)
{
    const struct lane_reading *now = &lane->now;
    int64_t from = now->committed == COMMITTED_UNDEFINED ? lane->base : now->committed;
    return greater(0, now->end - from);
}

int64_t drain_lag(const struct drain *drain)
{
    if (!drain->ends_at)
        return COUNT_UNKNOWN;
    int64_t lag = 0;
    for (size_t i = 0; i < drain->lanes.count; i++)
        lag += lane_lag(&drain->lanes.v[i]);
    return lag;
}

ns_t drain_frozen(const struct drain *drain, ns_t now)
{
    return now - greater(drain->moved, drain->calm);
}

/* Samples list their lanes in the same order nearly always, so hint is nearly always right. */
static struct lane *find_lane(struct lanes *lanes, size_t hint, const struct lane_reading *p)
{
    for (size_t i = 0; i < lanes->count; i++) {
        struct lane *lane = &lanes->v[(hint + i) % lanes->count];
        if (lane->now.queue == p->queue && lane->now.lane == p->lane)
            return lane;
    }
    if (lanes->count == lanes->room) {
        size_t room = lanes->room ? lanes->room * 2 : 16;
        struct lane *v = realloc(lanes->v, room * sizeof *v);
        if (!v)
            return NULL;
        lanes->v = v;
        lanes->room = room;
    }
    struct lane *lane = &lanes->v[lanes->count++];
    *lane = (struct lane){.now = {p->queue, p->lane, COMMITTED_UNDEFINED, 0}};
    return lane;
}

static int64_t sum_committed(const struct lanes *lanes)
{
    int64_t sum = 0;
    for (size_t i = 0; i < lanes->count; i++)
        if (lanes->v[i].now.committed != COMMITTED_UNDEFINED)
            sum += lanes->v[i].now.committed - lanes->v[i].base;
    return sum;
}

static void speed_feed(struct speed *speed, int64_t value, ns_t at)
{
    if (value == speed->value)
        return;
    if (speed->at && value > speed->value)
        speed->step = (at - speed->at) / (value - speed->value);
    if (!speed->began) {
        speed->began = at;
        speed->first = value;
    }
    speed->value = value;
    speed->at = at;
}

/* A lane that could not be kept would let a decision overlook records, so the round counts as
 * moved for ever: better no verdict than a wrong one. */
static unsigned observe_lanes(struct drain *drain, const struct sample *sample)
{
    unsigned moved = 0;
    for (uint32_t i = 0; i < sample->lanes_count; i++) {
        const struct lane_reading *p = &sample->lanes[i];
        struct lane *lane = find_lane(&drain->lanes, i, p);
        if (!lane)
            return MOVED_ENDS;
        if (lane->now.committed != p->committed)
            moved |= MOVED_COMMITTED;
        if (lane->now.end != p->end)
            moved |= MOVED_ENDS;
        lane->now = *p;
        lane->seen |= p->end > 0;
        if (sample->flags & SAMPLE_BASELINE)
            lane->base = p->end;
        drain->committed_once |= p->committed != COMMITTED_UNDEFINED;
    }
    drain->ends_at = sample->at;
    drain->depth_only = (sample->flags & SAMPLE_DEPTH_ONLY) != 0;
    drain->forgets = (sample->flags & SAMPLE_FORGETS) != 0;
    speed_feed(&drain->by_committed, sum_committed(&drain->lanes), sample->at);
    return moved;
}

/* The new value, when it was read and differs. */
static bool renew(int64_t *known, int64_t value)
{
    if (value == COUNT_UNKNOWN || value == *known)
        return false;
    *known = value;
    return true;
}

static unsigned observe_rows(struct drain *drain, const struct sample *sample)
{
    bool baseline = sample->flags & SAMPLE_BASELINE;
    int64_t before = drain->rows;
    bool moved = renew(&drain->rows, sample->rows);
    if (moved && !baseline && sample->rows > greater(before, 0))
        drain->last_growth = sample->at;
    drain->rows_max = greater(drain->rows_max, sample->rows);
    if (sample->rows != COUNT_UNKNOWN) {
        drain->rows_at = sample->at;
        speed_feed(&drain->by_rows, sample->rows, sample->at);
    }
    moved |= renew(&drain->parked, sample->parked);
    drain->saved_stale |= moved;
    if (sample->saved != COUNT_UNKNOWN) {
        bool first = drain->saved == COUNT_UNKNOWN;
        moved |= renew(&drain->saved, sample->saved) && !first;
        drain->saved_at = sample->at;
        drain->saved_stale = false;
    }
    drain->misled &= !moved;
    renew(&drain->records, sample->records);
    renew(&drain->unsaved, sample->unsaved);
    return moved ? MOVED_ROWS : 0;
}

static unsigned observe_counter(struct drain *drain, const struct sample *sample)
{
    if (!sample->counter.known)
        return 0;
    int64_t value = sample->counter.value;
    bool moved = drain->counter_at && value != drain->counted;
    drain->counter_at = sample->at;
    drain->counted = value;
    if (sample->flags & SAMPLE_BASELINE)
        drain->counted_before = value;
    return moved ? MOVED_COUNTER : 0;
}

static void observe_blockade(struct blockade *blockade, bool blocked, ns_t at)
{
    if (!blocked) {
        *blockade = (struct blockade){0};
        return;
    }
    if (!blockade->since)
        blockade->since = at;
    blockade->rounds++;
}

unsigned drain_observe(struct drain *drain, const struct sample *sample)
{
    unsigned moved = 0;
    if (sample->committed_at && sample->ends_at)
        moved |= observe_lanes(drain, sample);
    moved |= observe_rows(drain, sample);
    if (sample->members != COUNT_UNKNOWN) {
        drain->members = sample->members;
        drain->members_at = sample->at;
    }
    moved |= observe_counter(drain, sample);
    observe_blockade(&drain->queue, sample->flags & SAMPLE_PIPELINE_BLOCKED, sample->at);
    observe_blockade(&drain->database, sample->flags & SAMPLE_ROWS_BLOCKED, sample->at);
    observe_blockade(&drain->redis, sample->flags & SAMPLE_REDIS_BLOCKED, sample->at);
    if (moved && drain->settled)
        drain->gap = greater(drain->gap, drain_frozen(drain, sample->at));
    if (moved)
        drain->moved = sample->at;
    drain->at = sample->at;
    return moved;
}
