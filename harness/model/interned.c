#include "model/interned.h"

#include <stdlib.h>
#include <string.h>

#include "model/uuid.h"

struct key {
    const char *text;
    size_t size;
    struct uuid uuid;
    uint64_t hash;
};

static uint64_t stir(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_text(const char *text, size_t size)
{
    uint64_t hash = size, word;
    for (; size >= sizeof word; size -= sizeof word, text += sizeof word) {
        memcpy(&word, text, sizeof word);
        hash = stir(hash, word);
    }
    word = 0;
    memcpy(&word, text, size);
    return stir(stir(hash, word), 0);
}

static struct key key_of(const struct interned *interned, const char *text, size_t size)
{
    struct key key = {.text = text, .size = size};
    if (interned->uuids && uuid_parse(text, size, &key.uuid))
        key.hash = stir(stir(key.uuid.high, key.uuid.low), 0);
    else
        key.hash = hash_text(text, size);
    return key;
}

const char *interned_text(const struct interned *interned, size_t number, size_t *ret_size)
{
    uint32_t begin = number ? interned->ends[number - 1] : 0;
    *ret_size = interned->ends[number] - begin;
    return interned->bytes + begin;
}

static bool is_same(const struct interned *interned, size_t number, const struct key *key)
{
    size_t size;
    const char *text = interned_text(interned, number, &size);
    if (size == key->size && !memcmp(text, key->text, size))
        return true;
    struct uuid uuid;
    return interned->uuids && uuid_parse(text, size, &uuid) && uuid.high == key->uuid.high &&
           uuid.low == key->uuid.low;
}

/* Where the text is, or the free slot where it would be. */
static size_t slot_of(const struct interned *interned, const struct key *key)
{
    size_t mask = interned->slots_room - 1, at = key->hash & mask;
    while (interned->slots[at] && !is_same(interned, interned->slots[at] - 1, key))
        at = (at + 1) & mask;
    return at;
}

bool interned_find(const struct interned *interned, const char *text, size_t size,
                   size_t *ret_number)
{
    if (!interned->count)
        return false;
    struct key key = key_of(interned, text, size);
    uint32_t found = interned->slots[slot_of(interned, &key)];
    if (found)
        *ret_number = found - 1;
    return found != 0;
}

/* ---- growing ---- */

static void place_all(struct interned *interned)
{
    memset(interned->slots, 0, interned->slots_room * sizeof *interned->slots);
    for (size_t i = 0; i < interned->count; i++) {
        size_t size;
        const char *text = interned_text(interned, i, &size);
        struct key key = key_of(interned, text, size);
        interned->slots[slot_of(interned, &key)] = (uint32_t)i + 1;
    }
}

static bool grow_slots(struct interned *interned)
{
    if ((interned->count + 1) * 4 <= interned->slots_room * 3)
        return true;
    size_t room = interned->slots_room ? interned->slots_room * 2 : 64;
    uint32_t *slots = realloc(interned->slots, room * sizeof *slots);
    if (!slots)
        return false;
    interned->slots = slots;
    interned->slots_room = room;
    place_all(interned);
    return true;
}

static bool grow_texts(struct interned *interned, size_t size)
{
    if (interned->used + size > UINT32_MAX)
        return false;
    if (interned->count == interned->ends_room) {
        size_t room = interned->ends_room + interned->ends_room / 2 + 64;
        uint32_t *ends = realloc(interned->ends, room * sizeof *ends);
        if (!ends)
            return false;
        interned->ends = ends;
        interned->ends_room = room;
    }
    if (interned->used + size > interned->bytes_room) {
        size_t room = interned->bytes_room + interned->bytes_room / 2 + size + 1024;
        char *bytes = realloc(interned->bytes, room);
        if (!bytes)
            return false;
        interned->bytes = bytes;
        interned->bytes_room = room;
    }
    return true;
}

bool interned_add(struct interned *interned, const char *text, size_t size, size_t *ret_number)
{
    if (!grow_slots(interned))
        return false;
    struct key key = key_of(interned, text, size);
    uint32_t *slot = &interned->slots[slot_of(interned, &key)];
    if (!*slot) {
        if (!grow_texts(interned, size))
            return false;
        memcpy(interned->bytes + interned->used, text, size);
        interned->used += size;
        interned->ends[interned->count++] = (uint32_t)interned->used;
        *slot = (uint32_t)interned->count;
    }
    *ret_number = *slot - 1;
    return true;
}

void interned_trim(struct interned *interned)
{
    char *bytes = interned->used ? realloc(interned->bytes, interned->used) : NULL;
    uint32_t *ends =
        interned->count ? realloc(interned->ends, interned->count * sizeof *ends) : NULL;
    if (bytes) {
        interned->bytes = bytes;
        interned->bytes_room = interned->used;
    }
    if (ends) {
        interned->ends = ends;
        interned->ends_room = interned->count;
    }
}

size_t interned_bytes(const struct interned *interned)
{
    return interned->bytes_room + interned->ends_room * sizeof *interned->ends +
           interned->slots_room * sizeof *interned->slots;
}

void interned_free(struct interned *interned)
{
    free(interned->bytes);
    free(interned->ends);
    free(interned->slots);
    *interned = (struct interned){0};
}
