#include "consumer/feed.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "common/kafka.h"
#include "consumer/partitions.h"
#include "consumer/positions.h"
#include "consumer/stash.h"
#include "consumer/stop.h"

enum { HEARTBEATS_A_SESSION = 10, IDLE_POLL_MS = 20, ANNOUNCE_MAX = 64 * 1024 };

struct feed {
    struct feed_settings settings;
    struct feed_counts *counts;
    rd_kafka_t *client;
    struct positions positions; /* of the partitions that are assigned */
    uint64_t generation;
    bool committing; /* a commit is on its way */
    bool paused;     /* the partitions are */
    ns_t deadline;   /* of leaving the group; 0: nobody has asked to */
    struct stash stash;
};

/* What is saved and not committed; NULL when there is nothing. */
static rd_kafka_topic_partition_list_t *list_uncommitted(struct feed *feed)
{
    if (!positions_behind(&feed->positions))
        return NULL;
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)feed->positions.count);
    for (size_t i = 0; i < feed->positions.count; i++) {
        const struct position *position = &feed->positions.v[i];
        if (position->saved > position->committed)
            rd_kafka_topic_partition_list_add(list, feed->settings.topic, position->partition)
                ->offset = position->saved;
    }
    return list;
}

/* One commit at a time: while it travels newer offsets gather for the next. */
static void commit(struct feed *feed)
{
    if (feed->committing)
        return;
    rd_kafka_topic_partition_list_t *list = list_uncommitted(feed);
    if (!list)
        return;
    rd_kafka_resp_err_t code = rd_kafka_commit(feed->client, list, true);
    feed->committing = !code;
    if (code)
        log_warn("kafka", "commit: %s", rd_kafka_err2str(code));
    rd_kafka_topic_partition_list_destroy(list);
}

/* Takes in what the broker said. False: the same offsets have to be sent again. */
static bool confirm(struct feed *feed, rd_kafka_resp_err_t code,
                    const rd_kafka_topic_partition_list_t *list)
{
    if (code) {
        log_warn("kafka", "commit: %s", rd_kafka_err2str(code));
        return false;
    }
    counter_add(&feed->counts->commits, 1);
    for (int i = 0; i < list->cnt; i++)
        if (!list->elems[i].err)
            positions_commit(&feed->positions, list->elems[i].partition, list->elems[i].offset);
    return true;
}

static void on_commit(rd_kafka_t *client, rd_kafka_resp_err_t code,
                      rd_kafka_topic_partition_list_t *list, void *opaque)
{
    (void)client;
    struct feed *feed = opaque;
    feed->committing = false;
    if (confirm(feed, code, list))
        commit(feed);
}

/* The answer to a commit whose sender waits. */
struct answer {
    struct feed *feed;
    bool here;
};

static void on_answer(rd_kafka_t *client, rd_kafka_resp_err_t code,
                      rd_kafka_topic_partition_list_t *list, void *opaque)
{
    (void)client;
    struct answer *answer = opaque;
    answer->here = true;
    confirm(answer->feed, code, list);
}

static ns_t earlier(ns_t a, ns_t b)
{
    return a < b ? a : b;
}

/* Commits everything that is saved and waits for the answer, no longer than the grace: the
 * partitions are about to be somebody else's. A commit that is on its way already arrives first,
 * on the same connection; this one carries its offsets too. */
static void commit_all(struct feed *feed)
{
    rd_kafka_topic_partition_list_t *list = list_uncommitted(feed);
    if (!list)
        return;
    ns_t deadline = clock_now() + feed->settings.grace;
    deadline = feed->deadline ? earlier(deadline, feed->deadline) : deadline;
    /* Whoever does not poll this queue gets no answer from it: the struct may live here. */
    struct answer answer = {.feed = feed};
    rd_kafka_queue_t *queue = rd_kafka_queue_new(feed->client);
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(feed->client, list, queue, on_answer, &answer);
    while (!code && !answer.here && clock_now() < deadline)
        rd_kafka_queue_poll_callback(queue, IDLE_POLL_MS);
    if (code || !answer.here)
        log_warn("kafka", "commit: %s", code ? rd_kafka_err2str(code) : "no answer");
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_destroy(list);
}

