#include "proxy/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static uint64_t read_word(const uint8_t *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static void round_of(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static void take_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    round_of(v);
    round_of(v);
    v[0] ^= word;
}

/* SipHash-2-4 by Aumasson and Bernstein (2012). */
uint64_t value_hash(const uint8_t key[16], const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    uint64_t k0 = read_word(key, 8), k1 = read_word(key + 8, 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                     k1 ^ 0x7465646279746573};
    size_t whole = length / 8 * 8;
    for (size_t i = 0; i < whole; i += 8)
        take_word(v, read_word(at + i, 8));
    take_word(v, (uint64_t)length << 56 | (whole < length ? read_word(at + whole, length % 8) : 0));
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        round_of(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static bool read_integer(const char *text, size_t length, int64_t *ret_number)
{
    bool negative = length && *text == '-';
    const char *digits = text + negative;
    size_t count = length - negative;
    if (count == 0 || count > 19 || (*digits == '0' && (count > 1 || negative)))
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(digits[i] - '0');
    }
    if (number > (uint64_t)INT64_MAX + negative)
        return false;
    *ret_number = (int64_t)(negative ? 0 - number : number);
    return true;
}

static bool is_user(const struct value_rules *rules, const char *text, size_t length,
                    int64_t *ret_user)
{
    return rules->user && rules->user(rules->context, text, length, ret_user);
}

struct value value_of_bytes(const struct value_rules *rules, const void *bytes, size_t length)
{
    return (struct value){VALUE_OTHER, (int64_t)value_hash(rules->key, bytes, length)};
}

struct value value_of_text(const struct value_rules *rules, const void *bytes, size_t length)
{
    int64_t number;
    if (is_user(rules, bytes, length, &number))
        return (struct value){VALUE_USER, number};
    if (read_integer(bytes, length, &number))
        return (struct value){VALUE_INTEGER, number};
    return value_of_bytes(rules, bytes, length);
}

struct value value_of_integer(const struct value_rules *rules, int64_t number)
{
    if (!rules->user)
        return (struct value){VALUE_INTEGER, number};
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRId64, number);
    return value_of_text(rules, text, (size_t)length);
}

struct value value_of_uuid(const struct value_rules *rules, const uint8_t bytes[16])
{
    static const char digits[] = "0123456789abcdef";
    char text[36];
    size_t used = 0;
    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[used++] = '-';
        text[used++] = digits[bytes[i] >> 4];
        text[used++] = digits[bytes[i] & 15];
    }
    return value_of_text(rules, text, sizeof text);
}

void values_add(struct values *values, struct value value)
{
    if (values->count < VALUES_MAX)
        values->v[values->count] = value;
    values->count++;
}
