#include "proxy/names.h"

#include <stdlib.h>
#include <string.h>

void names_free(struct names *names)
{
    free(names->v);
    *names = (struct names){0};
}

void names_clear(struct names *names)
{
    if (names->v)
        memset(names->v, 0, names->room * sizeof *names->v);
    names->used = 0;
}

/* Where the key is, or would be. */
static struct name *slot_of(const struct names *names, uint64_t key)
{
    uint32_t at = (uint32_t)(key ^ key >> 32) & (names->room - 1);
    while (names->v[at].key && names->v[at].key != key)
        at = (at + 1) & (names->room - 1);
    return &names->v[at];
}

struct name *names_find(const struct names *names, uint64_t key)
{
    struct name *slot = names->room ? slot_of(names, key | 1) : NULL;
    return slot && slot->key && slot->shape != NAMES_GONE ? slot : NULL;
}

/* Twice the room, or as much once more when many are gone. */
static bool make_room(struct names *names)
{
    uint32_t live = 0;
    for (uint32_t i = 0; i < names->room; i++)
        live += names->v[i].key && names->v[i].shape != NAMES_GONE;
    uint32_t room = names->room ? names->room : 16;
    if (2 * live >= room)
        room *= 2;
    struct name *v = live < NAMES_MAX ? calloc(room, sizeof *v) : NULL;
    if (!v)
        return false;
    struct names fresh = {v, live, room};
    for (uint32_t i = 0; i < names->room; i++) {
        if (names->v[i].key && names->v[i].shape != NAMES_GONE)
            *slot_of(&fresh, names->v[i].key) = names->v[i];
    }
    free(names->v);
    *names = fresh;
    return true;
}

struct name *names_put(struct names *names, uint64_t key)
{
    key |= 1;
    if (4 * (names->used + 1) > 3 * names->room && !make_room(names))
        return NULL;
    struct name *slot = slot_of(names, key);
    if (!slot->key) {
        *slot = (struct name){.key = key, .shape = NAMES_GONE};
        names->used++;
    }
    return slot;
}
