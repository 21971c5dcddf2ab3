#include "apply/sell.h"

#include "apply/loop.h"
#include "apply/pool.h"

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

void sell(struct ask *ask)
{
    struct loop *loop = ask->loop;
    const struct session_values values = {
        .count = 3, .user = ask->user, .item = ask->item, .units = ask->units};
    if (pool_reserve(loop->pool))
        pool_run(loop->pool, 0, &values, false, on_sold, ask);
    else
        refuse(ask);
}
