#include "apply/relay.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "apply/outbox.h"
#include "apply/producer.h"
#include "apply/published.h"
#include "base/log.h"
#include "common/backoff.h"

#define LEASE      (2 * NS_PER_S)
#define LEASE_STEP (NS_PER_S / 2) /* how often it is prolonged */
#define IDLE_FIRST NS_PER_MS
#define IDLE_MAX   (10 * NS_PER_MS)
#define NAP        (20 * NS_PER_MS) /* so that a stop is noticed */
#define POLL       (20 * NS_PER_MS)

enum { MARKS_MAX = 64 };

struct relay {
    struct relay_settings settings;
    struct relay_counts counts;
    struct outbox *outbox;
    struct producer *producer;
    pthread_t thread;
    _Atomic bool stop;
    bool held;      /* the lease */
    bool recovered; /* since the lease was taken */
    bool announced;
    ns_t hold_again;
    struct backoff trouble, idle;
    struct rng rng;
    /* The batch: users sent, reports seen, and what was delivered but is still in the outbox. */
    size_t sent, reported, delivered;
    int64_t done[OUTBOX_BATCH];
    struct mark marks[MARKS_MAX];
    size_t mark_count;
};

static void nap(struct relay *relay, ns_t span)
{
    for (ns_t until = clock_now() + span; !atomic_load(&relay->stop);) {
        ns_t left = until - clock_now();
        if (left <= 0)
            return;
        clock_sleep_until(clock_now() + (left < NAP ? left : NAP));
    }
}

static void move_mark(struct relay *relay, int32_t partition, int64_t next)
{
    size_t i = 0;
    while (i < relay->mark_count && relay->marks[i].partition != partition)
        i++;
    if (i == MARKS_MAX)
        return; /* without a mark a takeover may publish again, which is harmless */
    if (i == relay->mark_count)
        relay->marks[relay->mark_count++] = (struct mark){partition, next};
    else if (relay->marks[i].offset < next)
        relay->marks[i].offset = next;
}

/* @thread relay, inside producer_poll */
static void on_delivery(void *arg, int64_t user, int32_t partition, int64_t offset, bool delivered)
{
    struct relay *relay = arg;
    relay->reported++;
    if (!delivered)
        return; /* it is still in the outbox, and comes again with the next batch */
    relay->done[relay->delivered++] = user;
    if (offset >= 0)
        move_mark(relay, partition, offset + 1);
}

static int open_producer(struct relay *relay, struct err *err)
{
    const struct producer_settings settings = {
        .brokers = relay->settings.brokers,
        .topic = relay->settings.topic,
        .client_id = "apply-relay",
        .idempotent = true,
        .done = on_delivery,
        .arg = relay,
    };
    return producer_new(&settings, &relay->producer, err);
}

/* Prolongs the lease, or tries to take it. */
static int hold(struct relay *relay, struct err *err)
{
    bool held = false;
    int rc = outbox_hold(relay->outbox, LEASE, &held, err);
    if (rc)
        return rc;
    if (held && !relay->held) {
        relay->recovered = false;
        log_info("relay", "publishes the outbox");
    } else if (!held && relay->held) {
        log_warn("relay", "another relay has taken over");
    }
    relay->held = held;
    counter_set(&relay->counts.working, held);
    relay->hold_again = clock_now() + (held ? LEASE_STEP : LEASE_STEP / 5);
    return 0;
}

static int recover(struct relay *relay, struct err *err)
{
    uint64_t removed = 0;
    int rc = published_recover(relay->settings.brokers, relay->settings.topic, relay->outbox,
                               &removed, err);
    if (rc)
        return rc;
    if (removed)
        log_info("relay", "%llu users had been published already", (unsigned long long)removed);
    counter_add(&relay->counts.recovered, removed);
    relay->recovered = true;
    if (!relay->announced && relay->settings.working)
        relay->settings.working(relay->settings.arg);
    relay->announced = true;
    return 0;
}

/* Nothing is read from the outbox before what was delivered is out of it. */
static int remove_delivered(struct relay *relay, struct err *err)
{
    uint64_t removed = 0;
    if (!relay->delivered)
        return 0;
    int rc = outbox_remove(relay->outbox, relay->done, relay->delivered, relay->marks,
                           relay->mark_count, &removed, err);
    if (rc)
        return rc;
    counter_add(&relay->counts.published, relay->delivered);
    relay->delivered = 0;
    relay->mark_count = 0;
    return 0;
}

