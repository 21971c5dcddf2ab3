#include "proxy/hash.h"

#include <string.h>

#define BEGIN UINT64_C(0xcbf29ce484222325)
#define PRIME UINT64_C(0x100000001b3)

static uint64_t spread(uint64_t hash)
{
    hash ^= hash >> 32;
    return hash * UINT64_C(0x9e3779b97f4a7c15);
}

uint64_t hash_bytes(const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    uint64_t hash = BEGIN;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * PRIME;
    return spread(hash);
}

/* Eight bytes, the letters of ASCII among them small. */
static uint64_t fold(uint64_t word)
{
    const uint64_t each = UINT64_C(0x0101010101010101), top = each << 7, low = word & ~top;
    uint64_t from_a = low + each * (0x80 - 'A'), beyond_z = low + each * (0x7f - 'Z');
    return word | (from_a & ~beyond_z & ~word & top) >> 2;
}

uint64_t hash_any_case(const char *text, size_t length)
{
    uint64_t hash = BEGIN ^ length;
    while (length) {
        uint64_t word = 0;
        size_t take = length < sizeof word ? length : sizeof word;
        memcpy(&word, text, take);
        hash = spread(hash ^ fold(word));
        text += take;
        length -= take;
    }
    return spread(hash);
}
