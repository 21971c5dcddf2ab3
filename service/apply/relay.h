/* Publishes the outbox of strategy exact: reads users from it by rank, produces them with an
 * idempotent producer, and removes those whose delivery the broker has confirmed. Everything that
 * it knows is in Redis and in the topic, so it can be killed at any instant.
 *
 * One relay works at a time: it holds a lease in Redis (key coupon_relay), others wait for it. A
 * relay that takes over first looks for records that its predecessor published and did not live to
 * remove. What slips through all that is a record published twice, which coupon-consumer
 * --exactly-once makes harmless.
 *
 * A thread of its own. The counters may be read by any thread. */
#ifndef APPLY_RELAY_H
#define APPLY_RELAY_H

#include <stdbool.h>

#include "apply/redis_address.h"
#include "base/clock.h"
#include "base/err.h"
#include "common/metrics.h"

struct relay_settings {
    struct redis_address redis;
    ns_t redis_timeout;
    const char *brokers;
    const char *topic;
    ns_t grace;                 /* of the stop, for records under way */
    void (*working)(void *arg); /* told when the lease is first held; may be NULL */
    void *arg;
};

struct relay_counts {
    struct counter published; /* confirmed by the broker and removed from the outbox */
    struct counter recovered; /* found in the topic after a takeover, and removed */
    struct counter outbox;    /* length, as last seen */
    struct counter working;   /* 1 while it holds the lease */
};

struct relay;

int relay_start(const struct relay_settings *settings, struct relay **ret_relay, struct err *err)
    __attribute__((warn_unused_result));

/* Waits for the records under way, removes them, gives the lease back. NULL is fine. */
void relay_stop(struct relay *relay);

const struct relay_counts *relay_counts(const struct relay *relay);

#endif
