/* The topic's reader: a member of the group that commits only what the caller has saved. Its thread
 * is the one that calls; the group's callbacks run inside these calls. */
#ifndef CONSUMER_FEED_H
#define CONSUMER_FEED_H

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "common/metrics.h"
#include "consumer/batch.h"

struct feed;

struct feed_settings {
    const char *brokers, *topic, *group;
    ns_t session_timeout;
    ns_t grace; /* how long leaving the group may take */
    /* Told whenever the group hands out partitions: "coupon_create[0] coupon_create[2]". */
    void (*assigned)(void *arg, const char *partitions);
    void *arg;
};

struct feed_counts {
    struct counter records;    /* taken */
    struct counter commits;    /* offset commits that the broker has confirmed */
    struct counter rebalances; /* assignments that were taken away */
};

int feed_new(const struct feed_settings *settings, struct feed_counts *counts,
             struct feed **ret_feed, struct err *err) __attribute__((warn_unused_result));

/* Waits until the broker has confirmed what is saved, and leaves the group; gives up after the
 * grace. NULL is fine. */
void feed_free(struct feed *feed);

/* Fills the batch with what is there; waits at most patience for the first record, and from then on
 * linger for more. The batch is not cleared. limit: no more than so many records. */
void feed_fill(struct feed *feed, struct batch *batch, size_t limit, ns_t patience, ns_t linger);

/* Everything that was taken is saved, but for what the batch still holds: commits it, without
 * waiting. */
void feed_saved(struct feed *feed, const struct batch *unsaved);

/* Stays in the group for the span without taking records, or until the stop is asked for. */
void feed_idle(struct feed *feed, ns_t span);

/* Grows when an assignment is taken away: what was taken before and is not saved is somebody
 * else's. */
uint64_t feed_generation(const struct feed *feed);

#endif