static void announce(const struct feed *feed, const rd_kafka_topic_partition_list_t *list)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, ANNOUNCE_MAX);
    for (int i = 0; i < list->cnt; i++)
        buf_addf(&text, "%s%s[%d]", i ? " " : "", list->elems[i].topic, list->elems[i].partition);
    feed->settings.assigned(feed->settings.arg, buf_text(&text));
}

static void on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct feed *feed = opaque;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && feed->deadline) {
        rd_kafka_assign(client, list); /* what came too late is given back */
        return;
    }
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        partitions_find_start(client, list);
        rd_kafka_assign(client, list);
        if (feed->paused)
            rd_kafka_pause_partitions(client, list);
        announce(feed, list);
        return;
    }
    if (!rd_kafka_assignment_lost(client))
        commit_all(feed);
    feed->positions.count = 0;
    stash_clear(&feed->stash);
    feed->generation++;
    counter_add(&feed->counts->rebalances, 1);
    log_info("kafka", "partitions revoked");
    rd_kafka_assign(client, NULL);
}

static int make_client(struct feed *feed, struct err *err)
{
    const struct feed_settings *want = &feed->settings;
    char session[32], heartbeat[32];
    int session_ms = (int)(want->session_timeout / NS_PER_MS);
    snprintf(session, sizeof session, "%d", session_ms);
    snprintf(heartbeat, sizeof heartbeat, "%d", session_ms / HEARTBEATS_A_SESSION + 1);
    const struct kafka_setting settings[] = {
        {"bootstrap.servers", want->brokers},
        {"group.id", want->group},
        {"client.id", "coupon-consumer"},
        {"auto.offset.reset", "earliest"},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"session.timeout.ms", session},
        {"heartbeat.interval.ms", heartbeat},
        /* A broker may hold a fetch for so long even when a record comes in between: librdkafka's
         * own mock does. The price is a few hundred small requests a second on an idle topic. */
        {"fetch.wait.max.ms", "5"},
        {"fetch.error.backoff.ms", "20"},
        {"reconnect.backoff.ms", "50"},
        {"reconnect.backoff.max.ms", "1000"},
        {"socket.nagle.disable", "true"},
        {"topic.metadata.refresh.interval.ms", "2000"}, /* a topic may be made after us */
        {"log.connection.close", "false"},
    };
    rd_kafka_conf_t *conf;
    int rc = kafka_conf_make(settings, sizeof settings / sizeof *settings, &conf, err);
    if (rc)
        return rc;
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, on_commit);
    rd_kafka_conf_set_opaque(conf, feed);
    rc = kafka_client_new(RD_KAFKA_CONSUMER, conf, &feed->client, err);
    if (!rc)
        rd_kafka_poll_set_consumer(feed->client);
    return rc;
}

static int subscribe(struct feed *feed, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, feed->settings.topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(feed->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        return err_set(err, ERR_ENVIRONMENT, "cannot subscribe to %s: %s", feed->settings.topic,
                       rd_kafka_err2str(code));
    return 0;
}

int feed_new(const struct feed_settings *settings, struct feed_counts *counts,
             struct feed **ret_feed, struct err *err)
{
    struct feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        return err_set(err, ERR_MEMORY, "out of memory");
    feed->settings = *settings;
    feed->counts = counts;
    int rc = make_client(feed, err);
    if (!rc)
        rc = subscribe(feed, err);
    if (rc) {
        feed_free(feed);
        return rc;
    }
    *ret_feed = feed;
    return 0;
}

static void pause_all(struct feed *feed, bool pause)
{
    feed->paused = pause;
    partitions_pause(feed->client, pause);
}

/* Waits for the commit that is on its way, and for those that follow from it. Nobody takes the
 * records that come meanwhile. */
static void settle(struct feed *feed, ns_t deadline)
{
    pause_all(feed, true);
    commit(feed);
    while ((feed->committing || positions_behind(&feed->positions)) && clock_now() < deadline) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(feed->client, IDLE_POLL_MS);
        if (message)
            rd_kafka_message_destroy(message);
        commit(feed); /* again, when the broker has refused one */
    }
}

