/* Requests that belong to a Kafka transaction, recognised on their way in. The mock cluster serves
 * them, but keeps no control records: what was aborted is delivered to everybody, whatever
 * `read_committed` promises. So they are to be refused, and plain and idempotent producers are not.
 * Pure; one thread at a time. */
#ifndef BROKER_TRANSACTIONS_H
#define BROKER_TRANSACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSACTION_HEAD 1024 /* so much of a request is looked at */

/* TRANSACTIONAL_ID_AUTHORIZATION_FAILED: every client gives up on it at once, and shows that it is
 * about the transactional id. */
#define TRANSACTION_ERROR 53

struct transaction {
    int16_t api;
    const char *request; /* "InitProducerId" */
    char id[128];        /* transactional.id, cut */
};

/* True when the request, without its length field, is one of a transaction. */
bool transaction_read(const unsigned char *request, size_t length, struct transaction *ret_found);

/* What came in on one connection so far: requests, each behind its length in four bytes. */
struct transaction_stream {
    size_t used; /* of head, the length field included */
    uint64_t size;
    uint64_t seen;
    unsigned char head[4 + TRANSACTION_HEAD];
};

/* Takes bytes that came in. Returns true when a request of a transaction is complete with them; a
 * caller that reads request by request gets each. */
bool transaction_feed(struct transaction_stream *stream, const unsigned char *bytes, size_t length,
                      struct transaction *ret_found);

#endif
