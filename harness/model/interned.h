/* Interned texts: each distinct text once, under a number from 0 in the order of arrival. About 12
 * bytes a text beside its own, 4 GB of text at most. Not locked: see roster.h for who may call. */
#ifndef MODEL_INTERNED_H
#define MODEL_INTERNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interned {
    bool uuids;      /* texts are equal when they spell the same UUID; the first spelling is kept */
    char *bytes;     /* owned; one text behind the other */
    uint32_t *ends;  /* owned; where each text ends in bytes */
    uint32_t *slots; /* owned; number + 1 by hash, open addressing; 0: free */
    size_t count, used;
    size_t bytes_room, ends_room, slots_room; /* slots_room: a power of two, or 0 */
};

void interned_free(struct interned *interned);

/* False: it is not there. With uuids the text must be one. */
bool interned_find(const struct interned *interned, const char *text, size_t size,
                   size_t *ret_number);

/* Finds or adds it. False: no memory, and nothing has changed. */
bool interned_add(struct interned *interned, const char *text, size_t size, size_t *ret_number);

/* The text of a number below count; not NUL-terminated, valid until the next interned_add. */
const char *interned_text(const struct interned *interned, size_t number, size_t *ret_size);

void interned_trim(struct interned *interned); /* gives back what growing took in advance */
size_t interned_bytes(const struct interned *interned); /* what it holds in memory */

#endif
