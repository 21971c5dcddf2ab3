/* Records that came while nobody took any. They wait here rather than in the client: a partition
 * that was paused gives its next record most of a second after it is resumed. One thread. */
#ifndef CONSUMER_STASH_H
#define CONSUMER_STASH_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>

#define STASH_MAX 1000

struct stash {
    rd_kafka_message_t *v[STASH_MAX]; /* owned, from first to end */
    size_t first, end;
};

/* Lets all go. */
void stash_clear(struct stash *stash);

/* The first one, which is the caller's then; NULL: there is none. */
rd_kafka_message_t *stash_take(struct stash *stash);

/* Puts back the one that was taken last, from here or from an empty stash's client. */
void stash_return(struct stash *stash, rd_kafka_message_t *message);

/* Takes it over as the last one; false: there is no room, and it stays the caller's. */
bool stash_keep(struct stash *stash, rd_kafka_message_t *message);

bool stash_full(const struct stash *stash);

#endif
