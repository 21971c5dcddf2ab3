/* Mutations of the run around the answers: samples, the drain's outcome, evidence that is
 * missing, a load that proves nothing, and figures that the scenario asks for. */
#include <stdlib.h>

#include "selftest/mutation.h"

static bool decided(const struct synthetic *synthetic)
{
    return synthetic->sold_out && !synthetic->undecided;
}

static bool observe(struct synthetic *synthetic)
{
    return synthetic_observe(synthetic, NULL) == 0;
}

static bool anybody_twice(const struct synthetic *synthetic)
{
    for (size_t i = 0; i < synthetic->users_count; i++)
        if (synthetic->users[i].twice && synthetic->users[i].fate != FATE_ABSENT)
            return true;
    return false;
}

/* ---- samples ---- */

/* The samples of the late window from a random one on. Returns the first, or NULL. */
static struct sample *late_samples(struct synthetic *synthetic, size_t *ret_count)
{
    struct timeline *timeline = &synthetic->run.timeline;
    size_t first = 0;
    while (first < timeline->count && !(timeline->v[first].flags & SAMPLE_WATCH))
        first++;
    if (first == timeline->count)
        return NULL;
    /* Not from the first one on: the counter has no reading before the window. */
    first += 1 + rng_below(&synthetic->rng, timeline->count - first - 1);
    *ret_count = timeline->count - first;
    return &timeline->v[first];
}

/* A row in the window, of somebody who did not ask: drained had been decided, and it was wrong. */
static bool row_comes_late(struct synthetic *synthetic, struct expectations *expectations)
{
    size_t count;
    if (!synthetic->sold_out ||
        synthetic->run.evidence.coupons.count < (size_t)synthetic->scenario.limit ||
        synthetic_add_row(synthetic, stranger(synthetic), NULL) ||
        synthetic_observe(synthetic, NULL))
        return false;
    struct sample *samples = late_samples(synthetic, &count);
    for (struct sample *sample = synthetic->run.timeline.v; sample < samples; sample++)
        sample->rows -= sample->rows > synthetic->scenario.limit;
    expect_fail(expectations, "late");
    expect_fail(expectations, "unexpected");
    expect_fail(expectations, "cap_exact");
    expect_fail(expectations, "cap_safety");
    return true;
}

/* A row was there and is gone: nobody gives it back until the timeout. */
static bool row_goes_late(struct synthetic *synthetic, struct expectations *expectations)
{
    size_t count = 0;
    struct synthetic_user *user = pick_user(synthetic, FATE_WINNER);
    struct sample *samples = late_samples(synthetic, &count);
    if (!user || synthetic->undecided || !synthetic->sold_out)
        return false;
    for (size_t i = 0; i < count; i++)
        samples[i].rows--;
    synthetic_remove_rows(synthetic, user->user);
    synthetic->run.drain.outcome = DRAIN_DRAINED_LOSSY;
    expect_fail(expectations, "late");
    expect_fail(expectations, "drained");
    expect_fail(expectations, "lost");
    expect_fail(expectations, "cap_exact");
    return true;
}

/* In the end the number is right, but for a moment there was one too many. */
static bool row_comes_and_goes(struct synthetic *synthetic, struct expectations *expectations)
{
    struct timeline *timeline = &synthetic->run.timeline;
    struct sample *sample = &timeline->v[1 + rng_below(&synthetic->rng, 8)];
    if (sample->flags)
        return false;
    sample->rows = synthetic->scenario.limit + 1;
    expect_fail(expectations, "cap_safety");
    return true;
}

static bool nothing_sampled(struct synthetic *synthetic, struct expectations *expectations)
{
    struct timeline *timeline = &synthetic->run.timeline;
    for (size_t i = 0; i < timeline->count; i++) {
        struct sample *sample = &timeline->v[i];
        sample->rows = sample->parked = COUNT_UNKNOWN;
        sample->counter = (struct maybe){0};
        sample->lanes_count = 0;
    }
    expect_unknown(expectations, "not_vacuous");
    expect_unknown(expectations, "cap_safety");
    expect_unknown(expectations, "late");
    return true;
}

/* ---- not drained ---- */

/* Takes some winners' rows away and names them. False: not enough winners. */
static bool hold_back(struct synthetic *synthetic, struct expected *lost)
{
    for (uint64_t i = 1 + rng_below(&synthetic->rng, 4); i > 0; i--) {
        struct synthetic_user *user = pick_user(synthetic, FATE_WINNER);
        if (!user)
            return false;
        synthetic_remove_rows(synthetic, user->user);
        user->parked = true;
        expect_user(lost, user->user);
    }
    return synthetic->run.evidence.coupons.count > 0 && observe(synthetic);
}

