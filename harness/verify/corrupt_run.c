/* Corruptions of the run around the answers: samples, the drain's outcome, evidence that is
 * missing, a load that proves nothing, and figures that the scenario asks for. */
#include <stdlib.h>

#include "verify/corrupt.h"

static bool decided(const struct plant *plant)
{
    return plant->sold_out && !plant->undecided;
}

static bool observe(struct plant *plant)
{
    return plant_observe(plant, NULL) == 0;
}

static bool anybody_twice(const struct plant *plant)
{
    for (size_t i = 0; i < plant->users_count; i++)
        if (plant->users[i].twice && plant->users[i].fate != FATE_ABSENT)
            return true;
    return false;
}

/* ---- samples ---- */

/* The samples of the late window from a random one on. Returns the first, or NULL. */
static struct sample *late_samples(struct plant *plant, size_t *ret_count)
{
    struct timeline *timeline = &plant->run.timeline;
    size_t first = 0;
    while (first < timeline->count && !(timeline->v[first].flags & SAMPLE_WATCH))
        first++;
    if (first == timeline->count)
        return NULL;
    /* Not from the first one on: the counter has no reading before the window. */
    first += 1 + rng_below(&plant->rng, timeline->count - first - 1);
    *ret_count = timeline->count - first;
    return &timeline->v[first];
}

/* A row in the window, of somebody who did not ask: drained had been decided, and it was wrong. */
static bool row_comes_late(struct plant *plant, struct expectations *expectations)
{
    size_t count;
    if (!plant->sold_out || plant->run.evidence.coupons.count < (size_t)plant->scenario.limit ||
        plant_add_row(plant, stranger(plant), NULL) || plant_observe(plant, NULL))
        return false;
    struct sample *samples = late_samples(plant, &count);
    for (struct sample *sample = plant->run.timeline.v; sample < samples; sample++)
        sample->rows -= sample->rows > plant->scenario.limit;
    expect_fail(expectations, "late");
    expect_fail(expectations, "unexpected");
    expect_fail(expectations, "cap_exact");
    expect_fail(expectations, "cap_safety");
    return true;
}

/* A row was there and is gone: nobody gives it back until the timeout. */
static bool row_goes_late(struct plant *plant, struct expectations *expectations)
{
    size_t count;
    struct plant_user *user = pick_user(plant, FATE_WINNER);
    struct sample *samples = late_samples(plant, &count);
    if (!user || plant->undecided || !plant->sold_out)
        return false;
    for (size_t i = 0; i < count; i++)
        samples[i].rows--;
    plant_remove_rows(plant, user->user);
    plant->run.drain.outcome = DRAIN_DRAINED_LOSSY;
    expect_fail(expectations, "late");
    expect_fail(expectations, "drained");
    expect_fail(expectations, "lost");
    expect_fail(expectations, "cap_exact");
    return true;
}

/* In the end the number is right, but for a moment there was one too many. */
static bool row_comes_and_goes(struct plant *plant, struct expectations *expectations)
{
    struct timeline *timeline = &plant->run.timeline;
    struct sample *sample = &timeline->v[1 + rng_below(&plant->rng, 8)];
    if (sample->flags)
        return false;
    sample->rows = plant->scenario.limit + 1;
    expect_fail(expectations, "cap_safety");
    return true;
}

static bool nothing_sampled(struct plant *plant, struct expectations *expectations)
{
    struct timeline *timeline = &plant->run.timeline;
    for (size_t i = 0; i < timeline->count; i++) {
        struct sample *sample = &timeline->v[i];
        sample->rows = sample->parked = COUNT_UNKNOWN;
        sample->counter = (struct maybe){0};
        sample->partitions_count = 0;
    }
    expect_unknown(expectations, "not_vacuous");
    expect_unknown(expectations, "cap_safety");
    expect_unknown(expectations, "late");
    return true;
}

/* ---- not drained ---- */

/* Takes some winners' rows away and names them. False: not enough winners. */
static bool hold_back(struct plant *plant, struct expected *lost)
{
    for (uint64_t i = 1 + rng_below(&plant->rng, 4); i > 0; i--) {
        struct plant_user *user = pick_user(plant, FATE_WINNER);
        if (!user)
            return false;
        plant_remove_rows(plant, user->user);
        user->parked = true;
        expect_user(lost, user->user);
    }
    return plant->run.evidence.coupons.count > 0 && observe(plant);
}

