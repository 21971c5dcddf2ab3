/* The wire format of Protocol Buffers: fields one behind the other, each a number, a type and a
 * value. Pure, allocates nothing; any thread. */
#ifndef PROTOBUF_PROTO_WIRE_H
#define PROTOBUF_PROTO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum proto_wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_GROUP = 3, /* passed over as a whole */
    WIRE_GROUP_END = 4,
    WIRE_FIXED32 = 5,
};

enum {
    PROTO_VARINT_MAX = 10, /* bytes of one */
    PROTO_TAG_MAX = 5,     /* the same of a number and a type */
};

struct proto_bytes {
    const uint8_t *at, *end;
};

struct proto_wire_field {
    uint32_t number;
    enum proto_wire_type type;
    uint64_t value;           /* of numbers */
    struct proto_bytes bytes; /* of WIRE_BYTES */
};

/* Moves `at` behind the field. False: there is none, and `at` is `end`; or the bytes are broken,
 * and it is not. */
bool proto_wire_next(struct proto_bytes *bytes, struct proto_wire_field *ret_field);

/* One number, as it stands packed; false: broken, or none is left. */
bool proto_wire_number(struct proto_bytes *bytes, enum proto_wire_type type, uint64_t *ret_value);

/* Writes at most PROTO_VARINT_MAX bytes; returns what follows them. */
uint8_t *proto_wire_put(uint8_t *at, uint64_t value);

#endif
