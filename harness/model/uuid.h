/* UUIDs as 128 bits: how they are spelled, the byte orders that stores keep them in, and version 4
 * UUIDs made of a number and a seed, which can be turned back into the number. Pure; any thread. */
#ifndef MODEL_UUID_H
#define MODEL_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_BYTES  16
#define UUID_LENGTH 36 /* characters of "123e4567-e89b-12d3-a456-426614174000" */

struct uuid {
    uint64_t high, low; /* the first and the last eight bytes, big-endian */
};

/* Where the bytes stand in a binary column. Never guessed: each order makes another UUID. */
enum uuid_order {
    UUID_RFC,     /* as they are spelled */
    UUID_SWAPPED, /* MySQL's UUID_TO_BIN(x, 1): the first and the third group change places */
    UUID_DOTNET,  /* System.Guid: the first three groups little-endian */
};

/* 32 hex digits of either case, hyphens after groups of four or not, in braces or after urn:uuid:
 * or not. False: something else. */
bool uuid_parse(const char *text, size_t size, struct uuid *ret_uuid);

/* In lower case with hyphens; no NUL. */
void uuid_format(struct uuid uuid, char ret_text[static UUID_LENGTH]);

struct uuid uuid_from_bytes(const unsigned char bytes[static UUID_BYTES], enum uuid_order order);

/* Round keys of a seed. */
struct uuid_key {
    uint64_t rounds[6];
};

struct uuid_key uuid_key_of(uint64_t seed);

/* The version 4 UUID of a number: another one for each number and seed. */
struct uuid uuid_of(const struct uuid_key *key, uint64_t number);

/* The number that uuid_of made it of. False: it was not made with that key; one made elsewhere is
 * taken for ours once in 2^58. */
bool uuid_number(const struct uuid_key *key, struct uuid uuid, uint64_t *ret_number);

#endif
