/* A connection to RabbitMQ by AMQP 0-9-1: made when it is needed, and again when it was lost.
 * Thread of the source. */
#ifndef PIPELINE_RABBIT_LINK_H
#define PIPELINE_RABBIT_LINK_H

#include <amqp.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/uri.h"
#include "model/evidence.h"

/* What is listened to comes by the one; the other is closed by the broker when a question is about
 * what is not there. */
enum { RABBIT_LISTENING = 1, RABBIT_ASKING, RABBIT_CHANNELS };

struct rabbit_link {
    const char *at; /* borrowed */
    struct uri uri;
    amqp_connection_state_t conn; /* NULL: not connected */
    bool open[RABBIT_CHANNELS];
    uint16_t refusal;          /* AMQP's number of the last one: 404, not there; 403, may not */
    char why[READ_REASON_MAX]; /* of the last failure */
};

/* Looks at the address; connects to nothing yet. Errors: ERR_USAGE, ERR_MEMORY. */
int rabbit_link_new(const char *at, struct rabbit_link **ret_link, struct err *err);
void rabbit_link_free(struct rabbit_link *link); /* NULL is fine */

/* Connected, with that channel open. False: why says why not. */
bool rabbit_link_ready(struct rabbit_link *link, int channel);
void rabbit_link_close(struct rabbit_link *link);

/* After a call on a channel: did the broker do it? False: why says what it said, of what; the
 * channel is closed then, or the whole connection. */
bool rabbit_link_did(struct rabbit_link *link, int channel, const char *what);
/* The connection can be used no more. Returns false. */
bool rabbit_link_lost(struct rabbit_link *link, const char *what, const char *why);

/* The virtual host, as brokers call it. */
const char *rabbit_link_vhost(const struct rabbit_link *link);

#endif
