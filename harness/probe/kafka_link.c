#include "probe/kafka_link.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"

#define MS(span) ((int)((span) / NS_PER_MS))

static void log_line(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)handle;
    log_write(level <= LOG_ERR ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG, "kafka", "%s: %s", facility,
              text);
}

struct setting {
    const char *name, *value;
};

/* Answers count by the millisecond here: no Nagle, short ways back after a broken connection. */
static const struct setting common[] = {
    {"client.id", "rushproof"},
    {"socket.nagle.disable", "true"},
    {"reconnect.backoff.ms", "20"},
    {"reconnect.backoff.max.ms", "250"},
    {"allow.auto.create.topics", "false"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
};

/* librdkafka's mock cluster answers an empty fetch only when its wait is over, even if a record
 * comes meanwhile: the wait is the longest that a new record can hide. */
static const struct setting reading[] = {
    {"enable.partition.eof", "true"},
    {"fetch.wait.max.ms", "10"},
    {"fetch.error.backoff.ms", "10"},
    {"auto.offset.reset", "error"},
};

static int apply(rd_kafka_conf_t *conf, const struct setting *settings, size_t count,
                 struct err *err)
{
    char words[256];
    for (size_t i = 0; i < count; i++)
        if (rd_kafka_conf_set(conf, settings[i].name, settings[i].value, words, sizeof words) !=
            RD_KAFKA_CONF_OK)
            return err_set(err, ERR_ENVIRONMENT, "kafka: %s", words);
    return 0;
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static rd_kafka_t *open_handle(const struct kafka_link *link, bool reader, struct err *err)
{
    const struct setting own[] = {
        {"bootstrap.servers", link->brokers},
        {"isolation.level", link->pipeline.read_committed ? "read_committed" : "read_uncommitted"},
        {"group.id", link->pipeline.group}, /* the last one: not for the reader */
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, log_line);
    int rc = apply(conf, common, COUNT_OF(common), err);
    if (!rc)
        rc = apply(conf, own, COUNT_OF(own) - (reader ? 1 : 0), err);
    if (!rc && reader)
        rc = apply(conf, reading, COUNT_OF(reading), err);
    char words[256];
    rd_kafka_t *handle = rc ? NULL : rd_kafka_new(RD_KAFKA_CONSUMER, conf, words, sizeof words);
    if (handle)
        return handle;
    if (!rc)
        err_set(err, ERR_ENVIRONMENT, "kafka: %s", words);
    rd_kafka_conf_destroy(conf);
    return NULL;
}

static int copy_names(struct kafka_link *link, const struct spec_pipeline *pipeline)
{
    unsigned room = pipeline->topics_count + 1;
    link->names = calloc(room, sizeof *link->names);
    link->topics = calloc(room, sizeof(rd_kafka_topic_t *));
    link->found = calloc(room, sizeof *link->found);
    if (!link->names || !link->topics || !link->found)
        return -1;
    link->pipeline = *pipeline;
    link->pipeline.topics = link->names;
    link->pipeline.brokers = link->pipeline.dead_letter = NULL;
    link->pipeline.group = strdup(pipeline->group);
    link->pipeline.pointer = pipeline->pointer ? strdup(pipeline->pointer) : NULL;
    for (unsigned i = 0; i < pipeline->topics_count; i++)
        link->names[link->names_count++] = strdup(pipeline->topics[i]);
    if (pipeline->dead_letter)
        link->names[link->names_count++] = strdup(pipeline->dead_letter);
    for (unsigned i = 0; i < link->names_count; i++)
        if (!link->names[i])
            return -1;
    return link->pipeline.group ? 0 : -1;
}

struct kafka_link *kafka_link_new(const char *brokers, const struct spec_pipeline *pipeline,
                                  struct roster *roster, struct err *err)
{
    struct kafka_link *link = calloc(1, sizeof *link);
    if (!link || copy_names(link, pipeline) || !(link->brokers = strdup(brokers))) {
        err_set(err, ERR_MEMORY, "no room for the probe of kafka");
        goto fail;
    }
    link->roster = roster_share(roster);
    link->asker = open_handle(link, false, err);
    link->reader = link->asker ? open_handle(link, true, err) : NULL;
    if (!link->reader)
        goto fail;
    link->records = rd_kafka_queue_new(link->reader);
    return link;
fail:
    kafka_link_free(link);
    return NULL;
}

static void stop_reading(struct kafka_link *link)
{
    for (size_t i = 0; i < link->places_count; i++)
        if (link->places[i].started)
            rd_kafka_consume_stop(link->topics[link->places[i].topic], link->places[i].partition);
    for (unsigned i = 0; i < link->names_count; i++)
        if (link->topics && link->topics[i])
            rd_kafka_topic_destroy(link->topics[i]);
}

void kafka_link_free(struct kafka_link *link)
{
    if (!link)
        return;
    if (link->reader) {
        stop_reading(link);
        if (link->records)
            rd_kafka_queue_destroy(link->records);
        rd_kafka_destroy(link->reader);
    }
    if (link->asker)
        rd_kafka_destroy(link->asker);
    for (unsigned i = 0; i < link->names_count; i++)
        free(link->names[i]);
    free(link->names);
    free(link->topics);
    free(link->found);
    free(link->places);
    free(link->brokers);
    roster_free(link->roster);
    free(link->pipeline.group);
    free(link->pipeline.pointer);
    free(link);
}

bool place_is_dead_letter(const struct kafka_link *link, const struct place *place)
{
    return (unsigned)place->topic >= link->pipeline.topics_count;
}

static const char *add_places(struct kafka_link *link, unsigned name, int partitions)
{
    size_t count = link->places_count + (size_t)partitions;
    struct place *places = realloc(link->places, count * sizeof *places);
    if (!places)
        return "no memory";
    link->places = places;
    for (int32_t p = 0; p < partitions; p++)
        places[link->places_count++] =
            (struct place){.topic = (int16_t)name, .partition = p, .committed = OFFSET_UNDEFINED};
    link->found[name] = true;
    return NULL;
}

/* A topic that does not exist yet holds nothing; one that may not be read may hold anything. */
static bool is_coming(const struct rd_kafka_metadata_topic *topic)
{
    return topic->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           topic->err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           (!topic->err && topic->partition_cnt == 0);
}

static const char *find_topic(struct kafka_link *link, unsigned name, ns_t wait)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(link->asker, link->names[name], NULL);
    if (!topic)
        return "no memory";
    rd_kafka_resp_err_t code = rd_kafka_metadata(link->asker, 0, topic, &metadata, MS(wait));
    rd_kafka_topic_destroy(topic);
    if (code)
        return rd_kafka_err2str(code);
    const char *failure = NULL;
    if (metadata->topic_cnt == 1 && !is_coming(&metadata->topics[0]))
        failure = metadata->topics[0].err
                      ? rd_kafka_err2str(metadata->topics[0].err)
                      : add_places(link, name, metadata->topics[0].partition_cnt);
    rd_kafka_metadata_destroy(metadata);
    return failure;
}

const char *kafka_link_find(struct kafka_link *link, ns_t wait)
{
    for (unsigned i = 0; i < link->names_count; i++) {
        const char *failure = link->found[i] ? NULL : find_topic(link, i, wait);
        if (failure)
            return failure;
    }
    return NULL;
}

/* The places as librdkafka wants them; dead letters are nobody's backlog. */
static rd_kafka_topic_partition_list_t *list_places(const struct kafka_link *link, bool dead_letter,
                                                    int64_t offset)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)link->places_count);
    for (size_t i = 0; i < link->places_count; i++) {
        const struct place *place = &link->places[i];
        if (dead_letter || !place_is_dead_letter(link, place))
            rd_kafka_topic_partition_list_add(list, link->names[place->topic], place->partition)
                ->offset = offset;
    }
    return list;
}

