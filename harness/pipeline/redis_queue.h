/* A connection to Redis for the queues that live there: made when it is needed, and again when it
 * was lost. Thread of the source. */
#ifndef PIPELINE_REDIS_QUEUE_H
#define PIPELINE_REDIS_QUEUE_H

#include <stdbool.h>

#include "base/err.h"
#include "model/evidence.h"

struct redis_link;
struct redisReply;

struct redis_queue {
    const char *at;            /* borrowed */
    struct redis_link *link;   /* NULL: not connected */
    char why[READ_REASON_MAX]; /* of the last failure */
};

/* Connects to nothing yet. Errors: ERR_USAGE (the address). */
int redis_queue_open(struct redis_queue *queue, const char *at, struct err *err);
void redis_queue_close(struct redis_queue *queue);

/* NULL: why says what, of which key, and where. */
struct redisReply *redis_queue_ask(struct redis_queue *queue, const char *key, int count,
                                   const char **words);

/* The same; *ret_missing when the server's error holds those words. */
struct redisReply *redis_queue_ask_missing(struct redis_queue *queue, const char *key, int count,
                                           const char **words, const char *missing,
                                           bool *ret_missing);

void redis_queue_free(struct redisReply **reply); /* for _cleanup_ */

#endif