/* Commits and leaves the group, by on_rebalance; false when that took longer than the grace. */
static bool leave(struct feed *feed)
{
    feed->deadline = clock_now() + feed->settings.grace;
    settle(feed, feed->deadline);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(feed->client);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(feed->client, queue);
    while (!error && !rd_kafka_consumer_closed(feed->client) && clock_now() < feed->deadline) {
        /* Records that were fetched already come by this queue too: nobody takes them. */
        rd_kafka_message_t *message = rd_kafka_consume_queue(queue, IDLE_POLL_MS);
        if (message)
            rd_kafka_message_destroy(message);
    }
    bool left = error || rd_kafka_consumer_closed(feed->client);
    if (error)
        rd_kafka_error_destroy(error);
    rd_kafka_queue_destroy(queue);
    return left;
}

/* Without a broker a client may never come to its end: it is then left to that of the process. */
static rd_kafka_t *abandoned;

void feed_free(struct feed *feed)
{
    if (!feed)
        return;
    stash_clear(&feed->stash);
    if (feed->client && leave(feed)) {
        rd_kafka_destroy(feed->client);
    } else if (feed->client) {
        log_warn("kafka", "stopped without leaving the group: the broker does not answer");
        abandoned = feed->client;
        return; /* its callbacks still know the feed */
    }
    positions_free(&feed->positions);
    free(feed);
}

/* False when there is no room in memory: the record is not taken, and comes again after a restart.
 */
static bool take(struct feed *feed, struct batch *batch, const rd_kafka_message_t *message)
{
    const struct place place = {.partition = message->partition, .offset = message->offset};
    struct position *position = positions_get(&feed->positions, message->partition);
    if (!position || !batch_add(batch, place, message->payload, message->len))
        return false;
    position->taken = message->offset + 1;
    counter_add(&feed->counts->records, 1);
    return true;
}

/* A record; NULL when none came, or news of the group. */
static rd_kafka_message_t *poll_records(struct feed *feed, int wait_ms)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(feed->client, wait_ms);
    if (!message || !message->err)
        return message;
    log_warn("kafka", "%s", rd_kafka_message_errstr(message));
    rd_kafka_message_destroy(message);
    return NULL;
}

/* What is stashed comes before what the client has. */
static rd_kafka_message_t *next_message(struct feed *feed, int wait_ms)
{
    rd_kafka_message_t *message = stash_take(&feed->stash);
    if (message)
        return message;
    if (feed->paused)
        pause_all(feed, false);
    return poll_records(feed, wait_ms);
}

void feed_fill(struct feed *feed, struct batch *batch, size_t limit, ns_t patience, ns_t linger)
{
    ns_t until = 0;
    int wait_ms = (int)(patience / NS_PER_MS);
    for (size_t taken = 0; taken < limit && !batch_full(batch);) {
        rd_kafka_message_t *message = next_message(feed, wait_ms);
        ns_t now = linger ? clock_now() : 0;
        if (!message && (now >= until || stop_asked()))
            return;
        if (message && !take(feed, batch, message)) {
            stash_return(&feed->stash, message);
            return;
        }
        if (message) {
            rd_kafka_message_destroy(message);
            taken++;
            until = until ? until : now + linger;
        }
        /* In steps, so that a stop is noticed. */
        ns_t left = now < until ? (until - now) / NS_PER_MS : 0;
        wait_ms = left < IDLE_POLL_MS ? (int)left : IDLE_POLL_MS;
    }
}

void feed_saved(struct feed *feed, const struct batch *unsaved)
{
    positions_save(&feed->positions, unsaved);
    commit(feed);
}

/* Keeps the record for the next fill. The partitions are paused once there is no more room; what
 * was on its way then comes again. */
static void keep(struct feed *feed, rd_kafka_message_t *message)
{
    if (!stash_keep(&feed->stash, message)) {
        partitions_rewind(feed->client, message);
        rd_kafka_message_destroy(message);
    }
    if (stash_full(&feed->stash) && !feed->paused)
        pause_all(feed, true);
}

void feed_idle(struct feed *feed, ns_t span)
{
    ns_t until = clock_now() + span;
    while (!stop_asked()) {
        ns_t left = until - clock_now();
        if (left <= 0)
            break;
        int wait_ms = left < IDLE_POLL_MS * NS_PER_MS ? (int)(left / NS_PER_MS) + 1 : IDLE_POLL_MS;
        rd_kafka_message_t *message = poll_records(feed, wait_ms);
        if (message)
            keep(feed, message);
    }
}

uint64_t feed_generation(const struct feed *feed)
{
    return feed->generation;
}
