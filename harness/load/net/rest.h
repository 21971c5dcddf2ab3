/* A rest: bytes of a connection that have to wait; without them it needs no memory of its own. */
#ifndef LOAD_REST_H
#define LOAD_REST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rest {
    char *bytes; /* owned; NULL until there was something */
    uint32_t length, room;
};

/* Makes the bytes the rest; they may be a part of it. False without memory. */
bool rest_keep(struct rest *rest, const char *bytes, size_t length);

#endif
