#include "probe/kafka_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/kafka_handle.h"

#define MS(span) ((int)((span) / NS_PER_MS))

static char *copy_text(const char *text)
{
    return text ? strdup(text) : NULL;
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
    link->pipeline.pointer = copy_text(pipeline->pointer);
    link->pipeline.dead_letter_pointer = copy_text(pipeline->dead_letter_pointer);
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
    if (link)
        pthread_mutex_init(&link->lock, NULL);
    if (!link || copy_names(link, pipeline) || !(link->brokers = strdup(brokers))) {
        err_set(err, ERR_MEMORY, "no room for the probe of kafka");
        goto fail;
    }
    link->roster = roster_share(roster);
    link->asker = kafka_handle_open(link, false, err);
    link->reader = link->asker ? kafka_handle_open(link, true, err) : NULL;
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
    free(link->pipeline.dead_letter_pointer);
    pthread_mutex_destroy(&link->lock);
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
        return kafka_link_blame(link, link->names[name], rd_kafka_last_error());
    rd_kafka_resp_err_t code = rd_kafka_metadata(link->asker, 0, topic, &metadata, MS(wait));
    rd_kafka_topic_destroy(topic);
    if (code)
        return kafka_link_blame(link, link->names[name], code);
    const char *failure = NULL;
    if (metadata->topic_cnt == 1 && !is_coming(&metadata->topics[0]))
        failure = metadata->topics[0].err
                      ? kafka_link_blame(link, link->names[name], metadata->topics[0].err)
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

bool kafka_link_missing(struct kafka_link *link, char *ret_text, size_t size, bool *ret_none)
{
    unsigned missing = 0;
    ret_text[0] = '\0';
    for (unsigned i = 0; i < link->pipeline.topics_count; i++)
        if (!link->found[i] && !missing++)
            snprintf(
                ret_text, size, "%s",
                kafka_link_blame(link, link->names[i], RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART));
    *ret_none = missing == link->pipeline.topics_count;
    return missing > 0;
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
            return place_blame(link, place, found->err);
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
    const char *failure = code ? kafka_link_blame(link, link->pipeline.group, code)
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
    const char *failure =
        code ? kafka_link_blame(link, link->names[0], code) : take_offsets(link, list, mark);
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
