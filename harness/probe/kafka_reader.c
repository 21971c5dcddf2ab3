#include "probe/kafka_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "probe/decode.h"

#define BATCH       512
#define SLICE_MS    100
#define BACKLOG_MAX 100000
#define OVERTIME    (5 * NS_PER_MS)            /* for what is there already, however much it is */
#define RECORDS_MAX ((size_t)20 * 1000 * 1000) /* 640 MB */

void kafka_records_free(struct kafka_records *records)
{
    produced_free(&records->produced);
    produced_free(&records->dead);
    *records = (struct kafka_records){0};
}

void kafka_reader_forget(struct kafka_records *records)
{
    records->produced.count = records->dead.count = 0;
    records->produced.undecoded[0] = records->dead.undecoded[0] = records->why[0] = '\0';
}

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
            *topic = rd_kafka_topic_new(link->reader, link->names[place->topic], NULL);
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

static bool append(struct produced *list, size_t *room, const struct produced_record *record)
{
    if (list->count == *room) {
        size_t more = *room ? *room * 2 : 1024;
        struct produced_record *v = more > RECORDS_MAX ? NULL : realloc(list->v, more * sizeof *v);
        if (!v)
            return false;
        list->v = v;
        *room = more;
    }
    list->v[list->count++] = *record;
    return true;
}

static void keep(struct kafka_link *link, struct kafka_records *records, struct place *place,
                 const rd_kafka_message_t *message)
{
    if (message->offset < place->base) {
        place->read = place->data = message->offset + 1;
        return;
    }
    struct produced_record record = {
        .offset = message->offset, .partition = message->partition, .topic = place->topic};
    const struct spec_pipeline *spec = &link->pipeline;
    bool dead = place_is_dead_letter(link, place);
    record.decoded = decode_user(link->roster, dead ? spec->dead_letter_value : spec->value,
                                 dead ? spec->dead_letter_pointer : spec->pointer, message->payload,
                                 message->len, &record.user);
    struct produced *list = dead ? &records->dead : &records->produced;
    if (!record.decoded)
        produced_undecoded(list, message->payload, message->len);
    bool kept = append(list, dead ? &records->dead_room : &records->produced_room, &record);
    /* What could not be kept is not read: the place then never catches up, and that is said. */
    if (kept)
        place->read = place->data = message->offset + 1;
    else
        snprintf(records->why, sizeof records->why, "%s",
                 place_blame(link, place, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE));
}

static void take(struct kafka_link *link, struct kafka_records *records,
                 const rd_kafka_message_t *message)
{
    struct place *place = find_place(link, message);
    if (!place) {
        log_debug("kafka", "record of an unknown partition %d", (int)message->partition);
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (message->offset > place->read)
            place->read = message->offset;
    } else if (message->err) {
        snprintf(records->why, sizeof records->why, "%s", place_blame(link, place, message->err));
        log_warn("kafka", "%s: %s", records->why, rd_kafka_message_errstr(message));
    } else if (message->offset >= place->read) {
        keep(link, records, place, message);
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
static bool take_some(struct kafka_link *link, struct kafka_records *records, int wait_ms)
{
    rd_kafka_message_t *messages[BATCH];
    messages[0] = rd_kafka_consume_queue(link->records, wait_ms);
    if (!messages[0])
        return false;
    ssize_t more = rd_kafka_consume_batch_queue(link->records, 0, messages + 1, BATCH - 1);
    for (ssize_t i = 0; i < 1 + (more > 0 ? more : 0); i++) {
        take(link, records, messages[i]);
        rd_kafka_message_destroy(messages[i]);
    }
    return true;
}

bool kafka_reader_catch_up(struct kafka_link *link, struct kafka_records *records, ns_t deadline)
{
    while (behind(link)) {
        ns_t left = deadline - clock_now();
        int wait_ms = left > 0 ? (int)(left / NS_PER_MS) + 1 : 0;
        wait_ms = wait_ms < SLICE_MS ? wait_ms : SLICE_MS;
        if ((!take_some(link, records, wait_ms) && left <= 0) || left < -OVERTIME)
            return false;
    }
    return true;
}

void kafka_reader_explain(const struct kafka_link *link, const struct kafka_records *records,
                          char *ret_text, size_t size)
{
    const struct place *place = behind(link);
    ret_text[0] = '\0';
    if (records->why[0])
        snprintf(ret_text, size, "%s", records->why);
    else if (place)
        snprintf(ret_text, size, "%.64s[%d] at %.64s: no more came, read up to %lld of %lld",
                 link->names[place->topic], (int)place->partition, link->brokers,
                 (long long)place->read, (long long)place->end);
}

int64_t place_end(const struct place *place)
{
    return place->started && place->read >= place->end ? place->data : place->end;
}
