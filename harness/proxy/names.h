/* What a connection has prepared: the shape of each statement by the hash of
 * its name or its number. Bounded: what does not fit is a statement that was
 * not read. Pure; one thread. */
#ifndef PROXY_NAMES_H
#define PROXY_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#define NAMES_MAX  8192
#define NAMES_GONE UINT16_MAX /* a shape's number of names that are free again */

struct name {
    uint64_t key; /* 0: empty */
    uint16_t shape;
    uint16_t types; /* of parameters and columns, as the protocol keeps them */
    uint16_t count; /* parameters, where the protocol has to know */
};

struct names {
    struct name *v; /* owned */
    uint32_t used, room;
};

void names_free(struct names *names);
void names_clear(struct names *names);                            /* forgets all of them */
struct name *names_find(const struct names *names, uint64_t key); /* NULL: there is none */
/* The entry for this key, a new one with NAMES_GONE. NULL: there are too many.
 */
struct name *names_put(struct names *names, uint64_t key);

#endif
