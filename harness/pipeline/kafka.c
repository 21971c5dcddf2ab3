/* Kafka: committed offsets of a group without joining it, ends, members, and the records
 * themselves. A lane is a partition; what it is called in result files, too. */
#include <stdio.h>

#include "base/clock.h"
#include "pipeline/kafka_link.h"
#include "pipeline/kafka_reader.h"

#define SHARE_WAIT (NS_PER_S / 4)

static int kafka_open(struct pipeline *pipeline, struct err *err)
{
    pipeline->state = kafka_link_new(pipeline, err);
    return pipeline->state ? 0 : -(int)err->code;
}

/* The run's records begin at the ends of now. */
static const char *set_bases(struct kafka_link *link)
{
    const char *failure = kafka_link_committed(link, PIPELINE_PATIENCE);
    if (!failure)
        failure = kafka_link_begins(link, PIPELINE_PATIENCE);
    if (!failure)
        failure = kafka_link_ends(link, PIPELINE_PATIENCE);
    for (size_t i = 0; !failure && i < link->places_count; i++)
        link->places[i].base = link->places[i].end;
    return failure;
}

/* What the group has still to consume of the records before the run's. */
static void count_waiting(struct kafka_link *link, const struct place *place)
{
    int64_t from = place->committed >= 0 ? place->committed : place->begin;
    int64_t waiting = (place->committed >= 0 ? place_end(place) : place->end) - from;
    if (waiting <= 0)
        return;
    link->pipeline->waiting += waiting;
    link->pipeline->uncommitted |= place->committed < 0;
}

/* Dead letters are nobody's backlog. */
static const char *show(struct kafka_link *link)
{
    struct pipeline *pipeline = link->pipeline;
    size_t count = 0;
    if (!pipeline_lanes(pipeline, link->places_count))
        return "no memory";
    pipeline->waiting = 0;
    pipeline->uncommitted = false;
    for (size_t i = 0; i < link->places_count; i++) {
        const struct place *place = &link->places[i];
        if (place_is_dead_letter(link, place))
            continue;
        pipeline->lanes[count++] = (struct lane_reading){
            (int16_t)place->topic, place->partition,
            link->share ? place_end(place) : place->committed, place_end(place)};
        if (!link->share)
            count_waiting(link, place);
    }
    pipeline->lanes_count = count;
    return NULL;
}

/* The order is the protocol's: committed first, then ends. */
static const char *read_offsets(struct kafka_link *link)
{
    const char *failure = kafka_link_committed(link, PIPELINE_PATIENCE);
    link->pipeline->committed_at = clock_now();
    if (!failure)
        failure = kafka_link_ends(link, PIPELINE_PATIENCE);
    link->pipeline->ends_at = clock_now();
    return failure ? failure : show(link);
}

static const char *kafka_readings(struct pipeline *pipeline, bool baseline)
{
    struct kafka_link *link = pipeline->state;
    const char *failure = kafka_link_find(link, PIPELINE_PATIENCE);
    if (!failure && baseline)
        failure = set_bases(link);
    if (!failure)
        failure = kafka_reader_start(link);
    if (!failure)
        kafka_link_find_share(link, SHARE_WAIT);
    return failure ? failure : read_offsets(link);
}

static const char *kafka_records(struct pipeline *pipeline, ns_t deadline)
{
    struct kafka_link *link = pipeline->state;
    bool whole = kafka_reader_catch_up(link, deadline);
    const char *failure = show(link);
    return failure || whole ? failure : kafka_reader_explain(link);
}

static int64_t kafka_members(struct pipeline *pipeline, ns_t wait, char *ret_who, size_t size)
{
    return kafka_link_members(pipeline->state, wait, ret_who, size);
}

static void kafka_said(struct pipeline *pipeline, char *ret_text, size_t size)
{
    kafka_link_said(pipeline->state, ret_text, size);
}

static void kafka_close(struct pipeline *pipeline)
{
    kafka_link_free(pipeline->state);
}

const struct pipeline_ops pipeline_kafka_ops = {
    kafka_open, kafka_readings, kafka_records, kafka_members, kafka_said, kafka_close,
};
