#include "proxy/hash.h"

#include <stdbool.h>

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

uint64_t hash_any_case(const char *text, size_t length)
{
    uint64_t hash = BEGIN;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)text[i];
        bool large = byte >= 'A' && byte <= 'Z';
        hash = (hash ^ (large ? byte | 32U : byte)) * PRIME;
    }
    return spread(hash);
}
