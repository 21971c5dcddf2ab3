/* Records on their way from the topic to the table, in the order in which they came. Pure; one
 * thread. */
#ifndef CONSUMER_BATCH_H
#define CONSUMER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { BATCH_VALUE_SIZE = 8 };

/* A record's place. */
struct place {
    int32_t partition;
    int64_t offset;
};

/* A record whose value is no user id. */
struct malformed {
    struct place place;
    size_t length;
    uint8_t *value; /* owned; NULL: the record had none (a tombstone) */
};

struct batch {
    size_t max;
    size_t count;
    uint8_t *values;      /* count big-endian 64-bit numbers, just as they came */
    struct place *places; /* of each of them */
    struct malformed *malformed;
    size_t malformed_count, malformed_room;
};

int batch_init(struct batch *batch, size_t max, struct err *err)
    __attribute__((warn_unused_result));
void batch_free(struct batch *batch);
void batch_clear(struct batch *batch);

/* Takes a copy of the value. False: out of memory, the batch is as it was. There must be room. */
bool batch_add(struct batch *batch, struct place place, const void *value, size_t length);

/* Forgets the first count rows, or the first malformed record: they are safe. */
void batch_drop_rows(struct batch *batch, size_t count);
void batch_drop_malformed(struct batch *batch);

bool batch_full(const struct batch *batch);
bool batch_empty(const struct batch *batch); /* neither rows nor malformed records */

/* The user of a row: an 8-byte big-endian signed integer, as Java's LongSerializer writes it. */
int64_t batch_user(const struct batch *batch, size_t index);

#endif
