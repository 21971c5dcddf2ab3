/* The topic's writer, over librdkafka. Any thread may send; the counters may be read by any thread.
 */
#ifndef APPLY_PRODUCER_H
#define APPLY_PRODUCER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct producer;

struct producer_settings {
    const char *brokers;
    const char *topic;
    const char *client_id;
    bool idempotent;       /* each record in the topic once, whatever is sent again */
    ns_t delivery_timeout; /* until a record counts as failed; 0: never */
    /* The fate of a record; NULL when nobody wants to know.
     * @thread the one that polls */
    void (*done)(void *arg, int64_t user, int32_t partition, int64_t offset, bool delivered);
    void *arg;
};

struct producer_counts {
    uint64_t produced;  /* handed to the client */
    uint64_t delivered; /* acknowledged by the broker */
    uint64_t failed;    /* given up: lost, unless somebody sends them again */
    uint64_t refused;   /* not taken by the client, its queue was full */
    uint64_t queued;    /* still with the client */
};

int producer_new(const struct producer_settings *settings, struct producer **ret_producer,
                 struct err *err) __attribute__((warn_unused_result));

/* Starts a thread that serves delivery reports and asks for the topic's metadata. Without it the
 * owner must call producer_poll. */
int producer_start(struct producer *producer, struct err *err) __attribute__((warn_unused_result));

/* Takes the user for delivery. False when the client's queue is full. */
bool producer_send(struct producer *producer, int64_t user);

/* Serves delivery reports for at most span; returns at once after one batch of them. */
void producer_poll(struct producer *producer, ns_t span);

/* Asks the broker for the topic; at most span. Sets what producer_ready says. */
void producer_look(struct producer *producer, ns_t span);

/* True when the client cannot go on, which happens to an idempotent one that can no longer promise
 * order. */
bool producer_broken(const struct producer *producer);

/* Whether the topic's leader was known when last asked. */
bool producer_ready(const struct producer *producer);

struct producer_counts producer_counts(const struct producer *producer);

/* Waits at most span for what is queued. Returns how many records are still not delivered. */
int producer_flush(struct producer *producer, ns_t span);

/* What is still queued is dropped. NULL is fine. */
void producer_free(struct producer *producer);

#endif
