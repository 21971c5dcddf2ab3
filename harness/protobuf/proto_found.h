/* Which of a message's bytes are a field's. For proto_json.c. Pure. */
#ifndef PROTOBUF_PROTO_FOUND_H
#define PROTOBUF_PROTO_FOUND_H

#include "protobuf/proto_schema.h"

/* NULL: the number has no name. */
const struct proto_enum_value *proto_enum_find(const struct proto_enum *enumeration,
                                               int32_t number);

/* By its number and its kind, alone or packed. */
bool proto_field_is_of(const struct proto_field *field, const struct proto_wire_field *part);
/* A closed enum has no other values than those with a name. */
bool proto_field_takes(const struct proto_field *field, uint64_t value);
/* Does it put an end to what was said of the field: is it another one of its oneof? */
bool proto_field_replaces(const struct proto_message *message, const struct proto_field *field,
                          const struct proto_wire_field *part);

/* How often the field is there since it was last replaced, from where on, and the last one. */
struct proto_found {
    size_t count, bytes; /* bytes: of texts and messages, in all */
    struct proto_bytes since;
    struct proto_wire_field last;
};
struct proto_found proto_found_last(const struct proto_message *message,
                                    const struct proto_field *field, struct proto_bytes bytes);

#endif