static bool not_drained(struct synthetic *synthetic, struct expectations *expectations)
{
    static const enum drain_outcome outcomes[] = {DRAIN_MOVING, DRAIN_STALLED, DRAIN_NO_CONSUMER,
                                                  DRAIN_BLOCKED, DRAIN_NOT_RUN};
    struct timeline *timeline = &synthetic->run.timeline;
    if (!decided(synthetic) || !hold_back(synthetic, expect_unknown(expectations, "lost")))
        return false;
    synthetic->run.drain.outcome = outcomes[rng_below(&synthetic->rng, 5)];
    for (size_t i = 0; i < timeline->count; i++)
        timeline->v[i].flags &= ~(uint32_t)SAMPLE_WATCH;
    expect_unknown(expectations, "drained");
    expect_unknown(expectations, "cap_exact");
    expect_unknown(expectations, "late");
    if (anybody_twice(synthetic))
        expect_unknown(expectations, "retry");
    return true;
}

/* The scenario asserted before the consumer was through; everything came later, so nobody is lost.
 */
static bool asked_too_early(struct synthetic *synthetic, struct expectations *expectations)
{
    struct expected missing = {0};
    int64_t rows = (int64_t)synthetic->run.evidence.coupons.count;
    if (!decided(synthetic) || !hold_back(synthetic, &missing))
        return false;
    synthetic->scenario.wait = rng_below(&synthetic->rng, 2) ? WAIT_LAST_RESPONSE : WAIT_SLEEP;
    synthetic->run.drain.rows_max = rows;
    synthetic->run.drain.lag_at_assert = (int64_t)missing.users_count;
    expect_fail(expectations, "cap_exact");
    return true;
}

static bool asked_early_and_lossy(struct synthetic *synthetic, struct expectations *expectations)
{
    if (!decided(synthetic) || !hold_back(synthetic, expect_fail(expectations, "lost")))
        return false;
    synthetic->scenario.wait = WAIT_LAST_RESPONSE;
    synthetic->run.drain.outcome = DRAIN_DRAINED_LOSSY;
    expect_fail(expectations, "cap_exact");
    return true;
}

static bool asked_early_and_stalled(struct synthetic *synthetic, struct expectations *expectations)
{
    if (!decided(synthetic) || !hold_back(synthetic, expect_unknown(expectations, "lost")))
        return false;
    synthetic->scenario.wait = WAIT_LAST_RESPONSE;
    synthetic->run.drain.outcome = DRAIN_STALLED;
    expect_fail(expectations, "cap_exact");
    return true;
}

/* ---- evidence that could not be read ---- */

static bool rows_unread(struct synthetic *synthetic, struct expectations *expectations)
{
    static const char *const checks[] = {"cap_exact", "cap_safety", "lost", "unexpected",
                                         "duplicate"};
    synthetic->run.evidence.coupons.known = false;
    synthetic->run.evidence.coupons.count = 0;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        expect_unknown(expectations, checks[i]);
    if (!synthetic->undecided)
        expect_unknown(expectations, "phantom");
    if (anybody_twice(synthetic))
        expect_unknown(expectations, "retry");
    return true;
}

static bool counter_unread(struct synthetic *synthetic, struct expectations *expectations)
{
    synthetic->run.evidence.counter.known = false;
    expect_unknown(expectations, "counter");
    expect_unknown(expectations, "slots_burned");
    return true;
}

static bool records_unread(struct synthetic *synthetic, struct expectations *expectations)
{
    synthetic->run.evidence.produced.known = false;
    synthetic->run.evidence.produced.count = 0;
    expect_unknown(expectations, "slots_burned");
    expect_unknown(expectations, "duplicate");
    if (synthetic->undecided)
        expect_unknown(expectations, "lost");
    return true;
}

static bool parked_unread(struct synthetic *synthetic, struct expectations *expectations)
{
    if (synthetic->run.evidence.parked.count)
        return false;
    synthetic->run.evidence.parked.known = false;
    expect_unknown(expectations, "parked");
    expect_unknown(expectations, "cap_exact"); /* more of them may be parked than it takes */
    return true;
}

/* ---- a load that proves nothing ---- */

static bool spread_burst(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user =
        synthetic->shape == SYNTHETIC_BURST ? pick_user(synthetic, FATE_LOSER) : NULL;
    if (!user)
        return false;
    struct request *request = request_of(synthetic, user);
    ns_t later = 20 * NS_PER_MS;
    request->planned += later;
    request->released += later;
    request->first_byte += later;
    request->done += later;
    expect_unknown(expectations, "burst_simultaneous");
    return observe(synthetic);
}

static bool thin_burst(struct synthetic *synthetic, struct expectations *expectations)
{
    if (synthetic->shape != SYNTHETIC_BURST)
        return false;
    synthetic->run.load[0].require_in_flight = synthetic->run.tally.peak_in_flight + 1;
    expect_unknown(expectations, "burst_simultaneous");
    return true;
}

/* It takes a yes and a no to compare. */
static void expect_incomparable(const struct synthetic *synthetic,
                                struct expectations *expectations)
{
    expect_unknown(expectations, "fcfs_distance");
    if (synthetic->shape == SYNTHETIC_WAVES)
        expect_unknown(expectations, "fcfs_power");
}

