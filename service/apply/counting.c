#include "apply/counting.h"

#include "apply/loop.h"

static const char INCR[] = "*2\r\n$4\r\nINCR\r\n$12\r\ncoupon_count\r\n";

static void on_count(redisAsyncContext *context, void *reply_, void *arg)
{
    (void)context;
    struct ask *ask = arg;
    struct loop *loop = ask->loop;
    const redisReply *reply = reply_;
    enum slot slot = SLOT_UNKNOWN;
    /* An error reply has counted nothing; a lost connection may have. */
    if (!reply) {
        counter_add(&loop->stats.burned[BURN_UNCERTAIN], 1);
    } else if (reply->type == REDIS_REPLY_INTEGER) {
        ask->rank = reply->integer;
        slot = reply->integer <= loop->app->settings->limit ? SLOT_WON : SLOT_SOLD_OUT;
    }
    ask->decided(ask, slot);
}

void counting_take(struct ask *ask, counting_fn *decided)
{
    ask->decided = decided;
    if (!link_send(ask->loop->link, INCR, sizeof INCR - 1, on_count, ask))
        decided(ask, SLOT_UNKNOWN);
}

void counting_refuse(struct ask *ask, enum slot slot)
{
    ask->rank = 0; /* a count over the limit is no rank */
    if (slot == SLOT_SOLD_OUT)
        ask_answer(ask, OUTCOME_SOLD_OUT, NULL);
    else
        ask_answer(ask, OUTCOME_UNAVAILABLE, "redis is down");
}
