/* Redis Streams. A lane is a stream: its end is how many entries were ever added, its committed how
 * many of them the group was given and has acknowledged. Both come from one answer of the server,
 * so they are of one instant. What the group was not given yet is counted where the server keeps no
 * count of it (its lag is nil after entries were deleted).
 *
 * A group that reads with NOACK acknowledges nothing: nothing of it is ever pending. As long as
 * nothing was seen pending, what was given out proves nothing, and the rows decide. */
#include <hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "pipeline/pipeline.h"
#include "pipeline/redis_queue.h"

#define ENTRIES "1000" /* in one answer */
#define COUNTED 100000 /* more are not counted one by one */

struct stream {
    bool found, has_group;
    bool counts;           /* the server tells how many were ever added (since Redis 7) */
    char last[48];         /* id of the last entry that was read, and where the run's begin */
    char delivered[48];    /* id of the last one that the group was given */
    char generated[48];    /* id of the last one that was added */
    int64_t added, length; /* ever, and there now */
    int64_t lag, pending;  /* lag: COUNT_UNKNOWN when the server keeps no count */
    int64_t base;          /* added at the baseline */
    char given[48];        /* delivered, at the baseline */
    int64_t kept;          /* records of the run that were read */
    bool was_pending;      /* something of the group was, in this run */
};

struct streams {
    struct redis_queue queue;
    struct stream *v; /* by name */
    char *field;      /* which field of an entry holds the value; NULL: user_id, or the first */
    char *dead_field;
};

/* ---- what the server tells ---- */

/* The value of a name in a list of names and values; NULL: it is not there. */
static const redisReply *member(const redisReply *list, const char *name)
{
    for (size_t i = 0; list && list->type == REDIS_REPLY_ARRAY && i + 1 < list->elements; i += 2)
        if (list->element[i]->str && !strcmp(list->element[i]->str, name))
            return list->element[i + 1];
    return NULL;
}

static int64_t number(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_INTEGER ? reply->integer : COUNT_UNKNOWN;
}

static void text(const redisReply *reply, char *ret_text, size_t size)
{
    snprintf(ret_text, size, "%s", reply && reply->str ? reply->str : "0-0");
}

static void take_group(const struct pipeline *pipeline, const redisReply *groups,
                       struct stream *stream)
{
    stream->has_group = false;
    for (size_t i = 0; groups && groups->type == REDIS_REPLY_ARRAY && i < groups->elements; i++) {
        const redisReply *group = groups->element[i], *name = member(group, "name");
        if (!name || !name->str || strcmp(name->str, pipeline->spec.group) != 0)
            continue;
        stream->has_group = true;
        stream->lag = number(member(group, "lag"));
        const redisReply *pending = member(group, "pel-count");
        stream->pending = number(pending ? pending : member(group, "pending"));
        text(member(group, "last-delivered-id"), stream->delivered, sizeof stream->delivered);
    }
}

static void take_stream(const struct pipeline *pipeline, const redisReply *reply,
                        struct stream *stream)
{
    int64_t added = number(member(reply, "entries-added"));
    stream->found = true;
    stream->length = number(member(reply, "length"));
    stream->counts = added != COUNT_UNKNOWN;
    stream->added = stream->counts ? added : stream->length;
    text(member(reply, "last-generated-id"), stream->generated, sizeof stream->generated);
    take_group(pipeline, member(reply, "groups"), stream);
}

/* ---- readings ---- */

/* Entries behind the last one that the group was given. */
static const char *count_waiting(struct streams *streams, const char *key, struct stream *stream)
{
    char from[56];
    int64_t count = 0;
    snprintf(from, sizeof from, "(%s", stream->delivered);
    for (bool more = true; more && count < COUNTED;) {
        _cleanup_(redis_queue_free) redisReply *entries = redis_queue_ask(
            &streams->queue, key, 6, (const char *[]){"XRANGE", key, from, "+", "COUNT", ENTRIES});
        if (!entries)
            return streams->queue.why;
        size_t some = entries->type == REDIS_REPLY_ARRAY ? entries->elements : 0;
        count += (int64_t)some;
        more = some == strtoul(ENTRIES, NULL, 10);
        if (some)
            snprintf(from, sizeof from, "(%.48s", entries->element[some - 1]->element[0]->str);
    }
    stream->lag = count;
    return NULL;
}