/* "0 sold": nobody gets anything, however early. */
static bool serve_nobody(struct synthetic *synthetic, struct expectations *expectations)
{
    bool open =
        synthetic->run.tally.failed || synthetic->run.tally.unknown || synthetic->once_per_user;
    if (!decided(synthetic) || open || synthetic->run.evidence.parked.count)
        return false;
    for (size_t i = 0; i < synthetic->run.history.count; i++) {
        synthetic->run.history.v[i].cls = CLASS_REJECTED;
        synthetic->run.history.v[i].ranked = false;
    }
    synthetic->run.evidence.coupons.count = 0;
    synthetic->run.evidence.produced.count = 0;
    expect_unknown(expectations, "not_vacuous");
    expect_unknown(expectations, "cap_exact");
    expect_unknown(expectations, "lost");
    expect_unknown(expectations, "phantom");
    expect_unknown(expectations, "slots_burned");
    expect_unknown(expectations, "fcfs");
    expect_incomparable(synthetic, expectations);
    return observe(synthetic);
}

/* Everybody is told yes, far beyond the limit. */
static bool serve_everybody(struct synthetic *synthetic, struct expectations *expectations)
{
    bool open =
        synthetic->run.tally.failed || synthetic->run.tally.unknown || synthetic->once_per_user;
    if (!decided(synthetic) || open)
        return false;
    for (size_t i = 0; i < synthetic->users_count; i++) {
        if (synthetic->users[i].fate != FATE_LOSER)
            continue;
        request_of(synthetic, &synthetic->users[i])->cls = CLASS_ACCEPTED;
        if (synthetic_add_row(synthetic, synthetic->users[i].user, NULL) ||
            synthetic_add_record(synthetic, synthetic->users[i].user, NULL))
            return false;
    }
    expect_unknown(expectations, "not_vacuous");
    expect_fail(expectations, "cap_exact");
    expect_fail(expectations, "cap_safety");
    expect_fail(expectations, "slots_burned");
    expect_fail(expectations, "fcfs");
    expect_incomparable(synthetic, expectations);
    return observe(synthetic);
}

/* ---- figures that the scenario asks for ---- */

static struct asked *asked_by(struct synthetic *synthetic, const char *check)
{
    return &synthetic->run.evidence.asked[synthetic_expect(synthetic, check) - synthetic->expect];
}

static bool wrong_value(struct synthetic *synthetic, struct expectations *expectations)
{
    const char *check = rng_below(&synthetic->rng, 2) ? "sql" : "redis";
    struct asked *asked = asked_by(synthetic, check);
    asked->value[0]++; /* 52 instead of 42 */
    expect_fail(expectations, check);
    return true;
}

static bool no_value(struct synthetic *synthetic, struct expectations *expectations)
{
    const char *check = rng_below(&synthetic->rng, 2) ? "sql" : "redis";
    struct asked *asked = asked_by(synthetic, check);
    free(asked->value);
    asked->value = NULL;
    asked->known = rng_below(&synthetic->rng, 2);
    expect_not(expectations, check, asked->known ? VERDICT_FAIL : VERDICT_UNKNOWN);
    return true;
}

static bool slow_bystander(struct synthetic *synthetic, struct expectations *expectations)
{
    struct bystander_period *during = &synthetic->run.bystander[1];
    switch (rng_below(&synthetic->rng, 3)) {
    case 0:
        during->p99 = 21 * NS_PER_MS;
        break;
    case 1:
        during->errors = 1;
        break;
    default:
        during->transactions = 0;
        break;
    }
    expect_fail(expectations, "bystander");
    return true;
}

const struct mutation *mutations_run(size_t *ret_count)
{
    static const struct mutation table[] = {
        {"one more row after drained", "late", row_comes_late},
        {"a row gone after drained", "late", row_goes_late},
        {"a row that came and went", "cap_safety", row_comes_and_goes},
        {"no sample of anything", "not_vacuous", nothing_sampled},
        {"not drained", "drained", not_drained},
        {"asked too early", "cap_exact", asked_too_early},
        {"asked too early, and lost", "lost", asked_early_and_lossy},
        {"asked too early, never drained", "lost", asked_early_and_stalled},
        {"rows unreadable", "unexpected", rows_unread},
        {"counter unreadable", "counter", counter_unread},
        {"records unreadable", "slots_burned", records_unread},
        {"parked events unreadable", "parked", parked_unread},
        {"a burst that was spread", "burst_simultaneous", spread_burst},
        {"a burst that was thin", "burst_simultaneous", thin_burst},
        {"nobody served", "not_vacuous", serve_nobody},
        {"everybody served", "not_vacuous", serve_everybody},
        {"a wrong value", "sql", wrong_value},
        {"no value", "redis", no_value},
        {"a bystander held up", "bystander", slow_bystander},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
