#include "consumer/batch.h"

#include <stdlib.h>
#include <string.h>

int batch_init(struct batch *batch, size_t max, struct err *err)
{
    *batch = (struct batch){.max = max};
    batch->values = malloc(max * BATCH_VALUE_SIZE);
    batch->places = malloc(max * sizeof *batch->places);
    if (batch->values && batch->places)
        return 0;
    batch_free(batch);
    return err_set(err, ERR_MEMORY, "no memory for a batch of %zu", max);
}

void batch_free(struct batch *batch)
{
    batch_clear(batch);
    free(batch->values);
    free(batch->places);
    free(batch->malformed);
    *batch = (struct batch){0};
}

void batch_clear(struct batch *batch)
{
    for (size_t i = 0; i < batch->malformed_count; i++)
        free(batch->malformed[i].value);
    batch->malformed_count = 0;
    batch->count = 0;
}

static bool add_malformed(struct batch *batch, struct place place, const void *value, size_t length)
{
    if (batch->malformed_count == batch->malformed_room) {
        size_t room = batch->malformed_room ? batch->malformed_room * 2 : 8;
        struct malformed *grown = realloc(batch->malformed, room * sizeof *grown);
        if (!grown)
            return false;
        batch->malformed = grown;
        batch->malformed_room = room;
    }
    struct malformed *record = &batch->malformed[batch->malformed_count];
    *record = (struct malformed){.place = place, .length = length};
    if (value) {
        record->value = malloc(length + 1); /* an empty value is not a missing one */
        if (!record->value)
            return false;
        memcpy(record->value, value, length);
    }
    batch->malformed_count++;
    return true;
}

bool batch_add(struct batch *batch, struct place place, const void *value, size_t length)
{
    if (!value || length != BATCH_VALUE_SIZE)
        return add_malformed(batch, place, value, length);
    memcpy(batch->values + batch->count * BATCH_VALUE_SIZE, value, BATCH_VALUE_SIZE);
    batch->places[batch->count++] = place;
    return true;
}

void batch_drop_rows(struct batch *batch, size_t count)
{
    batch->count -= count;
    memmove(batch->values, batch->values + count * BATCH_VALUE_SIZE,
            batch->count * BATCH_VALUE_SIZE);
    memmove(batch->places, batch->places + count, batch->count * sizeof *batch->places);
}

void batch_drop_malformed(struct batch *batch)
{
    free(batch->malformed[0].value);
    batch->malformed_count--;
    memmove(batch->malformed, batch->malformed + 1,
            batch->malformed_count * sizeof *batch->malformed);
}

bool batch_full(const struct batch *batch)
{
    return batch->count + batch->malformed_count >= batch->max;
}

bool batch_empty(const struct batch *batch)
{
    return batch->count == 0 && batch->malformed_count == 0;
}

int64_t batch_user(const struct batch *batch, size_t index)
{
    const uint8_t *bytes = batch->values + index * BATCH_VALUE_SIZE;
    uint64_t bits = 0;
    for (size_t i = 0; i < BATCH_VALUE_SIZE; i++)
        bits = bits << 8 | bytes[i];
    return (int64_t)bits;
}
