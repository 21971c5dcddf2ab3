#include "apply/published.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>

#include "apply/record.h"
#include "base/cleanup.h"
#include "common/kafka.h"

enum { ANSWER_MS = 2000, POLL_MS = 200, SCAN_S = 30 };

struct scan {
    rd_kafka_t *client;
    const char *topic;
    struct mark *marks; /* at first where to begin, then the ends; owned */
    size_t count;
    rd_kafka_topic_partition_list_t *ranges; /* partitions with something to read, from where */
    struct outbox *outbox;
    uint64_t removed;
};

static int kafka_failed(rd_kafka_resp_err_t code, struct err *err)
{
    err_set(err, ERR_ENVIRONMENT, "kafka: %s", rd_kafka_err2str(code));
    err->retriable = true;
    return -(int)ERR_ENVIRONMENT;
}

static int open_client(struct scan *scan, const char *brokers, struct err *err)
{
    const struct kafka_setting settings[] = {
        {"bootstrap.servers", brokers},  {"client.id", "apply-relay"},
        {"group.id", "apply-relay"}, /* asked for by assign(); it never joins, nothing is committed
                                      */
        {"enable.auto.commit", "false"}, {"enable.partition.eof", "true"},
        {"fetch.wait.max.ms", "10"},     {"log.connection.close", "false"},
    };
    rd_kafka_conf_t *conf;
    int rc = kafka_conf_make(settings, sizeof settings / sizeof *settings, &conf, err);
    if (!rc)
        rc = kafka_client_new(RD_KAFKA_CONSUMER, conf, &scan->client, err);
    if (!rc)
        rd_kafka_poll_set_consumer(scan->client);
    return rc;
}

static int list_partitions(struct scan *scan, struct err *err)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(scan->client, scan->topic, NULL);
    const rd_kafka_metadata_t *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(scan->client, 0, topic, &metadata, ANSWER_MS);
    if (!code)
        code = metadata->topic_cnt ? metadata->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    if (!code) {
        scan->count = (size_t)metadata->topics[0].partition_cnt;
        scan->marks = calloc(scan->count, sizeof *scan->marks);
        for (size_t i = 0; scan->marks && i < scan->count; i++)
            scan->marks[i].partition = metadata->topics[0].partitions[i].id;
    }
    if (metadata)
        rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
    if (code)
        return kafka_failed(code, err);
    return scan->marks ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

/* Sets the mark to the end, and notes the range between the old one and there. */
static int plan_partition(struct scan *scan, struct mark *mark, bool outbox_empty, struct err *err)
{
    int64_t low, high, begin = -1;
    rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
        scan->client, scan->topic, mark->partition, &low, &high, ANSWER_MS);
    if (code)
        return kafka_failed(code, err);
    int rc = outbox_mark(scan->outbox, mark->partition, &begin, err);
    if (rc)
        return rc;
    /* A mark behind the end belongs to a topic that has been made anew since. */
    if (begin >= 0 && begin < high && !outbox_empty)
        rd_kafka_topic_partition_list_add(scan->ranges, scan->topic, mark->partition)->offset =
            begin > low ? begin : low;
    mark->offset = high;
    return 0;
}

static int plan(struct scan *scan, struct err *err)
{
    int64_t users[OUTBOX_BATCH];
    size_t count;
    uint64_t length;
    int rc = outbox_list(scan->outbox, users, &count, &length, err);
    scan->ranges = rd_kafka_topic_partition_list_new((int)scan->count);
    for (size_t i = 0; i < scan->count && !rc; i++)
        rc = plan_partition(scan, &scan->marks[i], length == 0, err);
    return rc;
}

/* The producer's own encoding, read back. False for anything that is not ours. */
static bool decode(const rd_kafka_message_t *message, int64_t *ret_user)
{
    if (message->len != RECORD_SIZE || !message->payload)
        return false;
    uint64_t bits = 0;
    for (size_t i = 0; i < RECORD_SIZE; i++)
        bits = bits << 8 | ((const uint8_t *)message->payload)[i];
    *ret_user = (int64_t)bits;
    return true;
}

static int remove_user(struct scan *scan, const rd_kafka_message_t *message, struct err *err)
{
    int64_t user;
    uint64_t removed = 0;
    if (!decode(message, &user))
        return 0;
    int rc = outbox_remove(scan->outbox, &user, 1, NULL, 0, &removed, err);
    scan->removed += removed;
    return rc;
}

/* Reads every range to its end. */
static int read_ranges(struct scan *scan, struct err *err)
{
    int rc = 0, left = scan->ranges->cnt;
    rd_kafka_resp_err_t code = rd_kafka_assign(scan->client, scan->ranges);
    if (code)
        return kafka_failed(code, err);
    ns_t deadline = clock_now() + SCAN_S * NS_PER_S;
    while (left > 0 && !rc) {
        if (clock_now() > deadline)
            return kafka_failed(RD_KAFKA_RESP_ERR__TIMED_OUT, err);
        rd_kafka_message_t *message = rd_kafka_consumer_poll(scan->client, POLL_MS);
        if (!message)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            left--;
        else if (!message->err)
            rc = remove_user(scan, message, err);
        rd_kafka_message_destroy(message);
    }
    return rc;
}

static void close_scan(struct scan *scan)
{
    if (scan->ranges)
        rd_kafka_topic_partition_list_destroy(scan->ranges);
    if (scan->client) {
        rd_kafka_consumer_close(scan->client);
        rd_kafka_destroy(scan->client);
    }
    free(scan->marks);
}

int published_recover(const char *brokers, const char *topic, struct outbox *outbox,
                      uint64_t *ret_removed, struct err *err)
{
    _cleanup_(close_scan) struct scan scan = {.topic = topic, .outbox = outbox};
    uint64_t none;
    int rc = open_client(&scan, brokers, err);
    if (!rc)
        rc = list_partitions(&scan, err);
    if (!rc)
        rc = plan(&scan, err);
    if (!rc && scan.ranges->cnt)
        rc = read_ranges(&scan, err);
    if (!rc)
        rc = outbox_remove(outbox, NULL, 0, scan.marks, scan.count, &none, err);
    if (!rc)
        *ret_removed = scan.removed;
    return rc;
}
