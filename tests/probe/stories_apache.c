/* What only a real broker does: transactions, groups that can be asked for their members. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stories.h"

static void quiet(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)handle, (void)level, (void)facility, (void)text;
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *name, const char *value)
{
    char words[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, quiet);
    rd_kafka_conf_set(conf, "bootstrap.servers", servers.kafka, NULL, 0);
    rd_kafka_conf_set(conf, name, value, NULL, 0);
    if (type == RD_KAFKA_CONSUMER)
        rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", NULL, 0);
    rd_kafka_t *handle = rd_kafka_new(type, conf, words, sizeof words);
    check(handle != NULL, "%s", words);
    return handle;
}

static void make_topic(rd_kafka_t *handle, const char *name)
{
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, 1, 1, NULL, 0);
    rd_kafka_queue_t *answers = rd_kafka_queue_new(handle);
    rd_kafka_CreateTopics(handle, &topic, 1, NULL, answers);
    rd_kafka_event_t *event = rd_kafka_queue_poll(answers, 20000);
    check(event && !rd_kafka_event_error(event), "the topic %s was not made", name);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(answers);
    rd_kafka_NewTopic_destroy(topic);
}

static void produce(rd_kafka_t *producer, const char *topic, int count)
{
    for (int i = 0; i < count; i++) {
        const unsigned char value[8] = {0, 0, 0, 0, 0, 0, 0, (unsigned char)i};
        check_eq(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0),
                                   RD_KAFKA_V_VALUE((void *)(uintptr_t)value, sizeof value),
                                   RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
                 0);
    }
    check_eq(rd_kafka_flush(producer, 20000), 0);
}

static void must(rd_kafka_error_t *error)
{
    check(!error, "%s", error ? rd_kafka_error_string(error) : "");
    if (error)
        rd_kafka_error_destroy(error);
}

/* Joins the group, reads count records, commits and stays. */
static rd_kafka_t *join(const char *topic, const char *group, int count)
{
    rd_kafka_t *member = client(RD_KAFKA_CONSUMER, "group.id", group);
    rd_kafka_poll_set_consumer(member);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    check_eq(rd_kafka_subscribe(member, topics), 0);
    rd_kafka_topic_partition_list_destroy(topics);
    ns_t deadline = clock_now() + 30 * NS_PER_S;
    while (count > 0 && clock_now() < deadline) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(member, 100);
        count -= message && !message->err;
        if (message)
            rd_kafka_message_destroy(message);
    }
    check_eq(count, 0);
    check_eq(rd_kafka_commit(member, NULL, 0), 0);
    return member;
}

/* Samples until the end is as it should be, because markers are written after the commit has
 * returned. */
static void await_end(struct world *world, int64_t end)
{
    ns_t deadline = clock_now() + 10 * NS_PER_S;
    do
        world_sample(world, PROBE_PIPELINE | PROBE_SAVED, 5 * NS_PER_S);
    while ((world->sample.lanes_count != 1 || world->sample.lanes[0].end != end ||
            world->sample.records == COUNT_UNKNOWN) &&
           clock_now() < deadline);
    check(world->sample.lanes_count == 1, "one partition");
    check_eq(world->sample.lanes[0].end, end);
}

void story_apache_transactions_leave_no_lag(void)
{
    char topic[64], group[64];
    snprintf(topic, sizeof topic, "transactions-%d", (int)getpid());
    snprintf(group, sizeof group, "group-%d", (int)getpid());
    rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, "transactional.id", topic);
    must(rd_kafka_init_transactions(producer, 30000));
    make_topic(producer, topic);
    struct world world;
    world_init(&world);
    world_pipeline(&world, NULL);
    probe_targets_set(&world.targets, "kafka", servers.kafka);
    world.topics[0] = topic;
    world.pipeline.group = group;
    if (world_open(&world)) {
        world_sample(&world, PROBE_MEMBERS | PROBE_PIPELINE, 5 * NS_PER_S);
        check_eq(world.sample.members, 0);
        must(rd_kafka_begin_transaction(producer));
        produce(producer, topic, 3);
        world_sample(&world, PROBE_PIPELINE | PROBE_SAVED, 5 * NS_PER_S);
        check_eq(world.sample.lanes[0].end, 0); /* nobody is given what is not committed */
        check_eq(world.sample.records, 0);
        must(rd_kafka_commit_transaction(producer, 30000));
        await_end(&world, 3); /* and a marker at offset 3 */
        check_eq(world.sample.records, 3);
        rd_kafka_t *member = join(topic, group, 3);
        world_sample(&world, PROBE_PIPELINE | PROBE_SAVED | PROBE_MEMBERS, 5 * NS_PER_S);
        check_eq(world.sample.members, 1);
        check(world.sample.lanes[0].committed >= 3, "committed %lld",
              (long long)world.sample.lanes[0].committed);
        check_eq(world.sample.lanes[0].end, 3);

        must(rd_kafka_begin_transaction(producer));
        produce(producer, topic, 2);
        must(rd_kafka_abort_transaction(producer, 30000));
        await_end(&world, 3); /* two aborted records and a marker */
        check_eq(world.sample.records, 3);
        rd_kafka_consumer_close(member);
        rd_kafka_destroy(member);
        world_sample(&world, PROBE_PIPELINE | PROBE_MEMBERS, 5 * NS_PER_S);
        check_eq(world.sample.members, 0);
    }
    world_close(&world);
    rd_kafka_destroy(producer);
}

