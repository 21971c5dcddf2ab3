/* The share of one load of several that carry out a scenario together: who of `size` has which
 * users. User by user in turns, by their places, so that every part of a load is cut evenly and
 * nobody's requests are in two hands. Pure. */
#ifndef LOAD_SHARE_H
#define LOAD_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct share {
    uint32_t rank; /* from 0 */
    uint32_t size; /* 0 and 1: all of it */
};

static inline bool share_is_part(const struct share *share)
{
    return share->size > 1;
}

static inline bool share_has(const struct share *share, size_t place)
{
    return !share_is_part(share) || place % share->size == share->rank;
}

/* How many of the places before this one it has. */
size_t share_count(const struct share *share, size_t places);

/* A part of a number, so that the parts of all are the whole; at least 1. */
size_t share_part(const struct share *share, size_t whole);

/* Requests of a phase by their index, as one load alone would count them: `repeat` of a user, the
 * users from `begin` on; after `span` of them from the first again (0: never). */
struct share_phase {
    size_t begin, span, repeat;
};

/* How many of the first `requests` it has. */
size_t share_requests(const struct share *share, const struct share_phase *phase, size_t requests);

/* The index of its k-th one. */
size_t share_index(const struct share *share, const struct share_phase *phase, size_t k);

#endif
