/* One direction of a connection on its way out: bytes that came and have not
 * been sent, the edits of the handshake, and how far they may go. Offsets are
 * those of the stream as it came. Pure; one thread. */
#ifndef PROXY_OUTLET_H
#define PROXY_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTLET_EDITS_MAX 4
#define OUTLET_EDIT_MAX  512

struct outlet_edit {
    uint64_t begin, end;
    size_t length;
    char text[OUTLET_EDIT_MAX];
};

struct outlet {
    uint8_t *bytes; /* owned; [from, used) are there */
    size_t from, used, room;
    uint64_t at;               /* offset of the next byte to go */
    struct outlet_edit *edits; /* in order; owned, NULL until there is one */
    unsigned edits_count;
    size_t edited; /* bytes of the first edit's text that have gone */
};

void outlet_free(struct outlet *outlet);

/* Bytes that came. false: no memory. */
bool outlet_add(struct outlet *outlet, const uint8_t *bytes, size_t length);

/* Puts text in place of [begin, end), none of which has gone. false: no room
 * for it. */
bool outlet_edit(struct outlet *outlet, uint64_t begin, uint64_t end, const char *text,
                 size_t length);

/* The next bytes that may go while the stream is open up to `limit`; their
 * count, 0: none. */
size_t outlet_next(struct outlet *outlet, uint64_t limit, const uint8_t **ret_bytes);
/* That many of them went. */
void outlet_sent(struct outlet *outlet, size_t length);

/* Bytes that came and wait. */
static inline size_t outlet_waiting(const struct outlet *outlet)
{
    return outlet->used - outlet->from;
}

/* Nothing waits and nothing is to be edited. */
static inline bool outlet_idle(const struct outlet *outlet)
{
    return outlet->used == outlet->from && outlet->edits_count == 0;
}

#endif
