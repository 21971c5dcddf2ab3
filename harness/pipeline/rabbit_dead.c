/* The dead-letter queue. Nobody can look into a queue without taking from it: what is taken is
 * given back unread, as the management's page does it, and stands where it stood, marked as
 * redelivered. That happens only when there is more than at the last time. */
#include <stdio.h>

#include "pipeline/rabbit.h"

enum got { GOT_ONE, GOT_NONE, GOT_FAILURE };

static enum got get(struct rabbit *rabbit, const char *queue, uint64_t *ret_tag,
                    amqp_message_t *ret_message)
{
    struct rabbit_link *link = rabbit->link;
    amqp_rpc_reply_t reply =
        amqp_basic_get(link->conn, RABBIT_ASKING, amqp_cstring_bytes(queue), 0);
    if (!rabbit_link_did(link, RABBIT_ASKING, queue))
        return GOT_FAILURE;
    if (reply.reply.id != AMQP_BASIC_GET_OK_METHOD)
        return GOT_NONE;
    *ret_tag = ((const amqp_basic_get_ok_t *)reply.reply.decoded)->delivery_tag;
    reply = amqp_read_message(link->conn, RABBIT_ASKING, ret_message, 0);
    if (reply.reply_type == AMQP_RESPONSE_NORMAL)
        return GOT_ONE;
    rabbit_link_lost(link, queue, "a message did not come as a whole");
    return GOT_FAILURE;
}

static bool keep(struct rabbit *rabbit, int64_t place, const amqp_message_t *message)
{
    const struct produced_record record = {.offset = place,
                                           .queue = (int16_t)rabbit->pipeline->spec.queues_count};
    return pipeline_keep(rabbit->pipeline, true, record, message->body.bytes, message->body.len);
}

static const char *read_new(struct rabbit *rabbit, const char *queue, int64_t known)
{
    uint64_t tag = 0;
    enum got got;
    bool fine = true;
    amqp_message_t message;
    int64_t place = 0;
    while (fine && (got = get(rabbit, queue, &tag, &message)) == GOT_ONE) {
        fine = place < known || keep(rabbit, place, &message);
        place++;
        amqp_destroy_message(&message);
    }
    if (fine && got == GOT_FAILURE)
        return rabbit->link->why;
    if (tag && amqp_basic_nack(rabbit->link->conn, RABBIT_ASKING, tag, 1, 1)) {
        rabbit_link_lost(rabbit->link, queue, "what was looked at could not be given back");
        return rabbit->link->why;
    }
    rabbit->dead_seen = place;
    return fine ? NULL : "no memory for the dead letters";
}

const char *rabbit_read_dead(struct rabbit *rabbit)
{
    const char *queue = rabbit->pipeline->spec.dead_letter;
    const struct rabbit_queue *now = &rabbit->queues[rabbit->pipeline->spec.queues_count];
    int64_t waiting = now->found ? now->ready + (now->unacked > 0 ? now->unacked : 0) : 0;
    if (now->found && now->consumers) {
        snprintf(rabbit->why, sizeof rabbit->why,
                 "%.64s: somebody consumes it, and what was taken from it nobody can read", queue);
        return rabbit->why;
    }
    if (waiting == rabbit->dead_seen)
        return NULL;
    if (!rabbit_link_ready(rabbit->link, RABBIT_ASKING))
        return rabbit->link->why;
    return read_new(rabbit, queue, rabbit->dead_seen);
}