static void look_at(struct world *world, char *topic)
{
    world_init(world);
    world_pipeline(world, NULL);
    probe_targets_set(&world->targets, "kafka", servers.kafka);
    world->topics[0] = topic;
}

void story_apache_topic_that_is_not_there(void)
{
    char topic[64];
    snprintf(topic, sizeof topic, "nowhere-%d", (int)getpid());
    struct world world;
    look_at(&world, topic);
    if (world_open(&world)) {
        world_collect(&world);
        check(!world.evidence.produced.known, "what is in it is not known");
        check(strstr(world.evidence.produced.reason, topic) &&
                  strstr(world.evidence.produced.reason, servers.kafka) &&
                  strstr(world.evidence.produced.reason, "Unknown topic"),
              "reason: %s", world.evidence.produced.reason);
    }
    world_close(&world);
}

/* Everybody may do everything by run.sh's settings, but for what this forbids. */
static void forbid(rd_kafka_t *handle, const char *topic, rd_kafka_AclOperation_t operation)
{
    char words[256] = "";
    rd_kafka_AclBinding_t *rule = rd_kafka_AclBinding_new(
        RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_RESOURCE_PATTERN_LITERAL, "User:ANONYMOUS", "*",
        operation, RD_KAFKA_ACL_PERMISSION_TYPE_DENY, words, sizeof words);
    if (!check(rule != NULL, "%s", words))
        return;
    rd_kafka_queue_t *answers = rd_kafka_queue_new(handle);
    rd_kafka_CreateAcls(handle, &rule, 1, NULL, answers);
    rd_kafka_event_t *event = rd_kafka_queue_poll(answers, 20000);
    check(event && !rd_kafka_event_error(event), "the rule was not made: %s",
          event ? rd_kafka_event_error_string(event) : "no answer");
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(answers);
    rd_kafka_AclBinding_destroy(rule);
}

/* Rules take a moment to reach everybody. */
static void must_be_refused(char *topic)
{
    ns_t deadline = clock_now() + 20 * NS_PER_S;
    struct world world;
    int rc = 0;
    do {
        look_at(&world, topic);
        rc = probes_open(&world.scenario, &world.targets, &world.run, &world.probes, &world.err);
        if (!rc)
            rc = probes_baseline(world.probes, &world.evidence, SOON, &world.err);
        if (!rc)
            world_close(&world);
    } while (!rc && clock_now() < deadline);
    check(rc, "it may be read");
    if (!rc)
        return;
    check(strstr(world.err.message, topic) && strstr(world.err.message, servers.kafka) &&
              strstr(world.err.message, "Topic authorization failed"),
          "message: %s", world.err.message);
    world_close(&world);
}

void story_apache_topic_that_may_not_be_read(void)
{
    char topic[64];
    snprintf(topic, sizeof topic, "secret-%d", (int)getpid());
    rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, "client.id", "stories");
    make_topic(producer, topic);
    struct world world;
    look_at(&world, topic);
    if (world_open(&world)) {
        forbid(producer, topic, RD_KAFKA_ACL_OPERATION_READ);
        produce(producer, topic, 3);
        ns_t deadline = clock_now() + 20 * NS_PER_S;
        do
            world_collect(&world);
        while (world.evidence.produced.known && clock_now() < deadline);
        check(strstr(world.evidence.produced.reason, topic) &&
                  strstr(world.evidence.produced.reason, servers.kafka) &&
                  strstr(world.evidence.produced.reason, "uthorization failed"),
              "reason: %s", world.evidence.produced.reason);
    }
    world_close(&world);
    forbid(producer, topic, RD_KAFKA_ACL_OPERATION_DESCRIBE);
    must_be_refused(topic);
    rd_kafka_destroy(producer);
}
