#include "faulty/kafka.h"

#include <stdio.h>
#include <stdlib.h>

#include "faulty/bytes.h"

static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "kafka: %s: %s\n", what, why);
    exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK)
        give_up(name, why);
}

static rd_kafka_t *make(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char why[256];
    rd_kafka_t *kafka = rd_kafka_new(type, conf, why, sizeof why);
    if (!kafka)
        give_up("cannot start", why);
    return kafka;
}

rd_kafka_t *kafka_producer(const char *brokers)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "linger.ms", "1");
    set(conf, "enable.idempotence", "true");
    return make(RD_KAFKA_PRODUCER, conf);
}

void kafka_send(rd_kafka_t *producer, int64_t user)
{
    unsigned char value[8];
    bytes_from_user(user, value);
    rd_kafka_resp_err_t rc =
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(KAFKA_TOPIC), RD_KAFKA_V_VALUE(value, 8),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (rc)
        give_up("produce", rd_kafka_err2str(rc));
}

void kafka_serve(rd_kafka_t *producer)
{
    rd_kafka_poll(producer, 100);
}

static void on_rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t rc,
                         rd_kafka_topic_partition_list_t *partitions, void *context)
{
    (void)context;
    if (rc != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        rd_kafka_assign(kafka, NULL);
        return;
    }
    rd_kafka_assign(kafka, partitions);
    printf("assigned %d partitions\n", partitions->cnt);
    fflush(stdout);
}

rd_kafka_t *kafka_consumer(const char *brokers)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "group.id", KAFKA_GROUP);
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "enable.auto.commit", "false");
    /* How soon a member that crashed is missed. A real broker wants 6 s at least, the embedded one
     * does not. */
    const char *session = getenv("SESSION_TIMEOUT_MS");
    set(conf, "session.timeout.ms", session ? session : "6000");
    set(conf, "heartbeat.interval.ms", "300");
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_t *kafka = make(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(kafka);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, KAFKA_TOPIC, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t rc = rd_kafka_subscribe(kafka, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (rc)
        give_up("subscribe", rd_kafka_err2str(rc));
    return kafka;
}
