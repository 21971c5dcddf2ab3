/* Corruptions of the stores: rows, records and the counter that do not fit the answers. All of them
 * want a plant that is sold out, so that one coupon more or less is a wrong number. */
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

static void lose(struct plant *plant, struct plant_user *user)
{
    plant_remove_rows(plant, user->user);
    user->parked = true; /* nobody picks it again */
}

/* ---- lost ---- */

/* Accepted and produced, but the consumer skipped it: one to four users. */
static bool skip_rows(struct plant *plant, struct expectations *expectations)
{
    struct expected *lost = expect_fail(expectations, "lost");
    for (uint64_t i = 1 + rng_below(&plant->rng, 4); i > 0; i--) {
        struct plant_user *user = decided(plant) ? pick_user(plant, FATE_WINNER) : NULL;
        if (!user)
            return false;
        lose(plant, user);
        expect_user(lost, user->user);
    }
    expect_fail(expectations, "cap_exact");
    expect_fail(expectations, "drained");
    if (!observe(plant))
        return false;
    plant->run.drain.outcome = DRAIN_DRAINED_LOSSY;
    return true;
}

/* Accepted, but the send failed: the slot is burned as well. */
static bool skip_record(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *user = decided(plant) ? pick_user(plant, FATE_WINNER) : NULL;
    if (!user)
        return false;
    lose(plant, user);
    plant_remove_records(plant, user->user);
    expect_user(expect_fail(expectations, "lost"), user->user);
    expect_fail(expectations, "slots_burned");
    expect_fail(expectations, "cap_exact");
    return observe(plant);
}

/* Who asked twice is lost like anybody else, and `retry` says so too. */
static bool skip_twice(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *user = decided(plant) ? pick_twice(plant, FATE_WINNER) : NULL;
    if (!user)
        return false;
    lose(plant, user);
    expect_user(expect_fail(expectations, "lost"), user->user);
    expect_user(expect_fail(expectations, "retry"), user->user);
    expect_fail(expectations, "cap_exact");
    return observe(plant);
}

/* Sets, not counts: one lost and one twice make the right number of rows. */
static bool lose_and_double(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *lost = decided(plant) ? pick_user(plant, FATE_WINNER) : NULL;
    if (!lost)
        return false;
    lose(plant, lost);
    struct plant_user *twice = pick_user(plant, FATE_WINNER);
    if (!twice || plant_add_row(plant, twice->user, NULL))
        return false;
    expect_user(expect_fail(expectations, "lost"), lost->user);
    expect_user(expect_fail(expectations, "duplicate"), twice->user);
    expect_fail(expectations, "cap_exact");
    return observe(plant);
}

/* Answers cannot be told apart: only the topic knows who is missing. */
static bool skip_undecided(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *user =
        plant->undecided && plant->sold_out ? pick_user(plant, FATE_WINNER) : NULL;
    if (!user)
        return false;
    lose(plant, user);
    expect_user(expect_fail(expectations, "lost"), user->user);
    expect_fail(expectations, "cap_exact");
    return observe(plant);
}

/* ---- phantom, unexpected ---- */

static bool give_to_loser(struct plant *plant, struct expectations *expectations)
{
    struct expected *phantom = expect_fail(expectations, "phantom");
    for (uint64_t i = 1 + rng_below(&plant->rng, 3); i > 0; i--) {
        struct plant_user *user = decided(plant) ? pick_user(plant, FATE_LOSER) : NULL;
        if (!user || plant_add_row(plant, user->user, NULL))
            return false;
        user->parked = true;
        expect_user(phantom, user->user);
    }
    expect_fail(expectations, "cap_exact");
    if (plant->run.evidence.coupons.count > (size_t)plant->scenario.limit)
        expect_fail(expectations, "cap_safety");
    return observe(plant);
}

/* The number is right, the person is not. */
static bool give_to_other(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *winner = decided(plant) ? pick_user(plant, FATE_WINNER) : NULL;
    struct plant_user *loser = decided(plant) ? pick_user(plant, FATE_LOSER) : NULL;
    if (!winner || !loser || plant_add_row(plant, loser->user, NULL))
        return false;
    lose(plant, winner);
    expect_user(expect_fail(expectations, "lost"), winner->user);
    expect_user(expect_fail(expectations, "phantom"), loser->user);
    return observe(plant);
}

static bool give_to_stranger(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *winner = decided(plant) ? pick_user(plant, FATE_WINNER) : NULL;
    int64_t nobody = stranger(plant);
    if (!winner || plant_add_row(plant, nobody, NULL))
        return false;
    lose(plant, winner);
    expect_user(expect_fail(expectations, "lost"), winner->user);
    expect_user(expect_fail(expectations, "unexpected"), nobody);
    return observe(plant);
}

/* Nothing of this user ever arrived, and yet it has a coupon. */
static bool give_to_absent(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *absent = plant->sold_out ? pick_user(plant, FATE_ABSENT) : NULL;
    if (!absent || plant_add_row(plant, absent->user, NULL))
        return false;
    expect_user(expect_fail(expectations, "unexpected"), absent->user);
    expect_fail(expectations, "cap_exact");
    if (plant->run.evidence.coupons.count > (size_t)plant->scenario.limit)
        expect_fail(expectations, "cap_safety");
    return observe(plant);
}

