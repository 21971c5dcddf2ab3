/* What is published to RabbitMQ, listened to by queues of our own: they are the connection's alone
 * and end with it, and get copies of what an exchange hands on. Thread of the source. */
#ifndef PIPELINE_RABBIT_TAP_H
#define PIPELINE_RABBIT_TAP_H

#include "pipeline/rabbit_link.h"

#define RABBIT_TAPS_MAX 32

/* One message that came. */
typedef bool (*rabbit_heard)(void *context, unsigned tap, const amqp_envelope_t *message);

struct rabbit_taps {
    char queues[RABBIT_TAPS_MAX][128]; /* as the broker calls ours; "": there is none */
    uint64_t marks;                    /* so many were sent to each of them */
    uint64_t seen[RABBIT_TAPS_MAX];    /* the last one that came back */
    rabbit_heard heard;                /* false: no memory */
    void *context;
};

/* A queue of our own, bound to nothing. False: the link says why. */
bool rabbit_tap_make(struct rabbit_taps *taps, unsigned tap, struct rabbit_link *link);
bool rabbit_tap_bind(const struct rabbit_taps *taps, unsigned tap, struct rabbit_link *link,
                     const char *exchange, amqp_bytes_t key, const amqp_table_t *arguments);
bool rabbit_tap_listen(const struct rabbit_taps *taps, unsigned tap, struct rabbit_link *link);

/* Takes what has come, without waiting. */
bool rabbit_taps_take(struct rabbit_taps *taps, struct rabbit_link *link);

/* Takes everything that was published before this call: a mark is sent behind it, and waited for.
 * Messages reach a queue in the order in which they were sent to it, and a broker copies a message
 * to the taps before it hands it to the service's queues, or together with that. */
bool rabbit_taps_catch_up(struct rabbit_taps *taps, struct rabbit_link *link);

#endif