static bool not_drained(struct plant *plant, struct expectations *expectations)
{
    static const enum drain_outcome outcomes[] = {DRAIN_MOVING, DRAIN_STALLED, DRAIN_NO_CONSUMER,
                                                  DRAIN_BLOCKED, DRAIN_NOT_RUN};
    struct timeline *timeline = &plant->run.timeline;
    if (!decided(plant) || !hold_back(plant, expect_unknown(expectations, "lost")))
        return false;
    plant->run.drain.outcome = outcomes[rng_below(&plant->rng, 5)];
    for (size_t i = 0; i < timeline->count; i++)
        timeline->v[i].flags &= ~(uint32_t)SAMPLE_WATCH;
    expect_unknown(expectations, "drained");
    expect_unknown(expectations, "cap_exact");
    expect_unknown(expectations, "late");
    if (anybody_twice(plant))
        expect_unknown(expectations, "retry");
    return true;
}

/* The scenario asserted before the consumer was through; everything came later, so nobody is lost.
 */
static bool asked_too_early(struct plant *plant, struct expectations *expectations)
{
    struct expected missing = {0};
    int64_t rows = (int64_t)plant->run.evidence.coupons.count;
    if (!decided(plant) || !hold_back(plant, &missing))
        return false;
    plant->scenario.wait = rng_below(&plant->rng, 2) ? WAIT_LAST_RESPONSE : WAIT_SLEEP;
    plant->run.drain.rows_max = rows;
    plant->run.drain.lag_at_assert = (int64_t)missing.users_count;
    expect_fail(expectations, "cap_exact");
    return true;
}

static bool asked_early_and_lossy(struct plant *plant, struct expectations *expectations)
{
    if (!decided(plant) || !hold_back(plant, expect_fail(expectations, "lost")))
        return false;
    plant->scenario.wait = WAIT_LAST_RESPONSE;
    plant->run.drain.outcome = DRAIN_DRAINED_LOSSY;
    expect_fail(expectations, "cap_exact");
    return true;
}

static bool asked_early_and_stalled(struct plant *plant, struct expectations *expectations)
{
    if (!decided(plant) || !hold_back(plant, expect_unknown(expectations, "lost")))
        return false;
    plant->scenario.wait = WAIT_LAST_RESPONSE;
    plant->run.drain.outcome = DRAIN_STALLED;
    expect_fail(expectations, "cap_exact");
    return true;
}

/* ---- evidence that could not be read ---- */

static bool rows_unread(struct plant *plant, struct expectations *expectations)
{
    static const char *const checks[] = {"cap_exact", "cap_safety", "lost", "unexpected",
                                         "duplicate"};
    plant->run.evidence.coupons.known = false;
    plant->run.evidence.coupons.count = 0;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        expect_unknown(expectations, checks[i]);
    if (!plant->undecided)
        expect_unknown(expectations, "phantom");
    if (anybody_twice(plant))
        expect_unknown(expectations, "retry");
    return true;
}

static bool counter_unread(struct plant *plant, struct expectations *expectations)
{
    plant->run.evidence.counter.known = false;
    expect_unknown(expectations, "counter");
    expect_unknown(expectations, "slots_burned");
    return true;
}

static bool records_unread(struct plant *plant, struct expectations *expectations)
{
    plant->run.evidence.produced.known = false;
    plant->run.evidence.produced.count = 0;
    expect_unknown(expectations, "slots_burned");
    expect_unknown(expectations, "duplicate");
    if (plant->undecided)
        expect_unknown(expectations, "lost");
    return true;
}

static bool parked_unread(struct plant *plant, struct expectations *expectations)
{
    if (plant->run.evidence.parked.count)
        return false;
    plant->run.evidence.parked.known = false;
    expect_unknown(expectations, "parked");
    expect_unknown(expectations, "cap_exact"); /* more of them may be parked than it takes */
    return true;
}

/* ---- a load that proves nothing ---- */

