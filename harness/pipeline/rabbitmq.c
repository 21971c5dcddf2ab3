/* RabbitMQ. A lane is a queue: its end is how much was published to it, its committed that less
 * what waits there, ready or handed out and not acknowledged. How much waits a private broker tells
 * of one instant, by a module inside it; somebody else's tells how much is ready by AMQP and the
 * rest by its management API. What is published is heard: of a private broker everything, by its
 * firehose tracer; of somebody else's what comes by exchanges to which a queue of ours can be bound
 * as well.
 *
 * Where consumers acknowledge by being given a message, nothing waiting proves nothing; where
 * nothing is heard, nobody can say what was published. The rows decide then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/rabbit.h"
#include "pipeline/rabbit_management.h"

/* ---- readings ---- */

static int64_t waiting_of(const struct rabbit_queue *queue)
{
    return queue->found ? queue->ready + (queue->unacked > 0 ? queue->unacked : 0) : 0;
}

static void begin(struct rabbit_queue *queue)
{
    queue->base = waiting_of(queue);
    queue->published = 0;
    queue->auto_acked = queue->acknowledged = false;
}

/* What has left the queue was acknowledged, unless its consumers do not. */
static bool is_unproven(const struct rabbit_queue *queue, int64_t gone)
{
    return !queue->tapped || queue->auto_acked || queue->unacked == COUNT_UNKNOWN ||
           (gone > 0 && !queue->acknowledged);
}

/* heard: before it was asked how much waits. What was published since then only looks as if it
 * waited, too. */
static void show(struct rabbit *rabbit, unsigned name, int64_t heard)
{
    struct pipeline *pipeline = rabbit->pipeline;
    const struct rabbit_queue *queue = &rabbit->queues[name];
    struct lane_reading *lane = &pipeline->lanes[name];
    int64_t end = queue->base + queue->published;
    int64_t waiting = waiting_of(queue) + queue->outdated;
    int64_t committed = queue->base + heard - waiting;
    committed -= committed == COMMITTED_UNDEFINED; /* one too few is on the safe side */
    *lane = (struct lane_reading){(int16_t)name, 0, committed, end};
    if (!queue->tapped)
        *lane = (struct lane_reading){(int16_t)name, 0, 0, waiting};
    pipeline->depth_only |= is_unproven(queue, committed - queue->base);
}

static void note_missing(struct rabbit *rabbit)
{
    struct pipeline *pipeline = rabbit->pipeline;
    unsigned missing = 0;
    pipeline->missing[0] = '\0';
    for (unsigned i = 0; i < pipeline->spec.queues_count; i++)
        if (!rabbit->queues[i].found && !missing++)
            snprintf(pipeline->missing, sizeof pipeline->missing, "%.64s: no such queue",
                     pipeline->spec.queues[i]);
    pipeline->none = missing == pipeline->spec.queues_count;
}

/* Something waits there, and nothing of it was heard: it did not come by the queue's exchanges. */
static void give_up_deaf_taps(struct rabbit *rabbit)
{
    struct pipeline *pipeline = rabbit->pipeline;
    for (unsigned i = 0; !rabbit_is_private(rabbit) && i < pipeline->spec.queues_count; i++) {
        struct rabbit_queue *queue = &rabbit->queues[i];
        if (!queue->tapped || queue->published || waiting_of(queue) <= queue->base)
            continue;
        queue->tapped = false;
        snprintf(pipeline->hidden, sizeof pipeline->hidden,
                 "%.64s: what comes does not come by its exchanges, so what was published to it is "
                 "not known",
                 pipeline->spec.queues[i]);
    }
}

/* The order is the rule's: what was heard, then what waits, then what was published until now. */
static const char *look_at_all(struct rabbit *rabbit, int64_t *heard)
{
    unsigned names = pipeline_names(rabbit->pipeline);
    for (unsigned i = 0; i < names; i++)
        heard[i] = rabbit->queues[i].published;
    for (unsigned i = 0; i < names; i++) {
        const char *failure = rabbit_look(rabbit, i);
        if (failure)
            return failure;
    }
    rabbit->pipeline->committed_at = clock_now();
    return rabbit->listening && !rabbit_taps_catch_up(&rabbit->taps, rabbit->link)
               ? rabbit->link->why
               : NULL;
}

static void take_baseline(struct rabbit *rabbit)
{
    struct pipeline *pipeline = rabbit->pipeline;
    pipeline->waiting = 0;
    pipeline_forget(pipeline);
    for (unsigned i = 0; i < pipeline_names(pipeline); i++) {
        begin(&rabbit->queues[i]);
        if (!pipeline_is_dead_letter(pipeline, i))
            pipeline->waiting += rabbit->queues[i].base;
        else
            rabbit->dead_before = rabbit->dead_seen = rabbit->queues[i].base;
    }
    rabbit->gap = false;
}

