/* SELECT count(*), then INSERT: what everybody writes first. */
#include "apply/ask.h"
#include "apply/loop.h"
#include "apply/pool.h"
#include "apply/strategy.h"
#include "common/schema.h"

enum { COUNT, INSERT, STATEMENTS };

static const char *const statements[STATEMENTS] = {
    [COUNT] = "SELECT count(*) FROM coupon",
    [INSERT] = "INSERT INTO coupon (user_id) VALUES ($1)",
};

static void refuse(struct ask *ask)
{
    ask->rank = 0;
    ask_answer(ask, OUTCOME_UNAVAILABLE, "postgres is down or overloaded");
}

static void on_insert(void *arg, enum session_result result, int64_t value)
{
    (void)value;
    struct ask *ask = arg;
    if (result == SESSION_DONE)
        ask_answer(ask, OUTCOME_ACCEPTED, NULL);
    else
        refuse(ask);
}

static void on_count(void *arg, enum session_result result, int64_t value)
{
    struct ask *ask = arg;
    struct loop *loop = ask->loop;
    if (result != SESSION_DONE) {
        refuse(ask);
        return;
    }
    /* Right for one request at a time. Between this answer and the INSERT others see the same
     * count. */
    if (value >= loop->app->settings->limit) {
        ask_answer(ask, OUTCOME_SOLD_OUT, NULL);
        return;
    }
    ask->rank = value + 1;
    if (pool_reserve(loop->pool))
        pool_run(loop->pool, INSERT, &(struct session_values){.count = 1, .user = ask->user}, true,
                 on_insert, ask);
    else
        refuse(ask);
}

static void decide(struct ask *ask)
{
    struct loop *loop = ask->loop;
    if (pool_reserve(loop->pool))
        pool_run(loop->pool, COUNT, &(struct session_values){0}, false, on_count, ask);
    else
        refuse(ask);
}

const struct strategy strategy_count = {
    .name = "count",
    .design = "SELECT count(*) FROM coupon, then INSERT, both in the request.",
    .flaw = "Requests that count at the same time all see room: more coupons than the limit. The "
            "comparison itself is right (count >= limit), so one request after the other gives "
            "exactly the limit.",
    .needs = NEEDS_POSTGRES,
    .schema = SCHEMA_CONTRACT,
    .statements = statements,
    .statement_count = STATEMENTS,
    .decide = decide,
};
