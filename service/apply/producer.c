#include "apply/producer.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "apply/record.h"
#include "base/log.h"
#include "common/kafka.h"

/* Until the topic is known we ask often, because somebody waits for readiness; later only to notice
 * that the broker has gone. */
enum { LOOK_EAGER_MS = 50, LOOK_CALM_MS = 1000, LOOK_PATIENCE_MS = 1000, POLL_MS = 10 };

struct producer {
    struct producer_settings settings;
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    pthread_t thread;
    bool threaded;
    _Atomic bool stop;
    _Atomic bool ready;
    _Atomic uint64_t produced, delivered, failed, refused;
};

static int ms_of(ns_t span)
{
    return (int)(span / NS_PER_MS);
}

/* The user travels in the message's opaque pointer, so that nothing has to be decoded here. */
static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client;
    struct producer *producer = opaque;
    bool delivered = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    int64_t user = (int64_t)(intptr_t)message->_private;
    atomic_fetch_add(delivered ? &producer->delivered : &producer->failed, 1);
    if (!delivered)
        log_warn("kafka", "user %lld was not delivered: %s", (long long)user,
                 rd_kafka_err2str(message->err));
    if (producer->settings.done)
        producer->settings.done(producer->settings.arg, user, message->partition, message->offset,
                                delivered);
}

static int make_client(struct producer *producer, struct err *err)
{
    const struct producer_settings *want = &producer->settings;
    char timeout[32];
    snprintf(timeout, sizeof timeout, "%d", ms_of(want->delivery_timeout));
    const struct kafka_setting settings[] = {
        {"bootstrap.servers", want->brokers},
        {"client.id", want->client_id},
        {"enable.idempotence", want->idempotent ? "true" : "false"},
        {"message.timeout.ms", timeout},
        {"linger.ms", "1"},
        {"socket.nagle.disable", "true"},
        {"reconnect.backoff.ms", "50"},
        {"reconnect.backoff.max.ms", "1000"},
        {"log.connection.close", "false"},
    };
    rd_kafka_conf_t *conf;
    int rc = kafka_conf_make(settings, sizeof settings / sizeof *settings, &conf, err);
    if (rc)
        return rc;
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, producer);
    rc = kafka_client_new(RD_KAFKA_PRODUCER, conf, &producer->client, err);
    if (rc)
        return rc;
    producer->topic = rd_kafka_topic_new(producer->client, want->topic, NULL);
    if (!producer->topic)
        return err_set(err, ERR_USAGE, "topic %s: %s", want->topic,
                       rd_kafka_err2str(rd_kafka_last_error()));
    return 0;
}

int producer_new(const struct producer_settings *settings, struct producer **ret_producer,
                 struct err *err)
{
    struct producer *producer = calloc(1, sizeof *producer);
    if (!producer)
        return err_set(err, ERR_MEMORY, "out of memory");
    producer->settings = *settings;
    int rc = make_client(producer, err);
    if (rc) {
        producer_free(producer);
        return rc;
    }
    *ret_producer = producer;
    return 0;
}

static void *serve(void *arg)
{
    struct producer *producer = arg;
    ns_t next_look = 0;
    while (!atomic_load(&producer->stop)) {
        if (clock_now() >= next_look) {
            producer_look(producer, LOOK_PATIENCE_MS * NS_PER_MS);
            bool calm = producer_ready(producer);
            next_look = clock_now() + (calm ? LOOK_CALM_MS : LOOK_EAGER_MS) * NS_PER_MS;
        }
        producer_poll(producer, POLL_MS * NS_PER_MS);
    }
    return NULL;
}

int producer_start(struct producer *producer, struct err *err)
{
    int errnum = pthread_create(&producer->thread, NULL, serve, producer);
    if (errnum)
        return err_errno(err, ERR_ENVIRONMENT, errnum, "cannot start a thread");
    producer->threaded = true;
    return 0;
}

bool producer_send(struct producer *producer, int64_t user)
{
    uint8_t bytes[RECORD_SIZE];
    record_encode(user, bytes);
    int rc = rd_kafka_produce(producer->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, bytes,
                              sizeof bytes, NULL, 0, (void *)(intptr_t)user);
    atomic_fetch_add(rc ? &producer->refused : &producer->produced, 1);
    return rc == 0;
}

void producer_poll(struct producer *producer, ns_t span)
{
    rd_kafka_poll(producer->client, ms_of(span));
}

static bool has_leaders(const rd_kafka_metadata_t *metadata)
{
    if (metadata->topic_cnt != 1 || metadata->topics[0].err || !metadata->topics[0].partition_cnt)
        return false;
    for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
        if (metadata->topics[0].partitions[i].leader < 0)
            return false;
    return true;
}

void producer_look(struct producer *producer, ns_t span)
{
    const rd_kafka_metadata_t *metadata;
    rd_kafka_resp_err_t code =
        rd_kafka_metadata(producer->client, 0, producer->topic, &metadata, ms_of(span));
    bool ready = !code && has_leaders(metadata);
    if (!code)
        rd_kafka_metadata_destroy(metadata);
    if (atomic_exchange(&producer->ready, ready) != ready)
        log_info("kafka", "topic %s is %s", producer->settings.topic,
                 ready ? "there" : "out of reach");
}

bool producer_broken(const struct producer *producer)
{
    char reason[256];
    return rd_kafka_fatal_error(producer->client, reason, sizeof reason) !=
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool producer_ready(const struct producer *producer)
{
    return atomic_load(&producer->ready);
}

struct producer_counts producer_counts(const struct producer *producer)
{
    return (struct producer_counts){
        .produced = atomic_load(&producer->produced),
        .delivered = atomic_load(&producer->delivered),
        .failed = atomic_load(&producer->failed),
        .refused = atomic_load(&producer->refused),
        .queued = (uint64_t)rd_kafka_outq_len(producer->client),
    };
}

int producer_flush(struct producer *producer, ns_t span)
{
    rd_kafka_flush(producer->client, ms_of(span));
    return rd_kafka_outq_len(producer->client);
}

void producer_free(struct producer *producer)
{
    if (!producer)
        return;
    if (producer->threaded) {
        atomic_store(&producer->stop, true);
        rd_kafka_queue_t *queue = rd_kafka_queue_get_main(producer->client);
        rd_kafka_queue_yield(queue); /* the thread polls it */
        rd_kafka_queue_destroy(queue);
        pthread_join(producer->thread, NULL);
    }
    if (producer->topic)
        rd_kafka_topic_destroy(producer->topic);
    if (producer->client) {
        rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_destroy(producer->client);
    }
    free(producer);
}
