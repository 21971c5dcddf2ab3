/* The simulated service and its answers. Its stores are in synthetic_stores.c. */
#include "selftest/synthetic.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/order.h"
#include "selftest/synthetic_stores.h"

#define ORIGIN (1000 * NS_PER_S)

/* ---- who asks ---- */

static bool chance(struct synthetic *synthetic, uint64_t percent)
{
    return rng_below(&synthetic->rng, 100) < percent;
}

static ns_t span(struct synthetic *synthetic, ns_t low, ns_t high)
{
    return rng_between(&synthetic->rng, low, high);
}

/* Trouble on the way is rare, and half of the synthetic runs have none. */
static enum fate draw_fate(struct synthetic *synthetic, bool trouble)
{
    if (!trouble || !chance(synthetic, 12))
        return FATE_LOSER; /* or winner: the order of effects decides */
    static const enum fate troubles[] = {FATE_GHOST, FATE_LIMBO, FATE_BROKEN, FATE_ABSENT};
    return troubles[rng_below(&synthetic->rng, 4)];
}

static int draw_users(struct synthetic *synthetic)
{
    size_t count = 40 + rng_below(&synthetic->rng, 160);
    bool trouble = !synthetic->undecided && chance(synthetic, 50);
    synthetic->users = calloc(count, sizeof *synthetic->users);
    if (!synthetic->users)
        return -(int)ERR_MEMORY;
    synthetic->users_count = count;
    int64_t first = rng_between(&synthetic->rng, -50, 5000);
    for (size_t i = 0; i < count; i++) {
        synthetic->users[i].user = first + (int64_t)i;
        synthetic->users[i].fate = draw_fate(synthetic, trouble);
        synthetic->users[i].twice = synthetic->once_per_user && chance(synthetic, 20);
    }
    /* Rows of shuffled users: nothing may depend on users and requests being in the same order. */
    for (size_t i = count; i > 1; i--) {
        size_t j = rng_below(&synthetic->rng, i);
        struct synthetic_user swap = synthetic->users[i - 1];
        synthetic->users[i - 1] = synthetic->users[j];
        synthetic->users[j] = swap;
    }
    synthetic->sold_out = !chance(synthetic, 10);
    synthetic->scenario.limit = synthetic->sold_out
                                    ? rng_between(&synthetic->rng, 5, (int64_t)count / 2)
                                    : (int64_t)count + 5;
    return 0;
}

/* ---- requests ---- */

static ns_t release_of(struct synthetic *synthetic, size_t i)
{
    if (synthetic->shape == SYNTHETIC_BURST)
        return ORIGIN + (i ? span(synthetic, 0, 4 * NS_PER_MS) : 0);
    return ORIGIN + (ns_t)(i / 10) * 20 * NS_PER_MS + (i ? span(synthetic, 0, 2 * NS_PER_MS) : 0);
}

static struct request *add_request(struct synthetic *synthetic, const struct synthetic_user *user,
                                   ns_t planned)
{
    struct history *history = &synthetic->run.history;
    struct request *request = &history->v[history->count];
    ns_t released = planned + span(synthetic, 0, 10 * NS_PER_US);
    ns_t least = synthetic->shape == SYNTHETIC_BURST ? 15 * NS_PER_MS : NS_PER_MS;
    *request = (struct request){
        .user = user->user,
        .planned = planned,
        .released = released,
        .done = released + least + span(synthetic, 0, 15 * NS_PER_MS),
        .seq = (uint32_t)history->count,
        .attempt = 1,
    };
    request->first_byte = request->done - span(synthetic, 0, NS_PER_US);
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

static void answer(const struct synthetic *synthetic, struct request *request, bool yes,
                   struct maybe rank)
{
    request->status = synthetic->undecided ? 200 : yes ? 202 : 410;
    request->cls = synthetic->undecided ? CLASS_UNKNOWN : yes ? CLASS_ACCEPTED : CLASS_REJECTED;
    request->cause = synthetic->undecided ? CAUSE_UNDECIDED : CAUSE_NONE;
    request_set_rank(request, yes && !synthetic->undecided ? rank : (struct maybe){0});
}

static int fire(struct synthetic *synthetic, struct err *err)
{
    int rc = history_init(&synthetic->run.history, 2 * synthetic->users_count, err);
    if (rc)
        return rc;
    synthetic->run.history.origin = ORIGIN;
    for (size_t i = 0; i < synthetic->users_count; i++) {
        struct synthetic_user *user = &synthetic->users[i];
        user->request = synthetic->run.history.count;
        struct request *request = add_request(synthetic, user, release_of(synthetic, i));
        user->applied = span(synthetic, request->released + 1, request->done - 1);
    }
    return 0;
}

/* A second request of a user that is through with its first one: told no either way. In a burst it
 * overlaps the first one, in waves it comes after it. */
static void fire_again(struct synthetic *synthetic)
{
    for (size_t i = 0; i < synthetic->users_count; i++) {
        const struct synthetic_user *user = &synthetic->users[i];
        if (!user->twice || user->fate == FATE_ABSENT)
            continue;
        const struct request first = synthetic->run.history.v[user->request];
        ns_t planned =
            synthetic->shape == SYNTHETIC_BURST ? first.released : first.done + NS_PER_MS;
        bool open = user->fate == FATE_LIMBO || user->fate == FATE_BROKEN;
        struct request *again = add_request(synthetic, user, planned);
        again->attempt = 2;
        if (open || again->done <= user->applied) /* lost as well, so that one decision is enough */
            lose_answer(again, FATE_LIMBO);
        else
            answer(synthetic, again, false, (struct maybe){0});
    }
}

/* ---- the service ---- */

/* The exact service: whoever takes effect first takes a slot. */
static int decide(struct synthetic *synthetic)
{
    _cleanup_free_ struct keyed *order = malloc(synthetic->users_count * sizeof *order);
    if (!order)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < synthetic->users_count; i++)
        order[i] = (struct keyed){.key = synthetic->users[i].applied, .index = (uint32_t)i};
    if (order_pairs(order, synthetic->users_count))
        return -(int)ERR_MEMORY;
    int64_t taken = 0;
    for (size_t i = 0; i < synthetic->users_count; i++) {
        struct synthetic_user *user = &synthetic->users[order[i].index];
        struct request *request = &synthetic->run.history.v[user->request];
        bool reaches = user->fate == FATE_LOSER || user->fate == FATE_GHOST;
        bool wins = reaches && taken < synthetic->scenario.limit;
        taken += wins;
        if (user->fate == FATE_LOSER) {
            user->fate = wins ? FATE_WINNER : FATE_LOSER;
            answer(synthetic, request, wins, maybe_of(taken));
        } else {
            lose_answer(request, user->fate);
            if (user->fate == FATE_GHOST && !wins)
                user->fate = FATE_LIMBO;
        }
        if (wins && synthetic_serve(synthetic, user))
            return -(int)ERR_MEMORY;
    }
    return 0;
}