/* A row of an earlier run was left behind; its user may be one of this run's winners. */
static bool leave_row(struct plant *plant, struct expectations *expectations)
{
    struct evidence *evidence = &plant->run.evidence;
    if (!plant->sold_out || evidence->coupons.count < (size_t)plant->scenario.limit)
        return false;
    int64_t nobody = stranger(plant);
    if (plant_add_row(plant, nobody, NULL))
        return false;
    evidence->before.v = malloc(sizeof *evidence->before.v);
    if (!evidence->before.v)
        return false;
    evidence->before.v[0] = evidence->coupons.v[evidence->coupons.count - 1];
    evidence->before.count = 1;
    expect_user(expect_fail(expectations, "unexpected"), nobody);
    return observe(plant);
}

/* ---- duplicate ---- */

static bool double_rows(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *user = decided(plant) ? pick_user(plant, FATE_WINNER) : NULL;
    if (!user)
        return false;
    struct expected *duplicate = expect_fail(expectations, "duplicate");
    for (uint64_t i = 1 + rng_below(&plant->rng, 3); i > 0; i--)
        if (plant_add_row(plant, user->user, NULL))
            return false;
    expect_user(duplicate, user->user);
    if (plant->run.evidence.coupons.count > (size_t)plant->scenario.limit)
        expect_fail(expectations, "cap_safety");
    return observe(plant);
}

static bool double_twice(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *user = decided(plant) ? pick_twice(plant, FATE_WINNER) : NULL;
    if (!user || plant_add_row(plant, user->user, NULL))
        return false;
    expect_user(expect_fail(expectations, "duplicate"), user->user);
    expect_user(expect_fail(expectations, "retry"), user->user);
    if (plant->run.evidence.coupons.count > (size_t)plant->scenario.limit)
        expect_fail(expectations, "cap_safety");
    return observe(plant);
}

static bool double_record(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *user = plant->sold_out ? pick_user(plant, FATE_WINNER) : NULL;
    if (!user || plant_add_record(plant, user->user, NULL))
        return false;
    expect_user(expect_fail(expectations, "duplicate"), user->user);
    return observe(plant);
}

/* ---- counter, slots, parked ---- */

/* Always more requests than the limit, so a few more or fewer calls leave the slots alone. */
static bool miscount(struct plant *plant, struct expectations *expectations)
{
    struct counter_reading *counter = &plant->run.evidence.counter;
    if (!plant->sold_out)
        return false;
    int64_t most = plant->run.tally.sent + 1;
    counter->after = counter->before + most + (int64_t)rng_below(&plant->rng, 5);
    expect_fail(expectations, "counter");
    return observe(plant);
}

/* The key expired in the middle, or somebody deleted it. */
static bool restart_counter(struct plant *plant, struct expectations *expectations)
{
    struct counter_reading *counter = &plant->run.evidence.counter;
    if (!decided(plant))
        return false;
    counter->before = 1000;
    counter->after = (int64_t)rng_below(&plant->rng, 7);
    expect_fail(expectations, "counter");
    expect_fail(expectations, "slots_burned");
    return observe(plant);
}

/* The slot was counted, the answer was an error, and nobody got it. */
static bool burn_slot(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *user = decided(plant) ? pick_user(plant, FATE_WINNER) : NULL;
    if (!user)
        return false;
    struct request *request = request_of(plant, user);
    request->cls = CLASS_FAILED;
    request->cause = CAUSE_SERVER_ERROR;
    request->status = 503;
    request->ranked = false;
    plant_expect(plant, "errors")->at_most++;
    lose(plant, user);
    plant_remove_records(plant, user->user);
    expect_fail(expectations, "slots_burned");
    expect_fail(expectations, "cap_exact");
    return observe(plant);
}

static bool garble_record(struct plant *plant, struct expectations *expectations)
{
    struct produced *produced = &plant->run.evidence.produced;
    if (!plant->sold_out || plant->undecided || !produced->count)
        return false;
    produced->v[rng_below(&plant->rng, produced->count)].decoded = false;
    expect_unknown(expectations, "slots_burned");
    expect_unknown(expectations, "duplicate");
    return observe(plant);
}

static bool park_more(struct plant *plant, struct expectations *expectations)
{
    struct expected *parked = expect_fail(expectations, "parked");
    struct plant_user *user = decided(plant) ? pick_user(plant, FATE_WINNER) : NULL;
    if (!user || plant_park(plant, user->user, NULL))
        return false;
    lose(plant, user);
    for (size_t i = 0; i < plant->users_count; i++)
        if (plant->users[i].parked && plant->users[i].fate == FATE_WINNER)
            expect_user(parked, plant->users[i].user);
    /* Ghosts among the parked were counted into the budget, but were never told yes. */
    plant_expect(plant, "parked")->at_most = (int64_t)parked->users_count - 1;
    return observe(plant);
}

const struct corruption *corruptions_rows(size_t *ret_count)
{
    static const struct corruption table[] = {
        {"produced, never written", "lost", skip_rows},
        {"accepted, never produced", "lost", skip_record},
        {"asked twice, never written", "retry", skip_twice},
        {"one lost, one twice", "lost", lose_and_double},
        {"undecided answers, never written", "lost", skip_undecided},
        {"told no, got one", "phantom", give_to_loser},
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