static const char *look(struct pipeline *pipeline, unsigned name)
{
    struct streams *streams = pipeline->state;
    struct stream *stream = &streams->v[name];
    const char *key = pipeline_name(pipeline, name);
    bool missing = false;
    _cleanup_(redis_queue_free) redisReply *reply = redis_queue_ask_missing(
        &streams->queue, key, 6, (const char *[]){"XINFO", "STREAM", key, "FULL", "COUNT", "1"},
        "no such key", &missing);
    if (missing)
        stream->found = stream->has_group = false;
    if (!reply)
        return missing ? NULL : streams->queue.why;
    take_stream(pipeline, reply, stream);
    stream->was_pending |= stream->has_group && stream->pending > 0;
    bool counted = !stream->has_group || stream->lag != COUNT_UNKNOWN;
    return counted ? NULL : count_waiting(streams, key, stream);
}

static int64_t left_of(const struct stream *stream)
{
    return stream->lag + (stream->pending > 0 ? stream->pending : 0);
}

static void begin(struct stream *stream)
{
    snprintf(stream->last, sizeof stream->last, "%s", stream->found ? stream->generated : "0-0");
    stream->base = stream->found ? stream->added : 0;
    snprintf(stream->given, sizeof stream->given, "%s",
             stream->has_group ? stream->delivered : "0-0");
    stream->kept = 0;
    stream->was_pending = false;
}

/* Something was given out in this run, and nothing of it was ever seen to wait for a word. */
static bool is_unproven(const struct stream *stream)
{
    return stream->has_group && !stream->was_pending &&
           strcmp(stream->delivered, stream->given) != 0;
}

/* What the group has still to do of before the run. */
static void add_waiting(struct pipeline *pipeline, const struct stream *stream)
{
    int64_t waiting = stream->has_group ? left_of(stream) : stream->found ? stream->length : 0;
    pipeline->waiting += waiting;
    pipeline->uncommitted |= waiting && !stream->has_group;
}

static void show(struct pipeline *pipeline, unsigned name, bool baseline)
{
    const struct stream *stream = &((struct streams *)pipeline->state)->v[name];
    struct lane_reading *lane = &pipeline->lanes[name];
    int64_t end = stream->found ? stream->added : 0;
    *lane = (struct lane_reading){(int16_t)name, 0, COMMITTED_UNDEFINED, end};
    if (stream->has_group)
        lane->committed = end - left_of(stream);
    pipeline->depth_only |= is_unproven(stream) || (stream->found && !stream->counts);
    if (baseline)
        add_waiting(pipeline, stream);
}

static void note_missing(struct pipeline *pipeline)
{
    const struct streams *streams = pipeline->state;
    unsigned missing = 0;
    pipeline->missing[0] = '\0';
    for (unsigned i = 0; i < pipeline->spec.queues_count; i++)
        if (!streams->v[i].found && !missing++)
            snprintf(pipeline->missing, sizeof pipeline->missing, "%.64s at %.64s: no such stream",
                     pipeline->spec.queues[i], pipeline->at);
    pipeline->none = missing == pipeline->spec.queues_count;
}

static const char *stream_readings(struct pipeline *pipeline, bool baseline)
{
    struct streams *streams = pipeline->state;
    if (!pipeline_lanes(pipeline, pipeline->spec.queues_count))
        return "no memory";
    pipeline->depth_only = false;
    if (baseline) {
        pipeline->waiting = 0;
        pipeline->uncommitted = false;
    }
    for (unsigned i = 0; i < pipeline_names(pipeline); i++) {
        const char *failure = look(pipeline, i);
        if (failure)
            return failure;
        if (baseline)
            begin(&streams->v[i]);
        if (!pipeline_is_dead_letter(pipeline, i))
            show(pipeline, i, baseline);
    }
    pipeline->committed_at = pipeline->ends_at = clock_now();
    note_missing(pipeline);
    return NULL;
}

/* ---- records ---- */

static const redisReply *value_of(const redisReply *fields, const char *field)
{
    const redisReply *value = member(fields, field ? field : "user_id");
    bool any = fields->type == REDIS_REPLY_ARRAY && fields->elements > 1;
    return value || field || !any ? value : fields->element[1];
}

