/* Mutations of the stores: rows, records and the counter that do not fit the answers. All of them
 * want a run that is sold out, so that one coupon more or less is a wrong number. */
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

static void lose(struct synthetic *synthetic, struct synthetic_user *user)
{
    synthetic_remove_rows(synthetic, user->user);
    user->parked = true; /* nobody picks it again */
}

/* ---- lost ---- */

/* Accepted and produced, but the consumer skipped it: one to four users. */
static bool skip_rows(struct synthetic *synthetic, struct expectations *expectations)
{
    struct expected *lost = expect_fail(expectations, "lost");
    for (uint64_t i = 1 + rng_below(&synthetic->rng, 4); i > 0; i--) {
        struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_WINNER) : NULL;
        if (!user)
            return false;
        lose(synthetic, user);
        expect_user(lost, user->user);
    }
    expect_fail(expectations, "cap_exact");
    expect_fail(expectations, "drained");
    if (!observe(synthetic))
        return false;
    synthetic->run.drain.outcome = DRAIN_DRAINED_LOSSY;
    return true;
}

/* Accepted, but the send failed: the slot is burned as well. */
static bool skip_record(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_WINNER) : NULL;
    if (!user)
        return false;
    lose(synthetic, user);
    synthetic_remove_records(synthetic, user->user);
    expect_user(expect_fail(expectations, "lost"), user->user);
    expect_fail(expectations, "slots_burned");
    expect_fail(expectations, "cap_exact");
    return observe(synthetic);
}

/* Who asked twice is lost like anybody else, and `retry` says so too. */
static bool skip_twice(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = decided(synthetic) ? pick_twice(synthetic, FATE_WINNER) : NULL;
    if (!user)
        return false;
    lose(synthetic, user);
    expect_user(expect_fail(expectations, "lost"), user->user);
    expect_user(expect_fail(expectations, "retry"), user->user);
    expect_fail(expectations, "cap_exact");
    return observe(synthetic);
}

/* Sets, not counts: one lost and one twice make the right number of rows. */
static bool lose_and_double(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *lost = decided(synthetic) ? pick_user(synthetic, FATE_WINNER) : NULL;
    if (!lost)
        return false;
    lose(synthetic, lost);
    struct synthetic_user *twice = pick_user(synthetic, FATE_WINNER);
    if (!twice || synthetic_add_row(synthetic, twice->user, NULL))
        return false;
    expect_user(expect_fail(expectations, "lost"), lost->user);
    expect_user(expect_fail(expectations, "duplicate"), twice->user);
    expect_fail(expectations, "cap_exact");
    return observe(synthetic);
}

/* Answers cannot be told apart: only the topic knows who is missing. */
static bool skip_undecided(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user =
        synthetic->undecided && synthetic->sold_out ? pick_user(synthetic, FATE_WINNER) : NULL;
    if (!user)
        return false;
    lose(synthetic, user);
    expect_user(expect_fail(expectations, "lost"), user->user);
    expect_fail(expectations, "cap_exact");
    return observe(synthetic);
}

/* ---- phantom, unexpected ---- */

static bool give_to_loser(struct synthetic *synthetic, struct expectations *expectations)
{
    struct expected *phantom = expect_fail(expectations, "phantom");
    for (uint64_t i = 1 + rng_below(&synthetic->rng, 3); i > 0; i--) {
        struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_LOSER) : NULL;
        if (!user || synthetic_add_row(synthetic, user->user, NULL))
            return false;
        user->parked = true;
        expect_user(phantom, user->user);
    }
    expect_fail(expectations, "cap_exact");
    if (synthetic->run.evidence.coupons.count > (size_t)synthetic->scenario.limit)
        expect_fail(expectations, "cap_safety");
    return observe(synthetic);
}

