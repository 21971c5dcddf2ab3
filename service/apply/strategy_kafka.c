/* INCR decides; a record goes to the topic and the answer does not wait for it. */
#include <hiredis/hiredis.h>

#include "apply/ask.h"
#include "apply/loop.h"
#include "apply/producer.h"
#include "apply/strategy.h"

static const char INCR[] = "*2\r\n$4\r\nINCR\r\n$12\r\ncoupon_count\r\n";

static void on_count(redisAsyncContext *context, void *reply_, void *arg)
{
    (void)context;
    struct ask *ask = arg;
    struct loop *loop = ask->loop;
    const redisReply *reply = reply_;
    if (!reply || reply->type != REDIS_REPLY_INTEGER) {
        /* An error reply has counted nothing; a lost connection may have. */
        counter_add(&loop->stats.burned[BURN_UNCERTAIN], !reply);
        ask_answer(ask, OUTCOME_UNAVAILABLE, "redis is down");
        return;
    }
    if (reply->integer > loop->app->settings->limit) {
        ask_answer(ask, OUTCOME_SOLD_OUT, NULL);
        return;
    }
    ask->rank = reply->integer;
    if (producer_send(loop->app->producer, ask->user)) {
        ask_answer(ask, OUTCOME_ACCEPTED, NULL);
        return;
    }
    counter_add(&loop->stats.burned[BURN_PRODUCE], 1);
    ask_answer(ask, OUTCOME_UNAVAILABLE, "kafka takes no more records");
}

static void decide(struct ask *ask)
{
    if (!link_send(ask->loop->link, INCR, sizeof INCR - 1, on_count, ask))
        ask_answer(ask, OUTCOME_UNAVAILABLE, "redis is down");
}

const struct strategy strategy_kafka = {
    .name = "kafka",
    .design =
        "INCR coupon_count; up to the limit a record goes to the topic, and the consumer inserts "
        "the rows. The answer does not wait for the broker.",
    .flaw = "Exact only once drained. A failed send burns a slot and loses a coupon; a redelivery "
            "makes two.",
    .needs = NEEDS_REDIS | NEEDS_KAFKA,
    .decide = decide,
};
