/* The simulated service and its answers. Its stores are in plant_stores.c. */
#include "verify/plant.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "verify/order.h"
#include "verify/plant_stores.h"

#define ORIGIN (1000 * NS_PER_S)

/* ---- who asks ---- */

static bool chance(struct plant *plant, uint64_t percent)
{
    return rng_below(&plant->rng, 100) < percent;
}

static ns_t span(struct plant *plant, ns_t low, ns_t high)
{
    return rng_between(&plant->rng, low, high);
}

/* Trouble on the way is rare, and half of the plants have none. */
static enum fate draw_fate(struct plant *plant, bool trouble)
{
    if (!trouble || !chance(plant, 12))
        return FATE_LOSER; /* or winner: the order of effects decides */
    static const enum fate troubles[] = {FATE_GHOST, FATE_LIMBO, FATE_BROKEN, FATE_ABSENT};
    return troubles[rng_below(&plant->rng, 4)];
}

static int draw_users(struct plant *plant)
{
    size_t count = 40 + rng_below(&plant->rng, 160);
    bool trouble = !plant->undecided && chance(plant, 50);
    plant->users = calloc(count, sizeof *plant->users);
    if (!plant->users)
        return -(int)ERR_MEMORY;
    plant->users_count = count;
    int64_t first = rng_between(&plant->rng, -50, 5000);
    for (size_t i = 0; i < count; i++) {
        plant->users[i].user = first + (int64_t)i;
        plant->users[i].fate = draw_fate(plant, trouble);
        plant->users[i].twice = plant->once_per_user && chance(plant, 20);
    }
    /* Rows of shuffled users: nothing may depend on users and requests being in the same order. */
    for (size_t i = count; i > 1; i--) {
        size_t j = rng_below(&plant->rng, i);
        struct plant_user swap = plant->users[i - 1];
        plant->users[i - 1] = plant->users[j];
        plant->users[j] = swap;
    }
    plant->sold_out = !chance(plant, 10);
    plant->scenario.limit =
        plant->sold_out ? rng_between(&plant->rng, 5, (int64_t)count / 2) : (int64_t)count + 5;
    return 0;
}

/* ---- requests ---- */

static ns_t release_of(struct plant *plant, size_t i)
{
    if (plant->shape == PLANT_BURST)
        return ORIGIN + (i ? span(plant, 0, 4 * NS_PER_MS) : 0);
    return ORIGIN + (ns_t)(i / 10) * 20 * NS_PER_MS + (i ? span(plant, 0, 2 * NS_PER_MS) : 0);
}

static struct request *add_request(struct plant *plant, const struct plant_user *user, ns_t planned)
{
    struct history *history = &plant->run.history;
    struct request *request = &history->v[history->count];
    ns_t released = planned + span(plant, 0, 10 * NS_PER_US);
    ns_t least = plant->shape == PLANT_BURST ? 15 * NS_PER_MS : NS_PER_MS;
    *request = (struct request){
        .user = user->user,
        .planned = planned,
        .released = released,
        .done = released + least + span(plant, 0, 15 * NS_PER_MS),
        .seq = (uint32_t)history->count,
        .attempt = 1,
    };
    request->first_byte = request->done - span(plant, 0, NS_PER_US);
    history->count++;
    return request;
}

/* Each fate's answer when it is not the service that decides. */
static void lose_answer(struct request *request, enum fate fate)
{
    static const struct {
        enum request_class cls;
        enum request_cause cause;
        uint16_t status;
    } answers[] = {
        [FATE_GHOST] = {CLASS_UNKNOWN, CAUSE_TIMEOUT, 0},
        [FATE_LIMBO] = {CLASS_UNKNOWN, CAUSE_RESET, 0},
        [FATE_BROKEN] = {CLASS_FAILED, CAUSE_SERVER_ERROR, 500},
        [FATE_ABSENT] = {CLASS_FAILED, CAUSE_REFUSED, 0},
    };
    request->cls = (uint8_t)answers[fate].cls;
    request->cause = (uint8_t)answers[fate].cause;
    request->status = answers[fate].status;
    if (!request->status)
        request->first_byte = 0;
}

static void answer(const struct plant *plant, struct request *request, bool yes, struct maybe rank)
{
    request->status = plant->undecided ? 200 : yes ? 202 : 410;
    request->cls = plant->undecided ? CLASS_UNKNOWN : yes ? CLASS_ACCEPTED : CLASS_REJECTED;
    request->cause = plant->undecided ? CAUSE_UNDECIDED : CAUSE_NONE;
    request_set_rank(request, yes && !plant->undecided ? rank : (struct maybe){0});
}

static int fire(struct plant *plant, struct err *err)
{
    int rc = history_init(&plant->run.history, 2 * plant->users_count, err);
    if (rc)
        return rc;
    plant->run.history.origin = ORIGIN;
    for (size_t i = 0; i < plant->users_count; i++) {
        struct plant_user *user = &plant->users[i];
        user->request = plant->run.history.count;
        struct request *request = add_request(plant, user, release_of(plant, i));
        user->applied = span(plant, request->released + 1, request->done - 1);
    }
    return 0;
}

