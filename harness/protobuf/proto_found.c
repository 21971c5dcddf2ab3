#include "protobuf/proto_found.h"

const struct proto_enum_value *proto_enum_find(const struct proto_enum *enumeration, int32_t number)
{
    for (size_t i = 0; i < enumeration->count; i++)
        if (enumeration->v[i].number == number)
            return &enumeration->v[i];
    return NULL;
}

bool proto_field_is_of(const struct proto_field *field, const struct proto_wire_field *part)
{
    enum proto_wire_type type = proto_kind_wire(field->kind);
    bool packed = field->repeated && part->type == WIRE_BYTES && type != WIRE_BYTES;
    return part->number == field->number && (part->type == type || packed);
}

bool proto_field_takes(const struct proto_field *field, uint64_t value)
{
    return !field->enumeration || !field->enumeration->closed ||
           proto_enum_find(field->enumeration, (int32_t)(uint32_t)value);
}

bool proto_field_replaces(const struct proto_message *message, const struct proto_field *field,
                          const struct proto_wire_field *part)
{
    for (size_t i = 0; field->oneof >= 0 && i < message->count; i++) {
        const struct proto_field *other = &message->v[i];
        if (other != field && other->oneof == field->oneof && proto_field_is_of(other, part) &&
            (part->type == WIRE_BYTES || proto_field_takes(other, part->value)))
            return true;
    }
    return false;
}

struct proto_found proto_found_last(const struct proto_message *message,
                                    const struct proto_field *field, struct proto_bytes bytes)
{
    struct proto_found found = {.since = bytes};
    struct proto_wire_field part;
    while (proto_wire_next(&bytes, &part)) {
        if (proto_field_replaces(message, field, &part)) {
            found = (struct proto_found){.since = bytes};
        } else if (proto_field_is_of(field, &part) &&
                   (part.type == WIRE_BYTES || proto_field_takes(field, part.value))) {
            found.count++;
            found.bytes += (size_t)(part.bytes.end - part.bytes.at);
            found.last = part;
        }
    }
    return found;
}
