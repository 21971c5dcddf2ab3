#include "stack/kafkalink.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

/* A cluster that has just been made lays out __consumer_offsets before it answers for a group. */
#define ADMIN_TIMEOUT_MS 60000
#define GROUP_TIMEOUT_MS 1000

static void keep_quiet(const rd_kafka_t *rk, int level, const char *area, const char *text)
{
    (void)rk;
    (void)level;
    (void)area;
    (void)text;
}

static rd_kafka_t *handle_new(const char *brokers, struct err *err)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, keep_quiet);
    rd_kafka_conf_set(conf, "client.id", "rushproof-stack", NULL, 0);
    rd_kafka_conf_set(conf, "reconnect.backoff.ms", "10", NULL, 0);
    rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", "100", NULL, 0);
    if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why)) {
        err_set(err, ERR_USAGE, "Kafka at %s: %s", brokers, why);
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!rk) {
        err_set(err, ERR_ENVIRONMENT, "Kafka at %s: %s", brokers, why);
        rd_kafka_conf_destroy(conf);
    }
    return rk;
}

static void cleanup_handle(rd_kafka_t **rk)
{
    if (*rk)
        rd_kafka_destroy(*rk);
}

static void cleanup_queue(rd_kafka_queue_t **queue)
{
    if (*queue)
        rd_kafka_queue_destroy(*queue);
}

static void cleanup_event(rd_kafka_event_t **event)
{
    if (*event)
        rd_kafka_event_destroy(*event);
}

static void cleanup_metadata(const struct rd_kafka_metadata **metadata)
{
    if (*metadata)
        rd_kafka_metadata_destroy(*metadata);
}

int kafkalink_answers(const char *brokers, int timeout_ms, struct err *err)
{
    _cleanup_(cleanup_handle) rd_kafka_t *rk = handle_new(brokers, err);
    _cleanup_(cleanup_metadata) const struct rd_kafka_metadata *metadata = NULL;
    if (!rk)
        return -ERR_ENVIRONMENT;
    rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 1, NULL, &metadata, timeout_ms);
    return code ? err_set(err, ERR_ENVIRONMENT, "Kafka at %s: %s", brokers, rd_kafka_err2str(code))
                : 0;
}

/* Waits for an admin request's answer. NULL and err when it did not come. */
static rd_kafka_event_t *answer(rd_kafka_queue_t *queue, const char *what, struct err *err)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ADMIN_TIMEOUT_MS);
    if (event && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return event;
    err_set(err, ERR_ENVIRONMENT, "Kafka: %s: %s", what,
            event ? rd_kafka_event_error_string(event) : "no answer");
    if (event)
        rd_kafka_event_destroy(event);
    return NULL;
}

static int judge(const rd_kafka_topic_result_t *const *results, size_t count,
                 rd_kafka_resp_err_t fine, const char *what, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
        if (code && code != fine)
            return err_set(err, ERR_ENVIRONMENT, "Kafka: %s %s: %s", what,
                           rd_kafka_topic_result_name(results[i]),
                           rd_kafka_topic_result_error_string(results[i]));
    }
    return 0;
}

/* How many of the topic's partitions have a leader; -1 when the topic is not there. */
static int leaders(rd_kafka_t *rk, const char *name)
{
    _cleanup_(cleanup_metadata) const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(rk, 1, NULL, &metadata, 1000))
        return 0;
    int found = -1;
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];
        if (strcmp(topic->topic, name) != 0)
            continue;
        found = 0;
        for (int j = 0; j < topic->partition_cnt; j++)
            found += topic->partitions[j].leader >= 0;
    }
    return found;
}

static int wait_leaders(rd_kafka_t *rk, const struct kafka_topic *topics, size_t count, bool gone,
                        struct err *err)
{
    ns_t deadline = clock_now() + ADMIN_TIMEOUT_MS * NS_PER_MS;
    for (size_t i = 0; i < count; i++) {
        int have;
        while ((have = leaders(rk, topics[i].name)),
               gone ? have >= 0 : have < topics[i].partitions) {
            if (clock_now() > deadline)
                return err_set(err, ERR_ENVIRONMENT, "Kafka: topic %s is still %s", topics[i].name,
                               gone ? "there" : "without leaders");
            clock_sleep_until(clock_now() + 10 * NS_PER_MS);
        }
    }
    return 0;
}

static int create(rd_kafka_t *rk, rd_kafka_NewTopic_t **list, const struct kafka_topic *topics,
                  size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        char why[256];
        list[i] = rd_kafka_NewTopic_new(topics[i].name, topics[i].partitions, topics[i].replication,
                                        why, sizeof why);
        if (!list[i])
            return err_set(err, ERR_USAGE, "topic %s: %s", topics[i].name, why);
    }
    _cleanup_(cleanup_queue) rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_CreateTopics(rk, list, count, NULL, queue);
    _cleanup_(cleanup_event) rd_kafka_event_t *event = answer(queue, "creating topics", err);
    if (!event)
        return -ERR_ENVIRONMENT;
    size_t results_count;
    const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event), &results_count);
    return judge(results, results_count, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, "creating topic",
                 err);
}