/* Turned away by a limiter, which promises that nothing was applied. */
static bool give_to_limited(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_LOSER) : NULL;
    if (!user || user->twice || synthetic_add_row(synthetic, user->user, NULL))
        return false;
    struct request *request = request_of(synthetic, user);
    request->cls = CLASS_LIMITED;
    request->status = 429;
    request->ranked = false;
    if (!synthetic->once_per_user)
        synthetic->run.evidence.counter.after--; /* it never came to the counter */
    user->parked = true;
    expect_user(expect_fail(expectations, "phantom"), user->user);
    expect_fail(expectations, "cap_exact");
    if (synthetic->run.evidence.coupons.count > (size_t)synthetic->scenario.limit)
        expect_fail(expectations, "cap_safety");
    return observe(synthetic);
}

/* The number is right, the person is not. */
static bool give_to_other(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *winner = decided(synthetic) ? pick_user(synthetic, FATE_WINNER) : NULL;
    struct synthetic_user *loser = decided(synthetic) ? pick_user(synthetic, FATE_LOSER) : NULL;
    if (!winner || !loser || synthetic_add_row(synthetic, loser->user, NULL))
        return false;
    lose(synthetic, winner);
    expect_user(expect_fail(expectations, "lost"), winner->user);
    expect_user(expect_fail(expectations, "phantom"), loser->user);
    return observe(synthetic);
}

static bool give_to_stranger(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *winner = decided(synthetic) ? pick_user(synthetic, FATE_WINNER) : NULL;
    int64_t nobody = stranger(synthetic);
    if (!winner || synthetic_add_row(synthetic, nobody, NULL))
        return false;
    lose(synthetic, winner);
    expect_user(expect_fail(expectations, "lost"), winner->user);
    expect_user(expect_fail(expectations, "unexpected"), nobody);
    return observe(synthetic);
}

/* Nothing of this user ever arrived, and yet it has a coupon. */
static bool give_to_absent(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *absent = synthetic->sold_out ? pick_user(synthetic, FATE_ABSENT) : NULL;
    if (!absent || synthetic_add_row(synthetic, absent->user, NULL))
        return false;
    expect_user(expect_fail(expectations, "unexpected"), absent->user);
    expect_fail(expectations, "cap_exact");
    if (synthetic->run.evidence.coupons.count > (size_t)synthetic->scenario.limit)
        expect_fail(expectations, "cap_safety");
    return observe(synthetic);
}

/* A row of an earlier run was left behind; its user may be one of this run's winners. */
static bool leave_row(struct synthetic *synthetic, struct expectations *expectations)
{
    struct evidence *evidence = &synthetic->run.evidence;
    if (!synthetic->sold_out || evidence->coupons.count < (size_t)synthetic->scenario.limit)
        return false;
    int64_t nobody = stranger(synthetic);
    if (synthetic_add_row(synthetic, nobody, NULL))
        return false;
    evidence->before.v = malloc(sizeof *evidence->before.v);
    if (!evidence->before.v)
        return false;
    evidence->before.v[0] = evidence->coupons.v[evidence->coupons.count - 1];
    evidence->before.count = 1;
    expect_user(expect_unknown(expectations, "unexpected"), nobody);
    return observe(synthetic);
}

/* ---- duplicate ---- */

static bool double_rows(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_WINNER) : NULL;
    if (!user)
        return false;
    struct expected *duplicate = expect_fail(expectations, "duplicate");
    for (uint64_t i = 1 + rng_below(&synthetic->rng, 3); i > 0; i--)
        if (synthetic_add_row(synthetic, user->user, NULL))
            return false;
    expect_user(duplicate, user->user);
    if (synthetic->run.evidence.coupons.count > (size_t)synthetic->scenario.limit)
        expect_fail(expectations, "cap_safety");
    return observe(synthetic);
}

static bool double_twice(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = decided(synthetic) ? pick_twice(synthetic, FATE_WINNER) : NULL;
    if (!user || synthetic_add_row(synthetic, user->user, NULL))
        return false;
    expect_user(expect_fail(expectations, "duplicate"), user->user);
    expect_user(expect_fail(expectations, "retry"), user->user);
    if (synthetic->run.evidence.coupons.count > (size_t)synthetic->scenario.limit)
        expect_fail(expectations, "cap_safety");
    return observe(synthetic);
}

static bool double_record(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = synthetic->sold_out ? pick_user(synthetic, FATE_WINNER) : NULL;
    if (!user || synthetic_add_record(synthetic, user->user, NULL))
        return false;
    expect_user(expect_fail(expectations, "duplicate"), user->user);
    return observe(synthetic);
}

