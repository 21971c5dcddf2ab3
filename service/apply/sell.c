#include "apply/sell.h"

#include "apply/loop.h"
#include "apply/pool.h"
#include "apply/strategy.h"

static void refuse(struct ask *ask)
{
    ask_answer(ask, OUTCOME_UNAVAILABLE, "postgres is down or overloaded");
}

static void on_sold(void *arg, enum session_result result, int64_t value)
{
    struct ask *ask = arg;
    ask->order = value;
    if (result != SESSION_DONE)
        refuse(ask);
    else
        ask_answer(ask, value ? OUTCOME_ACCEPTED : OUTCOME_SOLD_OUT, NULL);
}

static void on_acted(void *arg, enum session_result result, int64_t value)
{
    struct ask *ask = arg;
    if (result != SESSION_DONE)
        refuse(ask);
    else
        ask_answer(ask, value ? OUTCOME_ACCEPTED : OUTCOME_TOO_LATE, NULL);
}

static void run(struct ask *ask, size_t statement, int64_t number, session_done_fn *done)
{
    struct loop *loop = ask->loop;
    const struct session_values values = {
        .count = 3, .user = ask->user, .item = ask->item, .units = number};
    if (pool_reserve(loop->pool))
        pool_run(loop->pool, statement, &values, false, done, ask);
    else
        refuse(ask);
}

void sell(struct ask *ask)
{
    run(ask, 0, ask->units, on_sold);
}

void sell_act(struct ask *ask, const struct act *act)
{
    run(ask, act->statement, ask->order, on_acted);
}
