/* INCR decides; a record goes to the topic and the answer does not wait for it. */
#include "apply/ask.h"
#include "apply/counting.h"
#include "apply/loop.h"
#include "apply/producer.h"
#include "apply/strategy.h"

static void on_slot(struct ask *ask, enum slot slot)
{
    if (slot != SLOT_WON) {
        counting_refuse(ask, slot);
    } else if (producer_send(ask->loop->app->producer, ask->user)) {
        ask_answer(ask, OUTCOME_ACCEPTED, NULL);
    } else {
        counter_add(&ask->loop->stats.burned[BURN_PRODUCE], 1);
        ask->rank = 0;
        ask_answer(ask, OUTCOME_UNAVAILABLE, "kafka takes no more records");
    }
}

static void decide(struct ask *ask)
{
    counting_take(ask, on_slot);
}

const struct strategy strategy_kafka = {
    .name = "kafka",
    .design = "INCR coupon_count; up to the limit a record goes to the topic, and the consumer "
              "inserts the rows. The answer does not wait for the broker.",
    .flaw = "Exact only once drained. A failed send burns a slot and loses a coupon; a redelivery "
            "makes two.",
    .needs = NEEDS_REDIS | NEEDS_KAFKA,
    .decide = decide,
};