/* ---- counter, slots, parked ---- */

/* Always more requests than the limit, so a few more or fewer calls leave the slots alone. */
static bool miscount(struct synthetic *synthetic, struct expectations *expectations)
{
    struct counter_reading *counter = &synthetic->run.evidence.counter;
    if (!synthetic->sold_out)
        return false;
    int64_t most = synthetic->run.tally.sent + 1;
    counter->after = counter->before + most + (int64_t)rng_below(&synthetic->rng, 5);
    expect_fail(expectations, "counter");
    return observe(synthetic);
}

/* The key expired in the middle, or somebody deleted it. */
static bool restart_counter(struct synthetic *synthetic, struct expectations *expectations)
{
    struct counter_reading *counter = &synthetic->run.evidence.counter;
    if (!decided(synthetic))
        return false;
    counter->before = 1000;
    counter->after = (int64_t)rng_below(&synthetic->rng, 7);
    expect_fail(expectations, "counter");
    expect_fail(expectations, "slots_burned");
    return observe(synthetic);
}

/* The slot was counted, the answer was an error, and nobody got it. */
static bool burn_slot(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_WINNER) : NULL;
    if (!user)
        return false;
    struct request *request = request_of(synthetic, user);
    request->cls = CLASS_FAILED;
    request->cause = CAUSE_SERVER_ERROR;
    request->status = 503;
    request->ranked = false;
    synthetic_expect(synthetic, "errors")->at_most++;
    lose(synthetic, user);
    synthetic_remove_records(synthetic, user->user);
    expect_fail(expectations, "slots_burned");
    expect_fail(expectations, "cap_exact");
    return observe(synthetic);
}

static bool garble_record(struct synthetic *synthetic, struct expectations *expectations)
{
    struct produced *produced = &synthetic->run.evidence.produced;
    if (!synthetic->sold_out || synthetic->undecided || !produced->count)
        return false;
    produced->v[rng_below(&synthetic->rng, produced->count)].decoded = false;
    expect_unknown(expectations, "slots_burned");
    expect_unknown(expectations, "duplicate");
    return observe(synthetic);
}

static bool park_more(struct synthetic *synthetic, struct expectations *expectations)
{
    struct expected *parked = expect_fail(expectations, "parked");
    struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_WINNER) : NULL;
    if (!user || synthetic_park(synthetic, user->user, NULL))
        return false;
    lose(synthetic, user);
    for (size_t i = 0; i < synthetic->users_count; i++)
        if (synthetic->users[i].parked && synthetic->users[i].fate == FATE_WINNER)
            expect_user(parked, synthetic->users[i].user);
    /* Ghosts among the parked were counted into the budget, but were never told yes. */
    synthetic_expect(synthetic, "parked")->at_most = (int64_t)parked->users_count - 1;
    return observe(synthetic);
}

const struct mutation *mutations_rows(size_t *ret_count)
{
    static const struct mutation table[] = {
        {"produced, never written", "lost", skip_rows},
        {"accepted, never produced", "lost", skip_record},
        {"asked twice, never written", "retry", skip_twice},
        {"one lost, one twice", "lost", lose_and_double},
        {"undecided answers, never written", "lost", skip_undecided},
        {"told no, got one", "phantom", give_to_loser},
        {"turned away by a limiter, got one", "phantom", give_to_limited},
        {"the loser got the winner's", "phantom", give_to_other},
        {"wrong user in the row", "unexpected", give_to_stranger},
        {"never arrived, got one", "unexpected", give_to_absent},
        {"row of an earlier run", "unexpected", leave_row},
        {"rows written again", "duplicate", double_rows},
        {"asked twice, got two", "retry", double_twice},
        {"produced again", "duplicate", double_record},
        {"counter too high", "counter", miscount},
        {"counter restarted", "counter", restart_counter},
        {"slot burned by a failed send", "slots_burned", burn_slot},
        {"record that nobody can read", "slots_burned", garble_record},
        {"parked beyond the budget", "parked", park_more},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
