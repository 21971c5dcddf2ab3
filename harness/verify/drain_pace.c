/* The pace: when the next round shall be and what it shall read. While the end is far away the next
 * look is a quarter of the expected rest away, so few looks are wasted and the end is not missed by
 * much; while nothing moves the looks get rarer by themselves: each an eighth of the silence after
 * the last, or an eightieth where that is a matter of seconds, as of a scheduler that comes by once
 * a second. */
#include "verify/drain_state.h"

/* probe/probe.h is not ours to include: the numbers of enum probe_wants, kept equal by
 * test_drain.c. */
enum {
    WANT_ROWS = 1,
    WANT_PIPELINE = 2,
    WANT_SAVED = 4,
    WANT_COUNTER = 8,
    WANT_MEMBERS = 16,
    WANT_IDLE = 32
};

#define BLOCKED_REDIS_EVERY (NS_PER_S)
/* All rows are read again when nothing asks for it: they may have changed without changing in
 * number. */
#define SAVED_EVERY   (NS_PER_S)
#define MEMBERS_AFTER (300 * NS_PER_MS)
#define NEAR_ROUNDS   4
#define SOON          (10 * NS_PER_MS)

static ns_t clamp(ns_t span, const struct spec_drain *spec)
{
    if (span < spec->poll_min)
        return spec->poll_min;
    return span > spec->poll_max ? spec->poll_max : span;
}

/* During the load the stores belong to the service: a curve needs no more than this. */
static ns_t relaxed(const struct spec_drain *spec)
{
    return clamp(spec->poll_max / 5, spec);
}

/* The span of one unit, the faster of the last step and the average. 0: unknown. */
static ns_t unit_span(const struct speed *speed)
{
    int64_t grown = speed->value - speed->first;
    if (grown <= 0 || !speed->step)
        return 0;
    ns_t average = (speed->at - speed->began) / grown;
    return average < speed->step ? average : speed->step;
}

/* What is left at this speed, less what has passed since it was last seen to move. Negative: it
 * should have ended already. */
static ns_t time_left(const struct speed *speed, int64_t remaining, ns_t now)
{
    return unit_span(speed) * remaining - (now - speed->at);
}

/* The expected rest; false: no telling. */
static bool expect_end(const struct drain *drain, ns_t now, ns_t *ret_left)
{
    int64_t lag = drain_lag(drain);
    bool known = false;
    if (lag > 0 && unit_span(&drain->by_committed)) {
        *ret_left = time_left(&drain->by_committed, lag, now);
        known = true;
    }
    bool missing = drain->rows != COUNT_UNKNOWN && drain->rows < drain->needed;
    if (missing && unit_span(&drain->by_rows)) {
        ns_t left = time_left(&drain->by_rows, drain->needed - drain->rows, now);
        if (!known || left < *ret_left)
            *ret_left = left;
        known = true;
    }
    return known;
}

/* So long after the last look, when nothing has moved for that span, or something is overdue by it.
 */
static ns_t patience(ns_t silence, const struct spec_drain *spec)
{
    ns_t soon = silence / 8 < SOON ? silence / 8 : SOON;
    return clamp(silence / 80 > soon ? silence / 80 : soon, spec);
}

/* While much waits nobody looks at the rows, so the look that sees nothing wait any more has not
 * seen them. */
static bool may_be_over(const struct drain *drain)
{
    return drain->pipeline && drain->has_rows && drain_lag(drain) == 0 &&
           drain->rows_at < drain->moved;
}

static ns_t interval(const struct drain *drain, ns_t now)
{
    const struct spec_drain *spec = &drain->spec;
    if (!drain->settled || drain->outcome != DRAIN_NOT_RUN)
        return relaxed(spec);
    if (drain->passes || may_be_over(drain))
        return spec->poll_min;
    ns_t left = 0;
    ns_t silence = now - (drain->moved > drain->settled ? drain->moved : drain->settled);
    if (!expect_end(drain, now, &left))
        return patience(silence, spec);
    return left > 0 ? clamp(left / 4, spec) : patience(-left, spec);
}