/* ---- the scenario ---- */

static void draw_scenario(struct synthetic *synthetic)
{
    struct scenario *scenario = &synthetic->scenario;
    scenario->preflight.clean = true;
    synthetic->shape = (enum synthetic_shape)rng_below(&synthetic->rng, SYNTHETIC_SHAPES);
    synthetic->once_per_user = chance(synthetic, 40);
    synthetic->undecided = !synthetic->once_per_user && chance(synthetic, 15);
    synthetic->phase.kind = synthetic->shape == SYNTHETIC_BURST ? LOAD_BURST : LOAD_WAVES;
    scenario->name = (char *)(uintptr_t) "planted";
    scenario->load = &synthetic->phase;
    scenario->load_count = 1;
    scenario->responses.accepted = &synthetic->accepted_rule;
    scenario->responses.rejected = &synthetic->rejected_rule;
    scenario->responses.undecided = &synthetic->undecided_rule;
    scenario->responses.accepted_count = scenario->responses.rejected_count = !synthetic->undecided;
    scenario->responses.undecided_count = synthetic->undecided;
    synthetic->topics[0] = (char *)(uintptr_t) "coupon_create";
    synthetic->pipeline = (struct spec_pipeline){.queues = synthetic->topics, .queues_count = 1};
    synthetic->counter.counts = synthetic->once_per_user ? COUNTS_ACCEPTS : COUNTS_REQUESTS;
    scenario->evidence = (struct spec_evidence){.coupons = &synthetic->coupons,
                                                .parked = &synthetic->parked,
                                                .counter = &synthetic->counter,
                                                .pipeline = &synthetic->pipeline};
    scenario->expect = synthetic->expect;
}

int synthetic_new(uint64_t seed, struct synthetic **ret_synthetic, struct err *err)
{
    struct synthetic *synthetic = calloc(1, sizeof *synthetic);
    if (!synthetic)
        return err_set(err, ERR_MEMORY, "no room for a synthetic run");
    rng_seed(&synthetic->rng, seed);
    run_init(&synthetic->run);
    synthetic->run.scenario = &synthetic->scenario;
    draw_scenario(synthetic);
    int rc = draw_users(synthetic);
    if (!rc)
        rc = fire(synthetic, err);
    if (!rc)
        rc = decide(synthetic);
    if (!rc) {
        fire_again(synthetic);
        rc = synthetic_collect(synthetic);
    }
    if (!rc)
        rc = synthetic_observe(synthetic, err);
    if (rc) {
        synthetic_free(synthetic);
        return err_set(err, ERR_MEMORY, "no room for a synthetic run");
    }
    *ret_synthetic = synthetic;
    return 0;
}

void synthetic_free(struct synthetic *synthetic)
{
    if (!synthetic)
        return;
    run_free(&synthetic->run);
    free(synthetic->users);
    free(synthetic);
}