/* Waits until every record sent has its report. */
static void await_reports(struct relay *relay)
{
    ns_t deadline = INT64_MAX;
    struct err err;
    while (relay->reported < relay->sent && clock_now() < deadline) {
        producer_poll(relay->producer, POLL);
        if (producer_broken(relay->producer))
            return;
        if (atomic_load(&relay->stop) && deadline == INT64_MAX)
            deadline = clock_now() + relay->settings.grace;
        if (clock_now() >= relay->hold_again && hold(relay, &err))
            relay->hold_again = clock_now() + LEASE_STEP; /* Redis is away; the records are not */
    }
}

static void publish(struct relay *relay, const int64_t *users, size_t count)
{
    relay->sent = relay->reported = 0;
    for (size_t i = 0; i < count; i++)
        relay->sent += producer_send(relay->producer, users[i]);
    await_reports(relay);
}

/* An idempotent producer that has lost its thread cannot go on; a new one can, after a look at what
 * the old one achieved. */
static int replace_producer(struct relay *relay, struct err *err)
{
    log_warn("relay", "the producer is broken, making a new one");
    producer_free(relay->producer);
    relay->producer = NULL;
    relay->recovered = false;
    return open_producer(relay, err);
}

static int step(struct relay *relay, struct err *err)
{
    int64_t users[OUTBOX_BATCH];
    size_t count = 0;
    uint64_t length = 0;
    int rc = remove_delivered(relay, err);
    if (!rc && clock_now() >= relay->hold_again)
        rc = hold(relay, err);
    if (!rc && (!relay->producer || producer_broken(relay->producer)))
        rc = replace_producer(relay, err);
    if (!rc && relay->held && !relay->recovered)
        rc = recover(relay, err);
    if (rc || !relay->held)
        return rc;
    rc = outbox_list(relay->outbox, users, &count, &length, err);
    if (rc)
        return rc;
    counter_set(&relay->counts.outbox, length);
    if (!count)
        return 0;
    backoff_reset(&relay->idle);
    publish(relay, users, count);
    return remove_delivered(relay, err);
}

/* What was accepted before the stop is published, if that is possible within the grace. */
static void leave(struct relay *relay)
{
    struct err err;
    ns_t deadline = clock_now() + relay->settings.grace;
    do {
        if (step(relay, &err)) {
            log_warn("relay", "stopped before the outbox was empty: %s", err.message);
            return;
        }
    } while (relay->held && counter_get(&relay->counts.outbox) && clock_now() < deadline);
}

static void *run(void *arg)
{
    struct relay *relay = arg;
    struct err err;
    while (!atomic_load(&relay->stop)) {
        if (step(relay, &err)) {
            log_write(relay->trouble.span ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "relay", "%s",
                      err.message);
            relay->hold_again = 0;
            nap(relay, backoff_next(&relay->trouble, &relay->rng));
            continue;
        }
        backoff_reset(&relay->trouble);
        producer_poll(relay->producer, 0);
        if (!counter_get(&relay->counts.outbox) || !relay->held)
            nap(relay, backoff_next(&relay->idle, &relay->rng));
    }
    leave(relay);
    if (relay->held)
        outbox_let_go(relay->outbox);
    return NULL;
}

int relay_start(const struct relay_settings *settings, struct relay **ret_relay, struct err *err)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (!relay)
        return err_set(err, ERR_MEMORY, "out of memory");
    relay->settings = *settings;
    backoff_init(&relay->trouble, 20 * NS_PER_MS, NS_PER_S / 2);
    backoff_init(&relay->idle, IDLE_FIRST, IDLE_MAX);
    rng_seed(&relay->rng, (uint64_t)clock_now());
    int rc = outbox_new(&settings->redis, settings->redis_timeout, &relay->outbox, err);
    if (!rc)
        rc = open_producer(relay, err);
    if (!rc) {
        int errnum = pthread_create(&relay->thread, NULL, run, relay);
        if (errnum)
            rc = err_errno(err, ERR_ENVIRONMENT, errnum, "cannot start a thread");
    }
    if (rc) {
        producer_free(relay->producer);
        outbox_free(relay->outbox);
        free(relay);
        return rc;
    }
    *ret_relay = relay;
    return 0;
}

void relay_stop(struct relay *relay)
{
    if (!relay)
        return;
    atomic_store(&relay->stop, true);
    pthread_join(relay->thread, NULL);
    producer_free(relay->producer);
    outbox_free(relay->outbox);
    free(relay);
}

const struct relay_counts *relay_counts(const struct relay *relay)
{
    return &relay->counts;
}