/* A connection that was lost took the taps along. */
static const char *connect_again(struct rabbit *rabbit, bool baseline)
{
    bool lost = rabbit->listening && !rabbit->link->conn;
    rabbit->gap |= lost && !baseline;
    rabbit->listening &= !lost;
    const char *failure = rabbit->listening ? NULL : rabbit_listen(rabbit);
    if (!failure && rabbit->listening && !rabbit_taps_take(&rabbit->taps, rabbit->link))
        failure = rabbit->link->why;
    return failure;
}

static const char *rabbit_readings(struct pipeline *pipeline, bool baseline)
{
    struct rabbit *rabbit = pipeline->state;
    int64_t heard[RABBIT_TAPS_MAX];
    if (!pipeline_lanes(pipeline, pipeline->spec.queues_count))
        return "no memory";
    const char *failure = connect_again(rabbit, baseline);
    if (!failure)
        failure = look_at_all(rabbit, heard);
    if (failure)
        return failure;
    if (baseline) {
        take_baseline(rabbit);
        memset(heard, 0, sizeof heard);
    } else {
        give_up_deaf_taps(rabbit);
    }
    pipeline->depth_only = rabbit->gap;
    for (unsigned i = 0; i < pipeline->spec.queues_count; i++)
        show(rabbit, i, heard[i]);
    pipeline->ends_at = clock_now();
    note_missing(rabbit);
    return NULL;
}

/* ---- records ---- */

static const char *rabbit_records(struct pipeline *pipeline, ns_t deadline)
{
    (void)deadline; /* what was published up to the ends was heard with them */
    struct rabbit *rabbit = pipeline->state;
    const char *failure = pipeline->spec.dead_letter ? rabbit_read_dead(rabbit) : NULL;
    if (failure || !rabbit->gap)
        return failure;
    return "the connection was lost in the run, and what was published then is not known";
}

static int64_t rabbit_members(struct pipeline *pipeline, ns_t wait, char *ret_who, size_t size)
{
    (void)wait; /* it was told with the readings */
    struct rabbit *rabbit = pipeline->state;
    int64_t members = 0;
    size_t used = 0;
    for (unsigned i = 0; i < pipeline->spec.queues_count; i++) {
        const struct rabbit_queue *queue = &rabbit->queues[i];
        members += queue->found ? queue->consumers : 0;
        if (queue->found && queue->consumers && used < size)
            used +=
                (size_t)snprintf(ret_who + used, size - used, "%s%lld of %.64s", used ? ", " : "",
                                 (long long)queue->consumers, pipeline->spec.queues[i]);
    }
    return members;
}

/* ---- open, close ---- */

static int rabbit_open(struct pipeline *pipeline, struct err *err)
{
    struct rabbit *rabbit = calloc(1, sizeof *rabbit);
    if (!rabbit)
        return err_set(err, ERR_MEMORY, "no room for the probe of rabbitmq");
    pipeline->state = rabbit;
    rabbit->pipeline = pipeline;
    pipeline->forgets = true;
    rabbit->watch.fd = -1;
    rabbit->queues = calloc(RABBIT_TAPS_MAX, sizeof *rabbit->queues);
    if (!rabbit->queues)
        return err_set(err, ERR_MEMORY, "no room for the probe of rabbitmq");
    int rc = rabbit_link_new(pipeline->at, &rabbit->link, err);
    if (rc)
        return rc;
    if (uri_query(&rabbit->link->uri, "watch", rabbit->watch_path, sizeof rabbit->watch_path))
        rabbit->watch = dialogue_at(rabbit->watch_path, PIPELINE_PATIENCE);
    else
        rc = rabbit_management_open(pipeline, &rabbit->link->uri, &rabbit->management, err);
    pipeline->costly = rabbit->management != NULL;
    return rc;
}

static void rabbit_close(struct pipeline *pipeline)
{
    struct rabbit *rabbit = pipeline->state;
    if (!rabbit)
        return;
    dialogue_close(&rabbit->watch);
    rabbit_management_close(rabbit->management);
    rabbit_link_free(rabbit->link);
    free(rabbit->queues);
    free(rabbit);
}

const struct pipeline_ops pipeline_rabbitmq_ops = {
    .open = rabbit_open,
    .readings = rabbit_readings,
    .records = rabbit_records,
    .members = rabbit_members,
    .close = rabbit_close,
};
