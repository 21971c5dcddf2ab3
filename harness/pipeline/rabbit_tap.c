#include "pipeline/rabbit_tap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/clock.h"
#include "pipeline/pipeline.h"

#define MARK "rushproof-mark-"

static amqp_bytes_t name_of(const struct rabbit_taps *taps, unsigned tap)
{
    return amqp_cstring_bytes(taps->queues[tap]);
}

bool rabbit_tap_make(struct rabbit_taps *taps, unsigned tap, struct rabbit_link *link)
{
    taps->queues[tap][0] = '\0';
    if (!rabbit_link_ready(link, RABBIT_LISTENING))
        return false;
    const amqp_queue_declare_ok_t *made = amqp_queue_declare(
        link->conn, RABBIT_LISTENING, amqp_empty_bytes, 0, 0, 1, 1, amqp_empty_table);
    if (!rabbit_link_did(link, RABBIT_LISTENING, "a queue of our own"))
        return false;
    snprintf(taps->queues[tap], sizeof taps->queues[tap], "%.*s", (int)made->queue.len,
             (const char *)made->queue.bytes);
    taps->seen[tap] = taps->marks;
    return true;
}

bool rabbit_tap_bind(const struct rabbit_taps *taps, unsigned tap, struct rabbit_link *link,
                     const char *exchange, amqp_bytes_t key, const amqp_table_t *arguments)
{
    amqp_queue_bind(link->conn, RABBIT_LISTENING, name_of(taps, tap), amqp_cstring_bytes(exchange),
                    key, arguments ? *arguments : amqp_empty_table);
    return rabbit_link_did(link, RABBIT_LISTENING, exchange);
}

bool rabbit_tap_listen(const struct rabbit_taps *taps, unsigned tap, struct rabbit_link *link)
{
    char tag[16];
    snprintf(tag, sizeof tag, "%u", tap);
    amqp_basic_consume(link->conn, RABBIT_LISTENING, name_of(taps, tap), amqp_cstring_bytes(tag), 0,
                       1, 1, amqp_empty_table);
    return rabbit_link_did(link, RABBIT_LISTENING, "a queue of our own");
}

/* ---- taking ---- */

/* A text of the protocol, cut; "" when it has none. */
static const char *text_of(amqp_bytes_t bytes, char *ret_text, size_t size)
{
    snprintf(ret_text, size, "%.*s", (int)(bytes.len < size ? bytes.len : size - 1),
             bytes.bytes ? (const char *)bytes.bytes : "");
    return ret_text;
}

/* A mark comes by the exchange that leads straight to a queue, and nobody else knows our queues. */
static bool is_mark(const amqp_envelope_t *message, uint64_t *ret_number)
{
    char id[64];
    if (message->exchange.len || !(message->message.properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG))
        return false;
    text_of(message->message.properties.message_id, id, sizeof id);
    return sscanf(id, MARK "%" SCNu64, ret_number) == 1;
}

static bool take(struct rabbit_taps *taps, const amqp_envelope_t *message)
{
    char tag[16];
    uint64_t number;
    unsigned tap = (unsigned)strtoul(text_of(message->consumer_tag, tag, sizeof tag), NULL, 10);
    if (tap >= RABBIT_TAPS_MAX)
        return true;
    if (!is_mark(message, &number))
        return taps->heard(taps->context, tap, message);
    taps->seen[tap] = number;
    return true;
}

enum taken { TAKEN_ONE, TAKEN_NONE, TAKEN_LOST };

static enum taken take_next(struct rabbit_taps *taps, struct rabbit_link *link, ns_t wait)
{
    amqp_envelope_t message;
    const struct timeval span = {.tv_sec = wait / NS_PER_S, .tv_usec = wait % NS_PER_S / NS_PER_US};
    amqp_maybe_release_buffers(link->conn);
    amqp_rpc_reply_t reply = amqp_consume_message(link->conn, &message, &span, 0);
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
        bool fine = take(taps, &message);
        amqp_destroy_envelope(&message);
        if (!fine)
            rabbit_link_lost(link, "", "no memory for what is published");
        return fine ? TAKEN_ONE : TAKEN_LOST;
    }
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
        reply.library_error == AMQP_STATUS_TIMEOUT)
        return TAKEN_NONE;
    rabbit_link_lost(link, "",
                     reply.library_error == AMQP_STATUS_UNEXPECTED_STATE
                         ? "the broker ended what was listened to"
                         : amqp_error_string2(reply.library_error));
    return TAKEN_LOST;
}

bool rabbit_taps_take(struct rabbit_taps *taps, struct rabbit_link *link)
{
    enum taken taken;
    while ((taken = take_next(taps, link, 0)) == TAKEN_ONE)
        ;
    return taken == TAKEN_NONE;
}

static bool mark(struct rabbit_taps *taps, struct rabbit_link *link)
{
    char id[64];
    snprintf(id, sizeof id, MARK "%" PRIu64, ++taps->marks);
    const amqp_basic_properties_t properties = {._flags = AMQP_BASIC_MESSAGE_ID_FLAG,
                                                .message_id = amqp_cstring_bytes(id)};
    for (unsigned i = 0; i < RABBIT_TAPS_MAX; i++) {
        int status = taps->queues[i][0]
                         ? amqp_basic_publish(link->conn, RABBIT_LISTENING, amqp_empty_bytes,
                                              name_of(taps, i), 0, 0, &properties, amqp_empty_bytes)
                         : 0;
        if (status)
            return rabbit_link_lost(link, "", amqp_error_string2(status));
    }
    return true;
}

static bool is_caught_up(const struct rabbit_taps *taps)
{
    for (unsigned i = 0; i < RABBIT_TAPS_MAX; i++)
        if (taps->queues[i][0] && taps->seen[i] < taps->marks)
            return false;
    return true;
}

bool rabbit_taps_catch_up(struct rabbit_taps *taps, struct rabbit_link *link)
{
    ns_t deadline = clock_now() + PIPELINE_PATIENCE;
    bool fine = mark(taps, link);
    while (fine && !is_caught_up(taps)) {
        ns_t left = deadline - clock_now();
        enum taken taken = take_next(taps, link, left > 0 ? left : 0);
        if (taken == TAKEN_NONE)
            return rabbit_link_lost(link, "", "what was published did not come in time");
        fine = taken == TAKEN_ONE;
    }
    return fine;
}