/* The end is expected so soon that the next look may already be the one that sees it. */
static bool is_near(const struct drain *drain, ns_t now)
{
    ns_t left = 0;
    return drain->pipeline && drain->settled && drain_lag(drain) > 0 &&
           expect_end(drain, now, &left) && left <= NEAR_ROUNDS * drain->spec.poll_min &&
           left > -drain->spec.poll_max;
}

/* By the counts, as far as they were read since anything moved; who is in the dead-letter queue is
 * not in them. */
static bool may_be_complete(const struct drain *drain)
{
    int64_t count = drain->rows + (drain->parked > 0 ? drain->parked : 0);
    bool dead_letters = drain->pipeline && drain->pipeline->dead_letter;
    return drain->rows_at < drain->moved || dead_letters || count >= drain->needed;
}

/* Full reads only when nothing else is missing: lag 0, now or by the next look, and as many rows as
 * it takes; or a pipeline that stands still, to tell a late commit from lost records; or a last
 * look after the deadline. */
static bool wants_saved(const struct drain *drain, ns_t now)
{
    if (!drain->settled || !drain->has_rows)
        return false;
    bool again = now - drain->saved_at >= SAVED_EVERY;
    bool stale = drain->saved_stale || !drain->saved_at;
    if (drain->at >= drain_deadline(drain) || is_near(drain, now))
        return true;
    if (drain->pipeline && drain_lag(drain) != 0)
        return stale && drain_frozen(drain, now) > MEMBERS_AFTER;
    bool known_short = drain->saved < drain->needed || drain->unsaved > 0 || drain->misled;
    known_short |= (drain->failing_now & GATE_ANNOUNCED) != 0;
    if (!stale && drain->saved_at >= drain->moved && known_short)
        return again;
    return again || may_be_complete(drain);
}

/* From the first request on, where rows and stock are to add up always. */
static bool wants_both(const struct drain *drain, ns_t now)
{
    return drain->atomic && drain->has_rows && now - drain->saved_at >= drain->spec.poll_max;
}

static bool wants_rows(const struct drain *drain, ns_t now)
{
    if (!drain->has_rows)
        return false;
    bool counting_down = drain->pipeline && drain->settled && drain_lag(drain) != 0;
    return !counting_down || now - drain->rows_at >= drain->spec.poll_max;
}

static bool wants_members(const struct drain *drain, ns_t now)
{
    return drain->pipeline && drain->settled && drain_lag(drain) > 0 &&
           drain_frozen(drain, now) > MEMBERS_AFTER && now - drain->members_at > MEMBERS_AFTER;
}

static bool wants_counter(const struct drain *drain, ns_t now)
{
    return !drain->redis.since || now - drain->counter_at > BLOCKED_REDIS_EVERY;
}

ns_t drain_next(const struct drain *drain, ns_t now, unsigned *ret_wants)
{
    ns_t from = drain->at ? drain->at : now;
    ns_t next = drain->rounds ? from + interval(drain, from) : now;
    ns_t at = next > now ? next : now;
    unsigned wants = drain->pipeline ? WANT_PIPELINE : 0;
    if (wants_saved(drain, at) || wants_both(drain, at))
        wants |= WANT_SAVED | WANT_ROWS;
    if (wants_rows(drain, at))
        wants |= WANT_ROWS;
    if (wants_members(drain, at))
        wants |= WANT_MEMBERS;
    if ((wants & WANT_ROWS || !drain->has_rows) && wants_counter(drain, at))
        wants |= WANT_COUNTER;
    if (!drain->settled || (drain->has_rows && !(wants & WANT_SAVED)))
        wants |= WANT_IDLE;
    *ret_wants = wants;
    return next;
}
