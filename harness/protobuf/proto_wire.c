#include "protobuf/proto_wire.h"

enum {
    NUMBER_MAX = (1 << 29) - 1,
    GROUPS_MAX = 64, /* one in the other, of a field that nobody knows */
};

static bool take_varint(struct proto_bytes *bytes, uint64_t *ret_value)
{
    uint64_t value = 0;
    const uint8_t *at = bytes->at;
    for (unsigned shift = 0; shift < 64 && at < bytes->end; shift += 7) {
        uint8_t byte = *at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80)
            continue;
        bytes->at = at;
        *ret_value = value;
        return true;
    }
    return false;
}

/* The least significant byte first. */
static bool take_fixed(struct proto_bytes *bytes, size_t size, uint64_t *ret_value)
{
    uint64_t value = 0;
    if ((size_t)(bytes->end - bytes->at) < size)
        return false;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)bytes->at[i] << (8 * i);
    bytes->at += size;
    *ret_value = value;
    return true;
}

bool proto_wire_number(struct proto_bytes *bytes, enum proto_wire_type type, uint64_t *ret_value)
{
    switch (type) {
    case WIRE_VARINT:
        return take_varint(bytes, ret_value);
    case WIRE_FIXED64:
        return take_fixed(bytes, 8, ret_value);
    case WIRE_FIXED32:
        return take_fixed(bytes, 4, ret_value);
    default:
        return false;
    }
}

static bool take_tag(struct proto_bytes *bytes, struct proto_wire_field *ret_field)
{
    uint64_t tag;
    if (!take_varint(bytes, &tag) || tag >> 3 == 0 || tag >> 3 > NUMBER_MAX)
        return false;
    ret_field->number = (uint32_t)(tag >> 3);
    ret_field->type = (enum proto_wire_type)(tag & 7);
    return true;
}

static bool take_value(struct proto_bytes *bytes, struct proto_wire_field *field)
{
    uint64_t length;
    if (field->type != WIRE_BYTES)
        return proto_wire_number(bytes, field->type, &field->value);
    if (!take_varint(bytes, &length) || length > (size_t)(bytes->end - bytes->at))
        return false;
    field->bytes = (struct proto_bytes){bytes->at, bytes->at + length};
    bytes->at += length;
    return true;
}

/* Up to the end of the same number; what is inside is nobody's. */
static bool pass_group(struct proto_bytes *bytes, uint32_t number)
{
    uint32_t open[GROUPS_MAX] = {number};
    unsigned depth = 1;
    struct proto_wire_field field;
    while (depth) {
        if (!take_tag(bytes, &field))
            return false;
        if (field.type == WIRE_GROUP) {
            if (depth == GROUPS_MAX)
                return false;
            open[depth++] = field.number;
        } else if (field.type == WIRE_GROUP_END) {
            if (open[--depth] != field.number)
                return false;
        } else if (!take_value(bytes, &field)) {
            return false;
        }
    }
    return true;
}

bool proto_wire_next(struct proto_bytes *bytes, struct proto_wire_field *ret_field)
{
    struct proto_bytes at = *bytes;
    *ret_field = (struct proto_wire_field){0};
    if (at.at == at.end || !take_tag(&at, ret_field))
        return false;
    bool fine = ret_field->type == WIRE_GROUP ? pass_group(&at, ret_field->number)
                                              : take_value(&at, ret_field);
    if (fine)
        *bytes = at;
    return fine;
}

uint8_t *proto_wire_put(uint8_t *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}
