/* How much waits in a queue. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/rabbit.h"
#include "pipeline/rabbit_management.h"

/* Of one instant, by the module inside the broker. */
static const char *ask_watch(struct rabbit *rabbit, const char *name, struct rabbit_queue *queue)
{
    char question[300], answer[READ_REASON_MAX];
    int64_t automatic = 0;
    snprintf(question, sizeof question, "queue %.250s", name);
    bool answered = dialogue_ask(&rabbit->watch, question, answer, sizeof answer);
    queue->found = false;
    if (answered && !strcmp(answer, "none"))
        return NULL;
    if (answered && sscanf(answer, "queue %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
                           &queue->ready, &queue->unacked, &queue->consumers, &automatic) == 4) {
        queue->found = true;
        queue->auto_acked |= automatic > 0;
        queue->acknowledged |= queue->consumers > automatic;
        return NULL;
    }
    snprintf(rabbit->why, sizeof rabbit->why, "%.64s: %.160s", name, answer);
    return rabbit->why;
}

/* What every broker tells: how much is ready, and how many consumers there are. */
static const char *declare(struct rabbit *rabbit, const char *name, struct rabbit_queue *queue)
{
    struct rabbit_link *link = rabbit->link;
    if (!rabbit_link_ready(link, RABBIT_ASKING))
        return link->why;
    const amqp_queue_declare_ok_t *said = amqp_queue_declare(
        link->conn, RABBIT_ASKING, amqp_cstring_bytes(name), 1, 0, 0, 0, amqp_empty_table);
    if (!rabbit_link_did(link, RABBIT_ASKING, name)) {
        queue->found = false;
        return link->refusal == AMQP_NOT_FOUND ? NULL : link->why;
    }
    if (!queue->found || queue->ready != said->message_count || queue->heard != queue->published)
        queue->moved = clock_now();
    queue->heard = queue->published;
    queue->found = true;
    queue->outdated = false;
    queue->ready = said->message_count;
    queue->consumers = said->consumer_count;
    queue->unacked = COUNT_UNKNOWN;
    return NULL;
}

/* Until what is told is of a time when nothing moved any more something may wait that it does not
 * tell. */
static void take_figures(struct rabbit_queue *queue, const struct rabbit_figures *figures)
{
    queue->unacked = figures->unacked;
    queue->outdated = !queue->unacked && clock_now() - queue->moved < figures->age;
    queue->auto_acked |= figures->automatic;
    queue->acknowledged |= figures->acknowledging;
}

/* A message goes from ready to unacknowledged, so in this order none is overlooked; one that is
 * given back meanwhile is, and is seen in the next round. */
static const char *ask_both(struct rabbit *rabbit, const char *name, struct rabbit_queue *queue)
{
    struct rabbit_figures figures = {0};
    const char *failure = declare(rabbit, name, queue);
    if (failure || !queue->found || !rabbit->management)
        return failure;
    if (!rabbit_management_queue(rabbit->management, name, &figures, rabbit->why,
                                 sizeof rabbit->why))
        return rabbit->why;
    take_figures(queue, &figures);
    return NULL;
}

const char *rabbit_look(struct rabbit *rabbit, unsigned name)
{
    struct rabbit_queue *queue = &rabbit->queues[name];
    const char *text = pipeline_name(rabbit->pipeline, name);
    const char *failure =
        rabbit_is_private(rabbit) ? ask_watch(rabbit, text, queue) : ask_both(rabbit, text, queue);
    queue->acknowledged |= !failure && queue->found && queue->unacked > 0;
    return failure;
}