static bool keep(struct pipeline *pipeline, unsigned name, const redisReply *entry)
{
    struct streams *streams = pipeline->state;
    struct stream *stream = &streams->v[name];
    bool dead = pipeline_is_dead_letter(pipeline, name);
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 || !entry->element[0]->str)
        return false;
    const redisReply *value =
        value_of(entry->element[1], dead ? streams->dead_field : streams->field);
    const struct produced_record record = {.offset = stream->base + stream->kept,
                                           .queue = (int16_t)name};
    if (!pipeline_keep(pipeline, dead, record, value ? value->str : "",
                       value ? (size_t)value->len : 0))
        return false;
    stream->kept++;
    snprintf(stream->last, sizeof stream->last, "%.47s", entry->element[0]->str);
    return true;
}

/* Everything behind what was read last. */
static const char *read_stream(struct pipeline *pipeline, unsigned name)
{
    struct streams *streams = pipeline->state;
    struct stream *stream = &streams->v[name];
    const char *key = pipeline_name(pipeline, name);
    for (bool more = stream->found; more;) {
        char from[56];
        snprintf(from, sizeof from, "(%.48s", stream->last);
        _cleanup_(redis_queue_free) redisReply *entries = redis_queue_ask(
            &streams->queue, key, 6, (const char *[]){"XRANGE", key, from, "+", "COUNT", ENTRIES});
        if (!entries)
            return streams->queue.why;
        size_t some = entries->type == REDIS_REPLY_ARRAY ? entries->elements : 0;
        for (size_t i = 0; i < some; i++)
            if (!keep(pipeline, name, entries->element[i]))
                return "no memory for the stream's entries";
        more = some == strtoul(ENTRIES, NULL, 10);
    }
    return NULL;
}

/* Entries that are deleted before they are read can be known by their number alone. */
static const char *find_gap(struct pipeline *pipeline)
{
    struct streams *streams = pipeline->state;
    for (unsigned i = 0; i < pipeline_names(pipeline); i++) {
        const struct stream *stream = &streams->v[i];
        int64_t gone = stream->added - stream->base - stream->kept;
        if (!stream->found || !stream->counts || gone <= 0)
            continue;
        snprintf(streams->queue.why, sizeof streams->queue.why,
                 "%.64s: %lld of %lld entries were deleted before they could be read",
                 pipeline_name(pipeline, i), (long long)gone,
                 (long long)(stream->added - stream->base));
        return streams->queue.why;
    }
    return NULL;
}

static const char *stream_records(struct pipeline *pipeline, ns_t deadline)
{
    (void)deadline; /* what is there is there at once */
    for (unsigned i = 0; i < pipeline_names(pipeline); i++) {
        const char *failure = read_stream(pipeline, i);
        if (failure)
            return failure;
    }
    return find_gap(pipeline);
}

/* ---- open, close ---- */

/* The pointer's first step is a field of the entry, what follows leads into its JSON. */
static int split_pointer(char **pointer, enum value_format *value, char **ret_field)
{
    if (!*pointer)
        return 0;
    const char *from = *pointer + (**pointer == '/');
    size_t length = strcspn(from, "/");
    char *rest = from[length] ? strdup(from + length) : NULL;
    *ret_field = strndup(from, length);
    bool failed = !*ret_field || (from[length] && !rest);
    *value = rest ? VALUE_JSON : *value;
    free(*pointer);
    *pointer = rest;
    return failed ? -1 : 0;
}

static int stream_open(struct pipeline *pipeline, struct err *err)
{
    struct streams *streams = calloc(1, sizeof *streams);
    struct spec_pipeline *spec = &pipeline->spec;
    if (!streams)
        return err_set(err, ERR_MEMORY, "no room for the probe of the streams");
    pipeline->state = streams;
    streams->v = calloc(pipeline_names(pipeline), sizeof *streams->v);
    if (!streams->v || split_pointer(&spec->pointer, &spec->value, &streams->field) ||
        split_pointer(&spec->dead_letter_pointer, &spec->dead_letter_value, &streams->dead_field))
        return err_set(err, ERR_MEMORY, "no room for the probe of the streams");
    return redis_queue_open(&streams->queue, pipeline->at, err);
}

static void stream_close(struct pipeline *pipeline)
{
    struct streams *streams = pipeline->state;
    if (!streams)
        return;
    redis_queue_close(&streams->queue);
    free(streams->field);
    free(streams->dead_field);
    free(streams->v);
    free(streams);
}

const struct pipeline_ops pipeline_redis_stream_ops = {
    .open = stream_open,
    .readings = stream_readings,
    .records = stream_records,
    .close = stream_close,
};
