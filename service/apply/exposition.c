#include "apply/exposition.h"

#include <stdio.h>

#include "apply/loop.h"
#include "apply/producer.h"
#include "apply/relay.h"

enum { LABELS_MAX = 64 };

/* The sum over the loops of the counter that lies at this offset of struct stats. */
static double sum(const struct app *app, size_t offset)
{
    uint64_t total = 0;
    for (size_t i = 0; i < app->loop_count; i++)
        total +=
            counter_get((const struct counter *)((const char *)&app->loops[i]->stats + offset));
    return (double)total;
}

#define SUM(app, member) sum(app, offsetof(struct stats, member))

static double sum_at(const struct app *app, size_t offset, size_t index)
{
    return sum(app, offset + index * sizeof(struct counter));
}

static void write_requests(const struct app *app, struct buf *out)
{
    char labels[LABELS_MAX];
    metrics_family(out, "apply_requests_total", "counter", "Requests answered, by result.");
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        snprintf(labels, sizeof labels, "result=\"%s\"", outcome_answers[i].result);
        metrics_sample(out, "apply_requests_total", labels,
                       sum_at(app, offsetof(struct stats, outcomes), i));
    }
    metrics_single(out, "apply_repeated_answers_total", "counter",
                   "Users who were told 202 again because their first answer may have been lost.",
                   SUM(app, repeated));
    metrics_single(out, "apply_requests_in_flight", "gauge", "Requests that wait for their answer.",
                   SUM(app, in_flight));
    metrics_single(out, "apply_connections", "gauge", "Open client connections.",
                   SUM(app, connections));
    metrics_single(out, "apply_connections_cut_off_total", "counter",
                   "Connections closed because their request took too long to arrive.",
                   SUM(app, cut_off));
}

static void write_durations(const struct app *app, struct buf *out)
{
    static const char name[] = "apply_request_duration_seconds";
    char labels[LABELS_MAX];
    double total = 0;
    metrics_family(out, name, "histogram", "From a request's arrival to its answer.");
    for (size_t i = 0; i < STATS_BUCKETS; i++) {
        total += sum_at(app, offsetof(struct stats, durations), i);
        snprintf(labels, sizeof labels, "le=\"%g\"", stats_bounds[i]);
        metrics_sample(out, "apply_request_duration_seconds_bucket", labels, total);
    }
    total += sum_at(app, offsetof(struct stats, durations), STATS_BUCKETS);
    metrics_sample(out, "apply_request_duration_seconds_bucket", "le=\"+Inf\"", total);
    metrics_sample(out, "apply_request_duration_seconds_sum", NULL, SUM(app, duration_ns) / 1e9);
    metrics_sample(out, "apply_request_duration_seconds_count", NULL, total);
}

static void write_slots(const struct app *app, struct buf *out)
{
    static const char *const reasons[BURN_COUNT] = {
        [BURN_PRODUCE] = "produce_refused",
        [BURN_INSERT] = "insert_failed",
        [BURN_UNCERTAIN] = "redis_lost",
    };
    char labels[LABELS_MAX];
    metrics_family(out, "apply_slots_burned_total", "counter",
                   "Slots counted for users who get no coupon; redis_lost: at most so many.");
    for (size_t i = 0; i < BURN_COUNT; i++) {
        snprintf(labels, sizeof labels, "reason=\"%s\"", reasons[i]);
        metrics_sample(out, "apply_slots_burned_total", labels,
                       sum_at(app, offsetof(struct stats, burned), i));
    }
    if (app->producer)
        metrics_sample(out, "apply_slots_burned_total", "reason=\"delivery_failed\"",
                       (double)producer_counts(app->producer).failed);
}

static void write_redis(const struct app *app, struct buf *out)
{
    double up = 0, losses = 0;
    for (size_t i = 0; i < app->loop_count; i++) {
        if (!app->loops[i]->link)
            return;
        up += link_up(app->loops[i]->link);
        losses += (double)link_losses(app->loops[i]->link);
    }
    metrics_single(out, "apply_redis_connections", "gauge", "Redis connections that answer.", up);
    metrics_single(out, "apply_redis_connections_lost_total", "counter",
                   "Redis connections that were lost.", losses);
}

