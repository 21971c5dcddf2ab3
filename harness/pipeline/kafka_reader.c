#include "pipeline/kafka_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

#define BATCH       512
#define SLICE_MS    100
#define BACKLOG_MAX 100000
#define OVERTIME    (5 * NS_PER_MS) /* for what is there already, however much it is */

/* A long backlog is not read: that it is there is enough. */
static int64_t start_of(const struct place *place)
{
    bool behind = place->committed >= 0 && place->committed >= place->begin &&
                  place->committed < place->base && place->base - place->committed <= BACKLOG_MAX;
    return behind ? place->committed : place->base;
}

const char *kafka_reader_start(struct kafka_link *link)
{
    for (size_t i = 0; i < link->places_count; i++) {
        struct place *place = &link->places[i];
        rd_kafka_topic_t **topic = &link->topics[place->topic];
        if (place->started)
            continue;
        if (!*topic)
            *topic =
                rd_kafka_topic_new(link->reader, pipeline_name(link->pipeline, place->topic), NULL);
        int64_t start = start_of(place);
        if (!*topic ||
            rd_kafka_consume_start_queue(*topic, place->partition, start, link->records) == -1)
            return place_blame(link, place, rd_kafka_last_error());
        place->started = true;
        place->read = place->data = start;
    }
    return NULL;
}

static struct place *find_place(struct kafka_link *link, const rd_kafka_message_t *message)
{
    for (size_t i = 0; i < link->places_count; i++) {
        struct place *place = &link->places[i];
        if (place->partition == message->partition && link->topics[place->topic] == message->rkt)
            return place;
    }
    return NULL;
}

static void keep(struct kafka_link *link, struct place *place, const rd_kafka_message_t *message)
{
    const struct produced_record record = {
        .offset = message->offset, .lane = message->partition, .queue = (int16_t)place->topic};
    bool ours = message->offset >= place->base;
    /* What could not be kept is not read: the place then never catches up, and that is said. */
    if (!ours || pipeline_keep(link->pipeline, place_is_dead_letter(link, place), record,
                               message->payload, message->len))
        place->read = place->data = message->offset + 1;
    else
        snprintf(link->met, sizeof link->met, "%s",
                 place_blame(link, place, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE));
}

static void take(struct kafka_link *link, const rd_kafka_message_t *message)
{
    struct place *place = find_place(link, message);
    if (!place) {
        log_debug("kafka", "record of an unknown partition %d", (int)message->partition);
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (message->offset > place->read)
            place->read = message->offset;
    } else if (message->err) {
        snprintf(link->met, sizeof link->met, "%s", place_blame(link, place, message->err));
        log_warn("kafka", "%s: %s", link->met, rd_kafka_message_errstr(message));
    } else if (message->offset >= place->read) {
        keep(link, place, message);
    }
}

/* The first place that has not been read up to its end; NULL: all have. */
static const struct place *behind(const struct kafka_link *link)
{
    for (size_t i = 0; i < link->places_count; i++)
        if (link->places[i].read < link->places[i].end)
            return &link->places[i];
    return NULL;
}

/* A batch comes back only when it is full or its wait is over, so one message is waited for, and
 * the rest is taken as it is there. False: nothing came. */
static bool take_some(struct kafka_link *link, int wait_ms)
{
    rd_kafka_message_t *messages[BATCH];
    messages[0] = rd_kafka_consume_queue(link->records, wait_ms);
    if (!messages[0])
        return false;
    ssize_t more = rd_kafka_consume_batch_queue(link->records, 0, messages + 1, BATCH - 1);
    for (ssize_t i = 0; i < 1 + (more > 0 ? more : 0); i++) {
        take(link, messages[i]);
        rd_kafka_message_destroy(messages[i]);
    }
    return true;
}

bool kafka_reader_catch_up(struct kafka_link *link, ns_t deadline)
{
    while (behind(link)) {
        ns_t left = deadline - clock_now();
        int wait_ms = left > 0 ? (int)(left / NS_PER_MS) + 1 : 0;
        wait_ms = wait_ms < SLICE_MS ? wait_ms : SLICE_MS;
        if ((!take_some(link, wait_ms) && left <= 0) || left < -OVERTIME)
            return false;
    }
    link->met[0] = '\0';
    return true;
}

const char *kafka_reader_explain(struct kafka_link *link)
{
    const struct place *place = behind(link);
    if (!link->met[0] && place)
        snprintf(link->why, sizeof link->why,
                 "%.64s[%d] at %.64s: no more came, read up to %lld of %lld",
                 pipeline_name(link->pipeline, place->topic), (int)place->partition,
                 link->pipeline->at, (long long)place->read, (long long)place->end);
    return link->met[0] ? link->met : link->why;
}

int64_t place_end(const struct place *place)
{
    return place->started && place->read >= place->end ? place->data : place->end;
}
