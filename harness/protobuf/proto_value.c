#include "protobuf/proto_value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { NUMBER_MAX_BYTES = 400 /* of a double that is written out */ };

/* ---- numbers ---- */

static uint64_t fold(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

/* -?(0|[1-9][0-9]*), within the bounds. */
static bool whole(const char *text, int64_t low, uint64_t high, uint64_t *ret_number)
{
    bool negative = *text == '-';
    const char *digits = text + negative;
    if (!*digits || digits[strspn(digits, "0123456789")] || (*digits == '0' && digits[1]))
        return false;
    errno = 0;
    uint64_t size = strtoull(digits, NULL, 10);
    uint64_t most = negative ? 0 - (uint64_t)low : high;
    if (errno || size > most)
        return false;
    *ret_number = negative ? 0 - size : size;
    return true;
}

static const char *read_integer(enum proto_kind kind, const char *text, uint64_t *ret_number)
{
    uint64_t number;
    switch (kind) {
    case PROTO_INT32:
    case PROTO_SFIXED32:
    case PROTO_SINT32:
        if (!whole(text, INT32_MIN, INT32_MAX, &number))
            return "is no 32-bit integer";
        break;
    case PROTO_INT64:
    case PROTO_SFIXED64:
    case PROTO_SINT64:
        if (!whole(text, INT64_MIN, INT64_MAX, &number))
            return "is no 64-bit integer";
        break;
    case PROTO_UINT32:
    case PROTO_FIXED32:
        if (!whole(text, 0, UINT32_MAX, &number))
            return "is no 32-bit integer from 0 on";
        break;
    default:
        if (!whole(text, 0, UINT64_MAX, &number))
            return "is no 64-bit integer from 0 on";
        break;
    }
    bool folded = kind == PROTO_SINT32 || kind == PROTO_SINT64;
    *ret_number = folded ? fold((int64_t)number) : number;
    return NULL;
}

static const char *read_real(enum proto_kind kind, const char *text, uint64_t *ret_number)
{
    static const char why[] = "is no number of its size";
    bool named = !strcmp(text, "NaN") || !strcmp(text, "Infinity") || !strcmp(text, "-Infinity");
    char *end;
    if (!named && (!*text || text[strspn(text, "0123456789+-.eE")]))
        return why;
    if (kind == PROTO_DOUBLE) {
        double value = strtod(text, &end);
        memcpy(ret_number, &value, sizeof value);
        return *end || (isinf(value) && !named) ? why : NULL;
    }
    uint32_t bits;
    float value = strtof(text, &end);
    memcpy(&bits, &value, sizeof bits);
    *ret_number = bits;
    return *end || (isinf(value) && !named) ? why : NULL;
}

static const char *read_bool(const char *text, uint64_t *ret_number)
{
    *ret_number = !strcmp(text, "true");
    return *ret_number || !strcmp(text, "false") ? NULL : "is neither true nor false";
}

/* By its name, or a number that has one; of an open enum any. */
static const char *read_enum(const struct proto_enum *enumeration, const char *text,
                             uint64_t *ret_number)
{
    uint64_t number = 0;
    bool counted = whole(text, INT32_MIN, INT32_MAX, &number);
    for (size_t i = 0; i < enumeration->count; i++)
        if (counted ? enumeration->v[i].number == (int32_t)(uint32_t)number
                    : !strcmp(enumeration->v[i].name, text)) {
            *ret_number = (uint64_t)(int64_t)enumeration->v[i].number;
            return NULL;
        }
    *ret_number = number;
    return counted && !enumeration->closed ? NULL : "is no value of its enum";
}

const char *proto_value_number(const struct proto_field *field, const struct json_value *value,
                               uint64_t *ret_number)
{
    char text[NUMBER_MAX_BYTES];
    if (!json_value_text(value, text, sizeof text))
        return "is no single value";
    switch (field->kind) {
    case PROTO_FLOAT:
    case PROTO_DOUBLE:
        return read_real(field->kind, text, ret_number);
    case PROTO_BOOL:
        return read_bool(text, ret_number);
    case PROTO_ENUM:
        return read_enum(field->enumeration, text, ret_number);
    default:
        return read_integer(field->kind, text, ret_number);
    }
}

uint8_t *proto_value_put(enum proto_kind kind, uint64_t number, uint8_t *at)
{
    enum proto_wire_type type = proto_kind_wire(kind);
    if (type == WIRE_VARINT)
        return proto_wire_put(at, kind == PROTO_SINT32 ? (uint32_t)number : number);
    for (unsigned i = 0; i < (type == WIRE_FIXED64 ? 8U : 4U); i++, number >>= 8)
        *at++ = (uint8_t)number;
    return at;
}

/* ---- texts ---- */

static const char *read_text(const char *from, const char *end, uint8_t **at)
{
    while (from < end) {
        char character[4];
        size_t count = json_text_next(&from, end, character);
        if (!count)
            return "holds half a character";
        *at = mempcpy(*at, character, count);
    }
    return NULL;
}

/* Of the usual alphabet, or the one of URLs. */
static int digit_of(uint8_t character)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = character == '-'   ? &digits[62]
                        : character == '_' ? &digits[63]
                        : character        ? strchr(digits, character)
                                           : NULL;
    return found ? (int)(found - digits) : -1;
}

/* In place; the end may be filled up with = or not. */
static const char *read_base64(uint8_t *from, uint8_t **at)
{
    static const char why[] = "is not base64";
    uint8_t *end = *at, *to = from;
    uint32_t bits = 0;
    unsigned count = 0;
    for (int i = 0; i < 2 && end > from && end[-1] == '='; i++)
        end--;
    for (const uint8_t *byte = from; byte < end; byte++) {
        int digit = digit_of(*byte);
        if (digit < 0)
            return why;
        bits = bits << 6 | (uint32_t)digit;
        if ((count += 6) >= 8)
            *to++ = (uint8_t)(bits >> (count -= 8));
    }
    *at = to;
    return count == 6 ? why : NULL;
}

const char *proto_value_bytes(const struct proto_field *field, const struct json_value *value,
                              uint8_t **at)
{
    uint8_t *from = *at;
    if (value->type == JSON_TYPE_OBJECT || value->type == JSON_TYPE_ARRAY)
        return "is no single value";
    const char *why = read_text(value->bytes, value->bytes + value->length, at);
    if (why)
        return why;
    if (field->kind == PROTO_BYTES)
        return read_base64(from, at);
    for (const char *text = (const char *)from; text < (const char *)*at;) {
        uint32_t character;
        size_t count = utf8_read(text, (size_t)((const char *)*at - text), &character);
        if (!count)
            return "is not UTF-8";
        text += count;
    }
    return NULL;
}