/* A second request of a user that is through with its first one: told no either way. In a burst it
 * overlaps the first one, in waves it comes after it. */
static void fire_again(struct plant *plant)
{
    for (size_t i = 0; i < plant->users_count; i++) {
        const struct plant_user *user = &plant->users[i];
        if (!user->twice || user->fate == FATE_ABSENT)
            continue;
        const struct request first = plant->run.history.v[user->request];
        ns_t planned = plant->shape == PLANT_BURST ? first.released : first.done + NS_PER_MS;
        bool open = user->fate == FATE_LIMBO || user->fate == FATE_BROKEN;
        struct request *again = add_request(plant, user, planned);
        again->attempt = 2;
        if (open || again->done <= user->applied) /* lost as well, so that one decision is enough */
            lose_answer(again, FATE_LIMBO);
        else
            answer(plant, again, false, (struct maybe){0});
    }
}

/* ---- the service ---- */

/* The exact service: whoever takes effect first takes a slot. */
static int decide(struct plant *plant)
{
    _cleanup_free_ struct keyed *order = malloc(plant->users_count * sizeof *order);
    if (!order)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < plant->users_count; i++)
        order[i] = (struct keyed){.key = plant->users[i].applied, .index = (uint32_t)i};
    if (order_pairs(order, plant->users_count))
        return -(int)ERR_MEMORY;
    int64_t taken = 0;
    for (size_t i = 0; i < plant->users_count; i++) {
        struct plant_user *user = &plant->users[order[i].index];
        struct request *request = &plant->run.history.v[user->request];
        bool reaches = user->fate == FATE_LOSER || user->fate == FATE_GHOST;
        bool wins = reaches && taken < plant->scenario.limit;
        taken += wins;
        if (user->fate == FATE_LOSER) {
            user->fate = wins ? FATE_WINNER : FATE_LOSER;
            answer(plant, request, wins, maybe_of(taken));
        } else {
            lose_answer(request, user->fate);
            if (user->fate == FATE_GHOST && !wins)
                user->fate = FATE_LIMBO;
        }
        if (wins && plant_serve(plant, user))
            return -(int)ERR_MEMORY;
    }
    return 0;
}

/* ---- the scenario ---- */

static void draw_scenario(struct plant *plant)
{
    struct scenario *scenario = &plant->scenario;
    plant->shape = (enum plant_shape)rng_below(&plant->rng, PLANT_SHAPES);
    plant->once_per_user = chance(plant, 40);
    plant->undecided = !plant->once_per_user && chance(plant, 15);
    plant->phase = plant->shape == PLANT_BURST ? (struct spec_phase){.burst = &plant->burst}
                                               : (struct spec_phase){.waves = &plant->waves};
    scenario->name = (char *)(uintptr_t) "planted";
    scenario->load = &plant->phase;
    scenario->load_count = 1;
    scenario->responses.accepted = &plant->accepted_rule;
    scenario->responses.rejected = &plant->rejected_rule;
    scenario->responses.undecided = &plant->undecided_rule;
    scenario->responses.accepted_count = scenario->responses.rejected_count = !plant->undecided;
    scenario->responses.undecided_count = plant->undecided;
    plant->topics[0] = (char *)(uintptr_t) "coupon_create";
    plant->pipeline = (struct spec_pipeline){.topics = plant->topics, .topics_count = 1};
    plant->counter.counts = plant->once_per_user ? COUNTS_ACCEPTS : COUNTS_REQUESTS;
    scenario->evidence = (struct spec_evidence){.coupons = &plant->coupons,
                                                .parked = &plant->parked,
                                                .counter = &plant->counter,
                                                .pipeline = &plant->pipeline};
    scenario->expect = plant->expect;
}

int plant_new(uint64_t seed, struct plant **ret_plant, struct err *err)
{
    struct plant *plant = calloc(1, sizeof *plant);
    if (!plant)
        return err_set(err, ERR_MEMORY, "no room for a planted run");
    rng_seed(&plant->rng, seed);
    run_init(&plant->run);
    plant->run.scenario = &plant->scenario;
    draw_scenario(plant);
    int rc = draw_users(plant);
    if (!rc)
        rc = fire(plant, err);
    if (!rc)
        rc = decide(plant);
    if (!rc) {
        fire_again(plant);
        rc = plant_collect(plant);
    }
    if (!rc)
        rc = plant_observe(plant, err);
    if (rc) {
        plant_free(plant);
        return err_set(err, ERR_MEMORY, "no room for a planted run");
    }
    *ret_plant = plant;
    return 0;
}

void plant_free(struct plant *plant)
{
    if (!plant)
        return;
    run_free(&plant->run);
    free(plant->users);
    free(plant);
}