static bool spread_burst(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *user = plant->shape == PLANT_BURST ? pick_user(plant, FATE_LOSER) : NULL;
    if (!user)
        return false;
    struct request *request = request_of(plant, user);
    ns_t later = 20 * NS_PER_MS;
    request->planned += later;
    request->released += later;
    request->first_byte += later;
    request->done += later;
    expect_unknown(expectations, "burst_simultaneous");
    return observe(plant);
}

static bool thin_burst(struct plant *plant, struct expectations *expectations)
{
    if (plant->shape != PLANT_BURST)
        return false;
    plant->run.load[0].require_in_flight = plant->run.tally.peak_in_flight + 1;
    expect_unknown(expectations, "burst_simultaneous");
    return true;
}

/* It takes a yes and a no to compare. */
static void expect_incomparable(const struct plant *plant, struct expectations *expectations)
{
    expect_unknown(expectations, "fcfs_distance");
    if (plant->shape == PLANT_WAVES)
        expect_unknown(expectations, "fcfs_power");
}

/* "0 sold": nobody gets anything, however early. */
static bool serve_nobody(struct plant *plant, struct expectations *expectations)
{
    bool open = plant->run.tally.failed || plant->run.tally.unknown || plant->once_per_user;
    if (!decided(plant) || open || plant->run.evidence.parked.count)
        return false;
    for (size_t i = 0; i < plant->run.history.count; i++) {
        plant->run.history.v[i].cls = CLASS_REJECTED;
        plant->run.history.v[i].ranked = false;
    }
    plant->run.evidence.coupons.count = 0;
    plant->run.evidence.produced.count = 0;
    expect_unknown(expectations, "not_vacuous");
    expect_unknown(expectations, "cap_exact");
    expect_unknown(expectations, "lost");
    expect_unknown(expectations, "phantom");
    expect_unknown(expectations, "slots_burned");
    expect_unknown(expectations, "fcfs");
    expect_incomparable(plant, expectations);
    return observe(plant);
}

/* Everybody is told yes, far beyond the limit. */
static bool serve_everybody(struct plant *plant, struct expectations *expectations)
{
    bool open = plant->run.tally.failed || plant->run.tally.unknown || plant->once_per_user;
    if (!decided(plant) || open)
        return false;
    for (size_t i = 0; i < plant->users_count; i++) {
        if (plant->users[i].fate != FATE_LOSER)
            continue;
        request_of(plant, &plant->users[i])->cls = CLASS_ACCEPTED;
        if (plant_add_row(plant, plant->users[i].user, NULL) ||
            plant_add_record(plant, plant->users[i].user, NULL))
            return false;
    }
    expect_unknown(expectations, "not_vacuous");
    expect_fail(expectations, "cap_exact");
    expect_fail(expectations, "cap_safety");
    expect_fail(expectations, "slots_burned");
    expect_fail(expectations, "fcfs");
    expect_incomparable(plant, expectations);
    return observe(plant);
}

/* ---- figures that the scenario asks for ---- */

static struct asked *asked_by(struct plant *plant, const char *check)
{
    return &plant->run.evidence.asked[plant_expect(plant, check) - plant->expect];
}

static bool wrong_value(struct plant *plant, struct expectations *expectations)
{
    const char *check = rng_below(&plant->rng, 2) ? "sql" : "redis";
    struct asked *asked = asked_by(plant, check);
    asked->value[0]++; /* 52 instead of 42 */
    expect_fail(expectations, check);
    return true;
}

static bool no_value(struct plant *plant, struct expectations *expectations)
{
    const char *check = rng_below(&plant->rng, 2) ? "sql" : "redis";
    struct asked *asked = asked_by(plant, check);
    free(asked->value);
    asked->value = NULL;
    asked->known = rng_below(&plant->rng, 2);
    expect_not(expectations, check, asked->known ? VERDICT_FAIL : VERDICT_UNKNOWN);
    return true;
}

static bool slow_bystander(struct plant *plant, struct expectations *expectations)
{
    struct bystander_period *during = &plant->run.bystander[1];
    switch (rng_below(&plant->rng, 3)) {
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

const struct corruption *corruptions_run(size_t *ret_count)
{
    static const struct corruption table[] = {
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
