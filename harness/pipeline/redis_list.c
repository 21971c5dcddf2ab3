/* Queues in Redis whose elements are taken out when somebody begins with them: a list, or the sets
 * and hashes in which libraries keep what is delayed or under way. They tell how many wait and
 * nothing else; an element that was taken may be unsaved, so the rows decide. */
#include <hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "pipeline/pipeline.h"
#include "pipeline/redis_queue.h"

/* How many elements there are, by what TYPE says of the key. */
static const struct {
    const char *type, *count;
} sizes[] = {
    {"list", "LLEN"}, {"zset", "ZCARD"},  {"set", "SCARD"},
    {"hash", "HLEN"}, {"stream", "XLEN"}, {"none", "LLEN"},
};

static int list_open(struct pipeline *pipeline, struct err *err)
{
    struct redis_queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return err_set(err, ERR_MEMORY, "no room for the probe of the lists");
    pipeline->state = queue;
    pipeline->depth_only = true;
    return redis_queue_open(queue, pipeline->at, err);
}

/* NULL: why is said. */
static const char *size_command(struct pipeline *pipeline, const char *key)
{
    struct redis_queue *queue = pipeline->state;
    _cleanup_(redis_queue_free) redisReply *type =
        redis_queue_ask(queue, key, 2, (const char *[]){"TYPE", key});
    if (!type)
        return NULL;
    if (type->str && !strcmp(type->str, "none"))
        snprintf(pipeline->missing, sizeof pipeline->missing, "%.64s at %.64s: no such key", key,
                 pipeline->at);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (type->str && !strcmp(sizes[i].type, type->str))
            return sizes[i].count;
    snprintf(queue->why, sizeof queue->why,
             "%.64s at %.64s is a %.16s, and a queue is a list, set, sorted set, hash or stream",
             key, queue->at, type->str ? type->str : "?");
    return NULL;
}

/* One command of the transaction, or its end; the answer to it may be of the type that is wanted.
 */
static redisReply *tell(struct redis_queue *queue, const char *key, const char *first)
{
    return redis_queue_ask(queue, key, strcmp(first, "MULTI") && strcmp(first, "EXEC") ? 2 : 1,
                           (const char *[]){first, key});
}

/* All sizes at one instant: what moves from one list to another is in one of them. */
static const char *read_sizes(struct pipeline *pipeline, const char *const *commands)
{
    struct redis_queue *queue = pipeline->state;
    unsigned count = pipeline->spec.queues_count;
    redisReply *opened = tell(queue, pipeline->spec.queues[0], "MULTI");
    bool fine = opened != NULL;
    redis_queue_free(&opened);
    for (unsigned i = 0; i < count && fine; i++) {
        redisReply *queued = tell(queue, pipeline->spec.queues[i], commands[i]);
        fine = queued != NULL;
        redis_queue_free(&queued);
    }
    _cleanup_(redis_queue_free) redisReply *all =
        fine ? tell(queue, pipeline->spec.queues[0], "EXEC") : NULL;
    if (!all || all->type != REDIS_REPLY_ARRAY || all->elements != count) {
        redis_queue_close(queue); /* a transaction that is left open ends with its connection */
        return all ? "the server does not keep to the protocol" : queue->why;
    }
    for (unsigned i = 0; i < count; i++) {
        if (all->element[i]->type != REDIS_REPLY_INTEGER)
            return "the type of a queue has just changed";
        pipeline->lanes[i] = (struct lane_reading){(int16_t)i, 0, 0, all->element[i]->integer};
    }
    return NULL;
}

static const char *list_readings(struct pipeline *pipeline, bool baseline)
{
    struct redis_queue *queue = pipeline->state;
    unsigned count = pipeline->spec.queues_count;
    _cleanup_free_ const char **commands = calloc(count + 1, sizeof *commands);
    if (!commands || !pipeline_lanes(pipeline, count))
        return "no memory";
    pipeline->missing[0] = '\0';
    for (unsigned i = 0; i < count; i++)
        if (!(commands[i] = size_command(pipeline, pipeline->spec.queues[i])))
            return queue->why;
    const char *failure = read_sizes(pipeline, commands);
    pipeline->committed_at = pipeline->ends_at = clock_now();
    pipeline->waiting = baseline && !failure ? pipeline_depth(pipeline) : pipeline->waiting;
    return failure;
}

static void list_close(struct pipeline *pipeline)
{
    struct redis_queue *queue = pipeline->state;
    if (queue)
        redis_queue_close(queue);
    free(queue);
}

const struct pipeline_ops pipeline_redis_list_ops = {
    .open = list_open, .readings = list_readings, .close = list_close};
