/* How far the assigned partitions have come: taken from the topic, saved in Postgres, committed to
 * the group. Pure; one thread. */
#ifndef CONSUMER_POSITIONS_H
#define CONSUMER_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consumer/batch.h"

/* Each is the offset of the next record. committed <= saved <= taken. */
struct position {
    int32_t partition;
    int64_t taken, saved, committed;
};

struct positions {
    struct position *v; /* owned; of the partitions that have moved */
    size_t count, room;
};

void positions_free(struct positions *positions);

/* The partition's, a new one when it has not moved yet. NULL: out of memory. */
struct position *positions_get(struct positions *positions, int32_t partition);

/* Everything that was taken is saved, but for what the batch still holds. */
void positions_save(struct positions *positions, const struct batch *unsaved);

/* The group has confirmed it. */
void positions_commit(struct positions *positions, int32_t partition, int64_t offset);

/* Is something saved that is not committed? */
bool positions_behind(const struct positions *positions);

#endif