/* Lists keep their order or not: names and numbers decide. */
static const rd_kafka_topic_partition_t *find_in(const rd_kafka_topic_partition_list_t *list,
                                                 const struct kafka_link *link,
                                                 const struct place *place)
{
    return rd_kafka_topic_partition_list_find((rd_kafka_topic_partition_list_t *)(uintptr_t)list,
                                              link->names[place->topic], place->partition);
}

enum mark { MARK_COMMITTED, MARK_END, MARK_BEGIN };

static const char *take_offsets(struct kafka_link *link,
                                const rd_kafka_topic_partition_list_t *list, enum mark mark)
{
    for (size_t i = 0; i < link->places_count; i++) {
        struct place *place = &link->places[i];
        const rd_kafka_topic_partition_t *found = find_in(list, link, place);
        if (!found)
            continue;
        if (found->err)
            return rd_kafka_err2str(found->err);
        if (mark == MARK_COMMITTED)
            place->committed = found->offset < 0 ? OFFSET_UNDEFINED : found->offset;
        else
            *(mark == MARK_END ? &place->end : &place->begin) = found->offset;
    }
    return NULL;
}

const char *kafka_link_committed(struct kafka_link *link, ns_t wait)
{
    if (link->places_count == 0)
        return NULL;
    rd_kafka_topic_partition_list_t *list = list_places(link, false, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_resp_err_t code = rd_kafka_committed(link->asker, list, MS(wait));
    const char *failure = code ? rd_kafka_err2str(code) : take_offsets(link, list, MARK_COMMITTED);
    rd_kafka_topic_partition_list_destroy(list);
    return failure;
}

/* "For the times -1 and -2" is the protocol's way of asking for the end and the beginning. */
static const char *ask_edges(struct kafka_link *link, int64_t which, enum mark mark, ns_t wait)
{
    if (link->places_count == 0)
        return NULL;
    rd_kafka_topic_partition_list_t *list = list_places(link, true, which);
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(link->asker, list, MS(wait));
    const char *failure = code ? rd_kafka_err2str(code) : take_offsets(link, list, mark);
    rd_kafka_topic_partition_list_destroy(list);
    return failure;
}

const char *kafka_link_ends(struct kafka_link *link, ns_t wait)
{
    return ask_edges(link, RD_KAFKA_OFFSET_END, MARK_END, wait);
}

const char *kafka_link_begins(struct kafka_link *link, ns_t wait)
{
    return ask_edges(link, RD_KAFKA_OFFSET_BEGINNING, MARK_BEGIN, wait);
}

/* Does the group keep offsets of what is read here? Then it exists, whatever a broker lists. */
static bool has_commits(const struct kafka_link *link)
{
    for (size_t i = 0; i < link->places_count; i++)
        if (link->places[i].committed >= 0)
            return true;
    return false;
}

/* Only "Empty" says that nobody is there. A broker describes a group of the newer protocol
 * (KIP-848) as dead or without members, because it has none of the old kind. */
static int64_t count_members(const struct rd_kafka_group_info *group)
{
    if (group->err)
        return COUNT_UNKNOWN;
    bool empty = group->state && !strcmp(group->state, "Empty");
    return group->member_cnt > 0 || empty ? group->member_cnt : COUNT_UNKNOWN;
}

/* By ListGroups and DescribeGroups. Not by the newer DescribeConsumerGroups: with a broker that
 * does not know it, such as the mock cluster, librdkafka 2.0.2 frees its request twice and the
 * handle hangs. */
int64_t kafka_link_members(struct kafka_link *link, ns_t wait)
{
    if (link->members_unsupported)
        return COUNT_UNKNOWN;
    const struct rd_kafka_group_list *groups = NULL;
    rd_kafka_resp_err_t code =
        rd_kafka_list_groups(link->asker, link->pipeline.group, &groups, MS(wait));
    if (code) {
        link->members_unsupported = code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
        return COUNT_UNKNOWN;
    }
    /* A group that no broker lists has nobody in it, or may not be seen by us. */
    int64_t members = has_commits(link) ? COUNT_UNKNOWN : 0;
    for (int i = 0; i < groups->group_cnt; i++)
        members = count_members(&groups->groups[i]);
    rd_kafka_group_list_destroy(groups);
    return members;
}
