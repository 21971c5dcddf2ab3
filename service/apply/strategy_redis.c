/* INCR decides, then the INSERT in the request. */
#include "apply/ask.h"
#include "apply/counting.h"
#include "apply/loop.h"
#include "apply/pool.h"
#include "apply/strategy.h"
#include "common/schema.h"

static const char *const statements[] = {"INSERT INTO coupon (user_id) VALUES ($1)"};

static const char DOWN[] = "postgres is down or overloaded";

static void on_insert(void *arg, enum session_result result, int64_t value)
{
    (void)value;
    struct ask *ask = arg;
    if (result == SESSION_DONE) {
        ask_answer(ask, OUTCOME_ACCEPTED, NULL);
        return;
    }
    /* Giving the slot back with DECR would let a later request overtake those who were refused
     * meanwhile, and after a lost connection the row may be there. The design burns it. */
    counter_add(&ask->loop->stats.burned[BURN_INSERT], 1);
    ask->rank = 0;
    ask_answer(ask, OUTCOME_UNAVAILABLE, DOWN);
}

static void on_slot(struct ask *ask, enum slot slot)
{
    struct pool *pool = ask->loop->pool;
    if (slot == SLOT_WON) {
        pool_run(pool, 0, &(struct session_values){.count = 1, .user = ask->user}, false, on_insert,
                 ask);
        return;
    }
    pool_release(pool);
    counting_refuse(ask, slot);
}

static void decide(struct ask *ask)
{
    /* The place comes before the slot: an overload then burns none. */
    if (pool_reserve(ask->loop->pool))
        counting_take(ask, on_slot);
    else
        ask_answer(ask, OUTCOME_UNAVAILABLE, DOWN);
}

const struct strategy strategy_redis = {
    .name = "redis",
    .design = "INCR coupon_count; up to the limit INSERT, in the request.",
    .flaw = "Exact, but the database takes the whole rush, and an INSERT that fails burns a slot.",
    .needs = NEEDS_REDIS | NEEDS_POSTGRES,
    .schema = SCHEMA_CONTRACT,
    .statements = statements,
    .statement_count = 1,
    .decide = decide,
};
