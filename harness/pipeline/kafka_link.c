#include "pipeline/kafka_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/kafka_handle.h"

#define MS(span) ((int)((span) / NS_PER_MS))

struct kafka_link *kafka_link_new(struct pipeline *pipeline, struct err *err)
{
    struct kafka_link *link = calloc(1, sizeof *link);
    unsigned names = pipeline_names(pipeline);
    if (!link) {
        err_set(err, ERR_MEMORY, "no room for the probe of kafka");
        return NULL;
    }
    pthread_mutex_init(&link->lock, NULL);
    link->pipeline = pipeline;
    link->topics = calloc(names, sizeof(rd_kafka_topic_t *));
    link->found = calloc(names, sizeof *link->found);
    if (!link->topics || !link->found)
        err_set(err, ERR_MEMORY, "no room for the probe of kafka");
    else
        link->asker = kafka_handle_open(link, false, err);
    link->reader = link->asker ? kafka_handle_open(link, true, err) : NULL;
    if (link->reader) {
        link->records = rd_kafka_queue_new(link->reader);
        return link;
    }
    kafka_link_free(link);
    return NULL;
}

static void stop_reading(struct kafka_link *link)
{
    for (size_t i = 0; i < link->places_count; i++)
        if (link->places[i].started)
            rd_kafka_consume_stop(link->topics[link->places[i].topic], link->places[i].partition);
    for (unsigned i = 0; i < pipeline_names(link->pipeline); i++)
        if (link->topics[i])
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
    free(link->topics);
    free(link->found);
    free(link->places);
    pthread_mutex_destroy(&link->lock);
    free(link);
}

bool place_is_dead_letter(const struct kafka_link *link, const struct place *place)
{
    return pipeline_is_dead_letter(link->pipeline, place->topic);
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
            (struct place){.topic = name, .partition = p, .committed = COMMITTED_UNDEFINED};
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
    rd_kafka_topic_t *topic =
        rd_kafka_topic_new(link->asker, pipeline_name(link->pipeline, name), NULL);
    if (!topic)
        return kafka_link_blame(link, pipeline_name(link->pipeline, name), rd_kafka_last_error());
    rd_kafka_resp_err_t code = rd_kafka_metadata(link->asker, 0, topic, &metadata, MS(wait));
    rd_kafka_topic_destroy(topic);
    if (code)
        return kafka_link_blame(link, pipeline_name(link->pipeline, name), code);
    const char *failure = NULL;
    if (metadata->topic_cnt == 1 && !is_coming(&metadata->topics[0]))
        failure = metadata->topics[0].err
                      ? kafka_link_blame(link, pipeline_name(link->pipeline, name),
                                         metadata->topics[0].err)
                      : add_places(link, name, metadata->topics[0].partition_cnt);
    rd_kafka_metadata_destroy(metadata);
    return failure;
}

/* Which topic, dead letters apart, is not there. */
static void note_missing(struct kafka_link *link)
{
    struct pipeline *pipeline = link->pipeline;
    unsigned missing = 0;
    pipeline->missing[0] = '\0';
    for (unsigned i = 0; i < pipeline->spec.queues_count; i++)
        if (!link->found[i] && !missing++)
            snprintf(pipeline->missing, sizeof pipeline->missing, "%s",
                     kafka_link_blame(link, pipeline->spec.queues[i],
                                      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART));
    pipeline->none = missing == pipeline->spec.queues_count;
}

const char *kafka_link_find(struct kafka_link *link, ns_t wait)
{
    for (unsigned i = 0; i < pipeline_names(link->pipeline); i++) {
        const char *failure = link->found[i] ? NULL : find_topic(link, i, wait);
        if (failure)
            return failure;
    }
    note_missing(link);
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
            rd_kafka_topic_partition_list_add(list, pipeline_name(link->pipeline, place->topic),
                                              place->partition)
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
                                              pipeline_name(link->pipeline, place->topic),
                                              place->partition);
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
            return place_blame(link, place, found->err);
        if (mark == MARK_COMMITTED)
            place->committed = found->offset < 0 ? COMMITTED_UNDEFINED : found->offset;
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
    const char *failure = code ? kafka_link_blame(link, link->pipeline->spec.group, code)
                               : take_offsets(link, list, MARK_COMMITTED);
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
    const char *failure = code ? kafka_link_blame(link, pipeline_name(link->pipeline, 0), code)
                               : take_offsets(link, list, mark);
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
