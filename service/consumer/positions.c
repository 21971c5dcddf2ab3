#include "consumer/positions.h"

#include <stdlib.h>

void positions_free(struct positions *positions)
{
    free(positions->v);
    *positions = (struct positions){0};
}

struct position *positions_get(struct positions *positions, int32_t partition)
{
    for (size_t i = 0; i < positions->count; i++)
        if (positions->v[i].partition == partition)
            return &positions->v[i];
    if (positions->count == positions->room) {
        size_t room = positions->room ? positions->room * 2 : 16;
        struct position *grown = realloc(positions->v, room * sizeof *grown);
        if (!grown)
            return NULL;
        positions->v = grown;
        positions->room = room;
    }
    positions->v[positions->count] = (struct position){.partition = partition};
    return &positions->v[positions->count++];
}

static void hold_back(struct positions *positions, struct place unsaved)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->v[i];
        if (position->partition == unsaved.partition && position->saved > unsaved.offset)
            position->saved = unsaved.offset;
    }
}

void positions_save(struct positions *positions, const struct batch *unsaved)
{
    for (size_t i = 0; i < positions->count; i++)
        positions->v[i].saved = positions->v[i].taken;
    for (size_t i = 0; i < unsaved->count; i++)
        hold_back(positions, unsaved->places[i]);
    for (size_t i = 0; i < unsaved->malformed_count; i++)
        hold_back(positions, unsaved->malformed[i].place);
}

void positions_commit(struct positions *positions, int32_t partition, int64_t offset)
{
    for (size_t i = 0; i < positions->count; i++)
        if (positions->v[i].partition == partition && positions->v[i].committed < offset)
            positions->v[i].committed = offset;
}

bool positions_behind(const struct positions *positions)
{
    for (size_t i = 0; i < positions->count; i++)
        if (positions->v[i].saved > positions->v[i].committed)
            return true;
    return false;
}
