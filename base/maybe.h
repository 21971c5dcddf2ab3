/* A number that may be missing. A value set aside for "none" is a value that somebody has: a user
 * id, a row id, a rank and a counter can be any 64-bit number, so whether there is one is said
 * beside it. */
#ifndef BASE_MAYBE_H
#define BASE_MAYBE_H

#include <stdbool.h>
#include <stdint.h>

struct maybe {
    bool known; /* an all-zero struct is none */
    int64_t value;
};

static inline struct maybe maybe_of(int64_t value)
{
    return (struct maybe){true, value};
}

static inline bool maybe_equal(struct maybe a, struct maybe b)
{
    return a.known == b.known && (!a.known || a.value == b.value);
}

#endif
