#include "protobuf/proto_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "protobuf/proto_found.h"

enum { DEPTH_MAX = 32 /* the reader's is 64 */ };

struct writing {
    char *at, *end; /* a NUL always fits */
    bool failed;
    bool full; /* it has failed for want of room */
    unsigned depth;
};

/* ---- texts ---- */

static void put(struct writing *writing, const char *bytes, size_t length)
{
    writing->full |= !writing->failed && (size_t)(writing->end - writing->at) < length;
    writing->failed |= writing->full;
    if (!writing->failed && length)
        writing->at = mempcpy(writing->at, bytes, length);
}

static void put_text(struct writing *writing, const char *text)
{
    put(writing, text, strlen(text));
}

static void put_escaped(struct writing *writing, const char *bytes, size_t length)
{
    put(writing, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        char escape[8];
        if (byte == '"' || byte == '\\') {
            put(writing, "\\", 1);
            put(writing, &bytes[i], 1);
        } else if (byte < 0x20) {
            put(writing, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", byte));
        } else {
            put(writing, &bytes[i], 1);
        }
    }
    put(writing, "\"", 1);
}

static void put_base64(struct writing *writing, struct proto_bytes bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    put(writing, "\"", 1);
    for (const uint8_t *at = bytes.at; at < bytes.end; at += 3) {
        size_t left = (size_t)(bytes.end - at);
        uint32_t three =
            (uint32_t)at[0] << 16 | (left > 1 ? (uint32_t)at[1] << 8 : 0) | (left > 2 ? at[2] : 0);
        char four[4] = {digits[three >> 18], digits[three >> 12 & 63],
                        left > 1 ? digits[three >> 6 & 63] : '=',
                        left > 2 ? digits[three & 63] : '='};
        put(writing, four, 4);
        if (left < 3)
            break;
    }
    put(writing, "\"", 1);
}

/* ---- single values ---- */

/* The shortest text that is the same number again. */
static void put_real(struct writing *writing, double value, bool narrow)
{
    char text[40];
    if (isnan(value) || isinf(value)) {
        put_text(writing, isnan(value) ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
        return;
    }
    for (int digits = narrow ? 6 : 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (narrow ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
            break;
    }
    put_text(writing, text);
}

static void put_float(struct writing *writing, uint64_t bits)
{
    uint32_t half = (uint32_t)bits;
    float value;
    memcpy(&value, &half, sizeof value);
    put_real(writing, (double)value, true);
}

static void put_double(struct writing *writing, uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    put_real(writing, value, false);
}

static int64_t unfold(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* As an integer of its kind; false: it is none. */
static bool integer_of(enum proto_kind kind, uint64_t value, int64_t *ret_number)
{
    switch (kind) {
    case PROTO_INT64:
    case PROTO_SFIXED64:
        *ret_number = (int64_t)value;
        return true;
    case PROTO_INT32:
    case PROTO_SFIXED32:
    case PROTO_ENUM:
        *ret_number = (int32_t)(uint32_t)value;
        return true;
    case PROTO_UINT32:
    case PROTO_FIXED32:
        *ret_number = (uint32_t)value;
        return true;
    case PROTO_SINT32:
        *ret_number = (int32_t)unfold((uint32_t)value);
        return true;
    case PROTO_SINT64:
        *ret_number = unfold(value);
        return true;
    default:
        return false;
    }
}

static void put_number(struct writing *writing, const struct proto_field *field, uint64_t value)
{
    char text[24];
    int64_t number = 0;
    const struct proto_enum_value *named = NULL;
    if (integer_of(field->kind, value, &number)) {
        if (field->enumeration)
            named = proto_enum_find(field->enumeration, (int32_t)number);
        snprintf(text, sizeof text, "%" PRId64, number);
        if (named)
            put_escaped(writing, named->name, strlen(named->name));
        else
            put_text(writing, text);
    } else if (field->kind == PROTO_DOUBLE) {
        put_double(writing, value);
    } else if (field->kind == PROTO_FLOAT) {
        put_float(writing, value);
    } else if (field->kind == PROTO_BOOL) {
        put_text(writing, value ? "true" : "false");
    } else {
        snprintf(text, sizeof text, "%" PRIu64, value);
        put_text(writing, text);
    }
}

static bool is_utf8(const char *text, size_t length)
{
    uint32_t character;
    size_t count = 1;
    for (size_t at = 0; at < length && count; at += count)
        count = utf8_read(text + at, length - at, &character);
    return count != 0;
}

static void put_message(struct writing *writing, const struct proto_message *message,
                        struct proto_bytes bytes);

static void put_value(struct writing *writing, const struct proto_field *field,
                      const struct proto_wire_field *part)
{
    const char *text = (const char *)part->bytes.at;
    size_t length = (size_t)(part->bytes.end - part->bytes.at);
    if (field->kind == PROTO_MESSAGE) {
        put_message(writing, field->message, part->bytes);
    } else if (field->kind == PROTO_BYTES) {
        put_base64(writing, part->bytes);
    } else if (field->kind == PROTO_STRING) {
        writing->failed |= !is_utf8(text, length);
        put_escaped(writing, text, length);
    } else {
        put_number(writing, field, part->value);
    }
}

/* ---- fields ---- */

static void put_element(struct writing *writing, const struct proto_field *field,
                        const struct proto_wire_field *part, bool *first)
{
    if (part->type != WIRE_BYTES && !proto_field_takes(field, part->value))
        return;
    put(writing, ",", !*first);
    *first = false;
    put_value(writing, field, part);
}

static void put_packed(struct writing *writing, const struct proto_field *field,
                       struct proto_bytes bytes, bool *first)
{
    struct proto_wire_field part = {.type = proto_kind_wire(field->kind)};
    while (!writing->failed && proto_wire_number(&bytes, part.type, &part.value))
        put_element(writing, field, &part, first);
    writing->failed |= bytes.at != bytes.end;
}

static void put_list(struct writing *writing, const struct proto_field *field,
                     struct proto_bytes bytes)
{
    struct proto_wire_field part;
    bool first = true;
    put(writing, "[", 1);
    while (!writing->failed && proto_wire_next(&bytes, &part)) {
        if (!proto_field_is_of(field, &part))
            continue;
        if (part.type == WIRE_BYTES && proto_kind_wire(field->kind) != WIRE_BYTES)
            put_packed(writing, field, part.bytes, &first);
        else
            put_element(writing, field, &part, &first);
    }
    put(writing, "]", 1);
}

/* Keys are texts, whatever they are made of. */
static void put_key(struct writing *writing, const struct proto_field *key,
                    const struct proto_wire_field *part)
{
    bool text = key->kind == PROTO_STRING;
    put(writing, "\"", !text);
    put_value(writing, key, part);
    put(writing, "\"", !text);
}

static void put_merged(struct writing *writing, const struct proto_message *message,
                       const struct proto_field *field, const struct proto_found *found);

static void put_entry(struct writing *writing, const struct proto_message *entry,
                      struct proto_bytes bytes, bool *first)
{
    struct proto_found key = proto_found_last(entry, &entry->v[0], bytes);
    struct proto_found value = proto_found_last(entry, &entry->v[1], bytes);
    put(writing, ",", !*first);
    *first = false;
    put_key(writing, &entry->v[0], &key.last);
    put(writing, ":", 1);
    put_merged(writing, entry, &entry->v[1], &value);
}

static bool is_broken(struct proto_bytes bytes)
{
    struct proto_wire_field part;
    while (proto_wire_next(&bytes, &part))
        continue;
    return bytes.at != bytes.end;
}

/* Of a key that comes twice the last one counts, as for whoever reads the text. */
static void put_map(struct writing *writing, const struct proto_field *field,
                    struct proto_bytes bytes)
{
    struct proto_wire_field part;
    bool first = true;
    put(writing, "{", 1);
    while (!writing->failed && proto_wire_next(&bytes, &part)) {
        if (!proto_field_is_of(field, &part))
            continue;
        writing->failed |= is_broken(part.bytes);
        put_entry(writing, field->message, part.bytes, &first);
    }
    put(writing, "}", 1);
}

/* A message that comes in pieces is their sum. */
static void put_pieces(struct writing *writing, const struct proto_message *message,
                       const struct proto_field *field, const struct proto_found *found)
{
    uint8_t *whole = malloc(found->bytes + 1), *at = whole;
    struct proto_bytes bytes = found->since;
    struct proto_wire_field part;
    writing->failed |= !whole;
    while (whole && proto_wire_next(&bytes, &part))
        if (proto_field_is_of(field, &part))
            at = mempcpy(at, part.bytes.at, (size_t)(part.bytes.end - part.bytes.at));
        else if (proto_field_replaces(message, field, &part))
            at = whole;
    if (whole)
        put_message(writing, field->message, (struct proto_bytes){whole, at});
    free(whole);
}

static void put_merged(struct writing *writing, const struct proto_message *message,
                       const struct proto_field *field, const struct proto_found *found)
{
    struct proto_wire_field last = found->last;
    if (!found->count && field->kind == PROTO_ENUM)
        last.value = (uint64_t)(int64_t)field->enumeration->v[0].number;
    if (found->count > 1 && field->kind == PROTO_MESSAGE)
        put_pieces(writing, message, field, found);
    else
        put_value(writing, field, &last);
}

static void put_field(struct writing *writing, const struct proto_message *message,
                      const struct proto_field *field, struct proto_bytes bytes, bool *first)
{
    struct proto_found found = {0};
    if (!field->repeated)
        found = proto_found_last(message, field, bytes);
    if (field->present && !found.count)
        return;
    put(writing, ",", !*first);
    *first = false;
    put_escaped(writing, field->json, strlen(field->json));
    put(writing, ":", 1);
    if (proto_field_is_map(field))
        put_map(writing, field, bytes);
    else if (field->repeated)
        put_list(writing, field, bytes);
    else
        put_merged(writing, message, field, &found);
}

static void put_message(struct writing *writing, const struct proto_message *message,
                        struct proto_bytes bytes)
{
    bool first = true;
    writing->failed |= ++writing->depth > DEPTH_MAX || is_broken(bytes);
    put(writing, "{", 1);
    for (size_t i = 0; i < message->count && !writing->failed; i++)
        put_field(writing, message, &message->v[i], bytes, &first);
    put(writing, "}", 1);
    writing->depth--;
}

enum proto_json proto_json_write(const struct proto_message *message, struct proto_bytes bytes,
                                 char *ret_text, size_t size, size_t *ret_length)
{
    struct writing writing = {.at = ret_text, .end = ret_text + size - 1};
    put_message(&writing, message, bytes);
    *writing.at = '\0';
    *ret_length = (size_t)(writing.at - ret_text);
    return writing.full ? PROTO_JSON_LONG : writing.failed ? PROTO_JSON_BROKEN : PROTO_JSON_WHOLE;
}
