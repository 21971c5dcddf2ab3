#include "model/uuid.h"

#include <string.h>
#include <strings.h>

/* A Feistel network over the 122 bits that a version 4 UUID leaves free: any function of one half,
 * added to the other, can be taken away again. */
#define LEFT_BITS  60
#define LEFT_MASK  ((UINT64_C(1) << LEFT_BITS) - 1)
#define RIGHT_MASK ((UINT64_C(1) << 62) - 1)
#define ROUNDS     (sizeof(struct uuid_key) / sizeof(uint64_t))

#define VERSION_4 UINT64_C(0x4000)
#define VARIANT   (UINT64_C(2) << 62)

/* splitmix64's finish (Vigna, public domain). */
static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

struct uuid_key uuid_key_of(uint64_t seed)
{
    struct uuid_key key;
    for (size_t i = 0; i < ROUNDS; i++)
        key.rounds[i] = mix(seed += UINT64_C(0x9e3779b97f4a7c15));
    return key;
}

struct halves {
    uint64_t left, right;
};

static void turn(const struct uuid_key *key, size_t round, struct halves *halves)
{
    if (round % 2)
        halves->left ^= mix(halves->right ^ key->rounds[round]) & LEFT_MASK;
    else
        halves->right ^= mix(halves->left ^ key->rounds[round]) & RIGHT_MASK;
}

struct uuid uuid_of(const struct uuid_key *key, uint64_t number)
{
    struct halves halves = {number & LEFT_MASK, number >> LEFT_BITS};
    for (size_t round = 0; round < ROUNDS; round++)
        turn(key, round, &halves);
    return (struct uuid){
        .high = (halves.left >> 12) << 16 | VERSION_4 | (halves.left & 0xfff),
        .low = VARIANT | halves.right,
    };
}

bool uuid_number(const struct uuid_key *key, struct uuid uuid, uint64_t *ret_number)
{
    if ((uuid.high & 0xf000) != VERSION_4 || (uuid.low & ~RIGHT_MASK) != VARIANT)
        return false;
    struct halves halves = {(uuid.high >> 16) << 12 | (uuid.high & 0xfff), uuid.low & RIGHT_MASK};
    for (size_t round = ROUNDS; round--;)
        turn(key, round, &halves);
    if (halves.right >> (64 - LEFT_BITS))
        return false;
    *ret_number = halves.right << LEFT_BITS | halves.left;
    return true;
}

/* ---- spelling ---- */

static int digit_of(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static bool parse_digits(const char *at, const char *end, struct uuid *uuid)
{
    uint64_t halves[2] = {0, 0};
    unsigned digits = 0;
    for (bool hyphen = false; at < end; at++) {
        int digit = digit_of(*at);
        bool may = *at == '-' && digits && digits % 4 == 0 && digits < 32 && !hyphen;
        hyphen = *at == '-';
        if (may)
            continue;
        if (digit < 0 || digits == 32)
            return false;
        halves[digits / 16] = halves[digits / 16] << 4 | (unsigned)digit;
        digits++;
    }
    *uuid = (struct uuid){halves[0], halves[1]};
    return digits == 32;
}

bool uuid_parse(const char *text, size_t size, struct uuid *ret_uuid)
{
    static const char urn[] = "urn:uuid:";
    const char *at = text, *end = text + size;
    if (size > strlen(urn) && !strncasecmp(at, urn, strlen(urn)))
        at += strlen(urn);
    else if (size > 2 && *at == '{' && end[-1] == '}')
        at++, end--;
    struct uuid uuid;
    if (!parse_digits(at, end, &uuid))
        return false;
    *ret_uuid = uuid;
    return true;
}

void uuid_format(struct uuid uuid, char ret_text[static UUID_LENGTH])
{
    static const char digits[] = "0123456789abcdef";
    char *at = ret_text;
    for (unsigned i = 0; i < 32; i++) {
        uint64_t half = i < 16 ? uuid.high : uuid.low;
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *at++ = '-';
        *at++ = digits[half >> (60 - 4 * (i % 16)) & 0xf];
    }
}

struct uuid uuid_from_bytes(const unsigned char bytes[static UUID_BYTES], enum uuid_order order)
{
    /* Of each byte as it is spelled: where it stands. The last eight never move. */
    static const unsigned char places[][8] = {
        [UUID_RFC] = {0, 1, 2, 3, 4, 5, 6, 7},
        [UUID_SWAPPED] = {4, 5, 6, 7, 2, 3, 0, 1},
        [UUID_DOTNET] = {3, 2, 1, 0, 5, 4, 7, 6},
    };
    struct uuid uuid = {0, 0};
    for (unsigned i = 0; i < 8; i++) {
        uuid.high = uuid.high << 8 | bytes[places[order][i]];
        uuid.low = uuid.low << 8 | bytes[8 + i];
    }
    return uuid;
}
