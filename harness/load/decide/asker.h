/* An asker: the requests of one kind that the decider sends, a few at a time, on connections of
 * their own. @thread the decider's. */
#ifndef LOAD_ASKER_H
#define LOAD_ASKER_H

#include "load/net/transport.h"

struct asker {
    struct setup setup;
    struct carrier carrier;
    struct transport *transport;
    struct exchange **free; /* a stack */
    size_t free_count;
    /* The request of this record has ended, as the record says; the exchange still holds what came.
     */
    void (*ended)(void *context, const struct asker *asker, struct request *record,
                  const struct exchange *exchange, const struct response *response);
    void *context;
};

/* asker->setup has request, progress, roster, kept headers; rules: what answers mean, borrowed;
 * prepared: see message_compile.
 * Errors: ERR_USAGE, ERR_ENVIRONMENT, ERR_MEMORY; asker_close takes what it left. */
int asker_open(struct asker *asker, const struct spec_responses *rules, const char *dir,
               const struct feeder *prepared, uint64_t seed, size_t connections, struct err *err)
    __attribute__((warn_unused_result));
void asker_close(struct asker *asker);

/* Sends the record's request, with what was captured for it; one must be free. */
void asker_send(struct asker *asker, struct request *record, char *const *captured, ns_t now);

/* Handles what happens within span, and gives up what took too long; all of it when stopped. */
void asker_turn(struct asker *asker, ns_t span, bool stopped);

bool asker_is_idle(const struct asker *asker);

#endif
