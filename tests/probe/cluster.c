#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>
#include <string.h>

#include "stories.h"

struct cluster {
    rd_kafka_t *producer; /* owns the mock cluster */
    rd_kafka_t *member;
    rd_kafka_mock_cluster_t *mock;
};

static void quiet(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)handle, (void)level, (void)facility, (void)text;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char words[256];
    check(rd_kafka_conf_set(conf, name, value, words, sizeof words) == RD_KAFKA_CONF_OK, "%s",
          words);
}

struct cluster *cluster_new(void)
{
    struct cluster *cluster = calloc(1, sizeof *cluster);
    char words[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, quiet);
    set(conf, "test.mock.num.brokers", "1");
    set(conf, "linger.ms", "0");
    cluster->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof words);
    check(cluster->producer != NULL, "%s", words);
    cluster->mock = rd_kafka_handle_mock_cluster(cluster->producer);
    conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, quiet);
    set(conf, "bootstrap.servers", cluster_brokers(cluster));
    set(conf, "group.id", "group_1");
    set(conf, "enable.auto.commit", "false");
    cluster->member = rd_kafka_new(RD_KAFKA_CONSUMER, conf, words, sizeof words);
    check(cluster->member != NULL, "%s", words);
    return cluster;
}

void cluster_free(struct cluster *cluster)
{
    rd_kafka_destroy(cluster->member);
    rd_kafka_destroy(cluster->producer);
    free(cluster);
}

const char *cluster_brokers(const struct cluster *cluster)
{
    return rd_kafka_mock_cluster_bootstraps(cluster->mock);
}

void cluster_topic(struct cluster *cluster, const char *topic, int partitions)
{
    check_eq(rd_kafka_mock_topic_create(cluster->mock, topic, partitions, 1), 0);
}

void cluster_produce_bytes(struct cluster *cluster, const char *topic, int partition,
                           const void *bytes, size_t size)
{
    rd_kafka_topic_t *handle = rd_kafka_topic_new(cluster->producer, topic, NULL);
    check_eq(rd_kafka_produce(handle, partition, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t)bytes,
                              size, NULL, 0, NULL),
             0);
    check_eq(rd_kafka_flush(cluster->producer, 5000), 0);
    rd_kafka_topic_destroy(handle);
}

void cluster_produce(struct cluster *cluster, const char *topic, int partition, int64_t user)
{
    unsigned char value[8];
    for (int i = 0; i < 8; i++)
        value[i] = (unsigned char)((uint64_t)user >> (56 - 8 * i));
    cluster_produce_bytes(cluster, topic, partition, value, sizeof value);
}

void cluster_commit(struct cluster *cluster, const char *topic, int partition, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    check_eq(rd_kafka_commit(cluster->member, list, 0), 0);
    rd_kafka_topic_partition_list_destroy(list);
}

void cluster_down(struct cluster *cluster, bool down)
{
    if (down)
        rd_kafka_mock_broker_set_down(cluster->mock, 1);
    else
        rd_kafka_mock_broker_set_up(cluster->mock, 1);
}
