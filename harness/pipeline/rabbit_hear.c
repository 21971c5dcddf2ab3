/* Hearing what is published. */
#include <stdio.h>
#include <string.h>

#include "pipeline/rabbit.h"
#include "pipeline/rabbit_management.h"

/* Where a private broker copies everything to: publish.EXCHANGE, deliver.QUEUE. */
#define TRACE     "amq.rabbitmq.trace"
#define PUBLISHED "publish.#"
#define ROUTED    "routed_queues"

static bool keep(struct rabbit *rabbit, unsigned name, const amqp_envelope_t *message)
{
    struct rabbit_queue *queue = &rabbit->queues[name];
    const struct produced_record record = {.offset = queue->base + queue->published,
                                           .queue = (int16_t)name};
    queue->published++;
    queue->moved = clock_now();
    return pipeline_keep(rabbit->pipeline, false, record, message->message.body.bytes,
                         message->message.body.len);
}

static bool is_called(const char *name, amqp_bytes_t text)
{
    return text.len == strlen(name) && !memcmp(name, text.bytes, text.len);
}

/* The queues that the broker handed a message to, as the tracer says; NULL: it does not. */
static const amqp_array_t *routed(const amqp_envelope_t *message)
{
    const amqp_basic_properties_t *properties = &message->message.properties;
    if (!(properties->_flags & AMQP_BASIC_HEADERS_FLAG))
        return NULL;
    for (int i = 0; i < properties->headers.num_entries; i++) {
        const amqp_table_entry_t *entry = &properties->headers.entries[i];
        if (is_called(ROUTED, entry->key) && entry->value.kind == AMQP_FIELD_KIND_ARRAY)
            return &entry->value.value.array;
    }
    return NULL;
}

static bool heard_trace(void *context, unsigned tap, const amqp_envelope_t *message)
{
    (void)tap;
    struct rabbit *rabbit = context;
    const amqp_array_t *queues = routed(message);
    bool fine = true;
    for (int i = 0; queues && i < queues->num_entries; i++)
        for (unsigned name = 0; name < rabbit->pipeline->spec.queues_count; name++)
            if (queues->entries[i].kind == AMQP_FIELD_KIND_UTF8 &&
                is_called(rabbit->pipeline->spec.queues[name], queues->entries[i].value.bytes))
                fine &= keep(rabbit, name, message);
    return fine;
}

static bool heard_copy(void *context, unsigned tap, const amqp_envelope_t *message)
{
    return keep(context, tap, message);
}

static const char *listen_to_trace(struct rabbit *rabbit)
{
    struct rabbit_taps *taps = &rabbit->taps;
    taps->heard = heard_trace;
    if (!rabbit_tap_make(taps, 0, rabbit->link) ||
        !rabbit_tap_bind(taps, 0, rabbit->link, TRACE, amqp_cstring_bytes(PUBLISHED), NULL) ||
        !rabbit_tap_listen(taps, 0, rabbit->link))
        return rabbit->link->why;
    for (unsigned i = 0; i < rabbit->pipeline->spec.queues_count; i++)
        rabbit->queues[i].tapped = true;
    return NULL;
}

/* A copy of all that is bound to the queue. False: it cannot be had, and ret_why says why. */
static bool listen_beside(struct rabbit *rabbit, unsigned name, char *ret_why, size_t size)
{
    struct rabbit_bindings bindings;
    struct rabbit_taps *taps = &rabbit->taps;
    const char *queue = rabbit->pipeline->spec.queues[name];
    if (!rabbit_management_bindings(rabbit->management, queue, &bindings, ret_why, size))
        return false;
    bool fine = rabbit_tap_make(taps, name, rabbit->link);
    for (unsigned i = 0; fine && i < bindings.count; i++)
        fine = rabbit_tap_bind(taps, name, rabbit->link, bindings.v[i].exchange,
                               amqp_cstring_bytes(bindings.v[i].key), NULL);
    fine = fine && rabbit_tap_listen(taps, name, rabbit->link);
    if (fine)
        return true;
    taps->queues[name][0] = '\0';
    snprintf(ret_why, size, "%s", rabbit->link->why);
    return false;
}

static void listen_to_copies(struct rabbit *rabbit)
{
    struct pipeline *pipeline = rabbit->pipeline;
    char why[READ_REASON_MAX];
    for (unsigned i = 0; i < pipeline->spec.queues_count; i++) {
        rabbit->queues[i].tapped = listen_beside(rabbit, i, why, sizeof why);
        if (!rabbit->queues[i].tapped)
            memcpy(pipeline->hidden, why, sizeof why);
    }
}

const char *rabbit_listen(struct rabbit *rabbit)
{
    const char *failure = NULL;
    rabbit->pipeline->hidden[0] = '\0';
    memset(rabbit->taps.queues, 0, sizeof rabbit->taps.queues);
    rabbit->taps.context = rabbit;
    rabbit->taps.heard = heard_copy;
    if (!rabbit_link_ready(rabbit->link, RABBIT_LISTENING))
        return rabbit->link->why;
    if (rabbit_is_private(rabbit))
        failure = listen_to_trace(rabbit);
    else
        listen_to_copies(rabbit);
    rabbit->listening = !failure && rabbit->link->conn;
    return failure;
}