int kafkalink_create(const char *brokers, const struct kafka_topic *topics, size_t count,
                     struct err *err)
{
    if (count == 0)
        return 0;
    _cleanup_(cleanup_handle) rd_kafka_t *rk = handle_new(brokers, err);
    _cleanup_free_ rd_kafka_NewTopic_t **list = calloc(count, sizeof *list);
    if (!rk || !list)
        return rk ? err_set(err, ERR_MEMORY, "out of memory") : -ERR_ENVIRONMENT;
    int result = create(rk, list, topics, count, err);
    for (size_t i = 0; i < count && list[i]; i++)
        rd_kafka_NewTopic_destroy(list[i]);
    return result ? result : wait_leaders(rk, topics, count, false, err);
}

static int delete_list(rd_kafka_t *rk, rd_kafka_DeleteTopic_t **list, size_t count, struct err *err)
{
    _cleanup_(cleanup_queue) rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_DeleteTopics(rk, list, count, NULL, queue);
    _cleanup_(cleanup_event) rd_kafka_event_t *event = answer(queue, "deleting topics", err);
    if (!event)
        return -ERR_ENVIRONMENT;
    size_t results_count;
    const rd_kafka_topic_result_t **results = rd_kafka_DeleteTopics_result_topics(
        rd_kafka_event_DeleteTopics_result(event), &results_count);
    return judge(results, results_count, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "deleting topic",
                 err);
}

int kafkalink_delete(const char *brokers, const struct kafka_topic *topics, size_t count,
                     struct err *err)
{
    if (count == 0)
        return 0;
    _cleanup_(cleanup_handle) rd_kafka_t *rk = handle_new(brokers, err);
    _cleanup_free_ rd_kafka_DeleteTopic_t **list = calloc(count, sizeof *list);
    if (!rk || !list)
        return rk ? err_set(err, ERR_MEMORY, "out of memory") : -ERR_ENVIRONMENT;
    for (size_t i = 0; i < count; i++)
        list[i] = rd_kafka_DeleteTopic_new(topics[i].name);
    int result = delete_list(rk, list, count, err);
    for (size_t i = 0; i < count; i++)
        rd_kafka_DeleteTopic_destroy(list[i]);
    return result ? result : wait_leaders(rk, topics, count, true, err);
}

int kafkalink_forget_group(const char *brokers, const char *group, struct err *err)
{
    _cleanup_(cleanup_handle) rd_kafka_t *rk = handle_new(brokers, err);
    if (!rk)
        return -ERR_ENVIRONMENT;
    _cleanup_(cleanup_queue) rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_DeleteGroup_t *list[] = {rd_kafka_DeleteGroup_new(group)};
    rd_kafka_DeleteGroups(rk, list, 1, NULL, queue);
    rd_kafka_DeleteGroup_destroy(list[0]);
    _cleanup_(cleanup_event) rd_kafka_event_t *event = answer(queue, "deleting the group", err);
    return event ? 0 : -ERR_ENVIRONMENT;
}

static void cleanup_groups(const struct rd_kafka_group_list **groups)
{
    if (*groups)
        rd_kafka_group_list_destroy(*groups);
}

/* By ListGroups and DescribeGroups, see probe/kafka_members.c. */
static const struct rd_kafka_group_list *ask_group(const char *brokers, const char *group)
{
    const struct rd_kafka_group_list *groups = NULL;
    _cleanup_(cleanup_handle) rd_kafka_t *rk = handle_new(brokers, NULL);
    if (rk && rd_kafka_list_groups(rk, group, &groups, GROUP_TIMEOUT_MS))
        return NULL;
    return groups;
}

bool kafkalink_group_waits(const char *brokers, const char *group, char *ret_text, size_t size)
{
    _cleanup_(cleanup_groups) const struct rd_kafka_group_list *groups = ask_group(brokers, group);
    if (!groups || groups->group_cnt < 1 || !groups->groups[0].state ||
        strcmp(groups->groups[0].state, "PreparingRebalance") != 0)
        return false;
    const struct rd_kafka_group_info *info = &groups->groups[0];
    size_t used = (size_t)snprintf(
        ret_text, size,
        "the group %.64s waits in its rebalance for one of its members, which it knows as", group);
    for (int i = 0; i < info->member_cnt && used < size; i++)
        used += (size_t)snprintf(ret_text + used, size - used, "%s %.40s at %.40s", i ? "," : "",
                                 info->members[i].client_id,
                                 info->members[i].client_host +
                                     (info->members[i].client_host[0] == '/'));
    return true;
}

int kafkalink_members(const char *brokers, const char *group, struct kafka_member *ret_members,
                      int room)
{
    _cleanup_(cleanup_groups) const struct rd_kafka_group_list *groups = ask_group(brokers, group);
    if (!groups || groups->group_cnt < 1 || groups->groups[0].err)
        return -1;
    const struct rd_kafka_group_info *info = &groups->groups[0];
    for (int i = 0; i < info->member_cnt && i < room; i++) {
        struct kafka_member *member = &ret_members[i];
        snprintf(member->id, sizeof member->id, "%s", info->members[i].member_id);
        snprintf(member->client, sizeof member->client, "%s", info->members[i].client_id);
        snprintf(member->host, sizeof member->host, "%s",
                 info->members[i].client_host + (info->members[i].client_host[0] == '/'));
    }
    return info->member_cnt;
}