static void write_kafka(const struct app *app, struct buf *out)
{
    if (!app->producer)
        return;
    struct producer_counts counts = producer_counts(app->producer);
    metrics_single(out, "apply_kafka_ready", "gauge", "1 when the topic's leaders are known.",
                   producer_ready(app->producer));
    metrics_family(out, "apply_kafka_records_total", "counter", "Records, by what became of them.");
    metrics_sample(out, "apply_kafka_records_total", "state=\"produced\"", (double)counts.produced);
    metrics_sample(out, "apply_kafka_records_total", "state=\"delivered\"",
                   (double)counts.delivered);
    metrics_sample(out, "apply_kafka_records_total", "state=\"failed\"", (double)counts.failed);
    metrics_sample(out, "apply_kafka_records_total", "state=\"refused\"", (double)counts.refused);
    metrics_single(out, "apply_kafka_queue_records", "gauge", "Records still with the producer.",
                   (double)counts.queued);
}

static double sum_pools(const struct app *app, size_t offset)
{
    uint64_t total = 0;
    for (size_t i = 0; i < app->loop_count; i++)
        total += counter_get(
            (const struct counter *)((const char *)&app->loops[i]->pool_counts + offset));
    return (double)total;
}

#define SUM_POOLS(app, member) sum_pools(app, offsetof(struct pool_counts, member))

static void write_pools(const struct app *app, struct buf *out)
{
    if (!(app->strategy->needs & NEEDS_POSTGRES))
        return;
    metrics_single(out, "apply_pool_size", "gauge", "Postgres connections that the pools may have.",
                   (double)app->settings->pool * (double)app->loop_count);
    metrics_single(out, "apply_pool_connected", "gauge", "Postgres connections that are up.",
                   SUM_POOLS(app, connected));
    metrics_single(out, "apply_pool_busy", "gauge", "Postgres connections that run a statement.",
                   SUM_POOLS(app, busy));
    metrics_single(out, "apply_pool_waiting", "gauge", "Statements that wait for a connection.",
                   SUM_POOLS(app, waiting));
    metrics_single(out, "apply_pool_refused_total", "counter",
                   "Requests refused because the queue was full or no connection was up.",
                   SUM_POOLS(app, refused));
    metrics_single(out, "apply_pool_timeouts_total", "counter",
                   "Statements given up after the timeout.", SUM_POOLS(app, timeouts));
}

static void write_relay(const struct app *app, struct buf *out)
{
    if (!app->relay)
        return;
    const struct relay_counts *counts = relay_counts(app->relay);
    metrics_single(out, "apply_relay_working", "gauge",
                   "1 while this process publishes the outbox.",
                   (double)counter_get(&counts->working));
    metrics_single(out, "apply_relay_published_total", "counter",
                   "Users whose records the broker has confirmed.",
                   (double)counter_get(&counts->published));
    metrics_single(out, "apply_relay_recovered_total", "counter",
                   "Users found published already after a takeover.",
                   (double)counter_get(&counts->recovered));
    metrics_single(out, "apply_outbox_users", "gauge", "Users in the outbox, as last seen.",
                   (double)counter_get(&counts->outbox));
}

void exposition_write(const struct app *app, struct buf *out)
{
    metrics_family(out, "apply_info", "gauge", "The settings that decide requests.");
    buf_addf(out, "apply_info{version=\"%s\",strategy=\"%s\",limit=\"%lld\"} 1\n",
             RUSHPROOF_VERSION, app->strategy->name, (long long)app->settings->limit);
    write_requests(app, out);
    write_durations(app, out);
    write_slots(app, out);
    write_redis(app, out);
    write_kafka(app, out);
    write_pools(app, out);
    write_relay(app, out);
}
