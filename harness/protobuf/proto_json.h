/* A message as JSON, by the mapping of Protocol Buffers, with two differences for those who read it
 * by rules: numbers of 64 bits are numbers, and every field that cannot be told from one that was
 * not sent is there. Fields that nobody knows are left out. Allocates only for a message that comes
 * in pieces. */
#ifndef PROTOBUF_PROTO_JSON_H
#define PROTOBUF_PROTO_JSON_H

#include "protobuf/proto_schema.h"

enum proto_json {
    PROTO_JSON_WHOLE,
    PROTO_JSON_BROKEN, /* the bytes are no such message */
    PROTO_JSON_LONG,   /* the text does not fit */
};

/* ret_length: of the text, which has a NUL behind it. */
enum proto_json proto_json_write(const struct proto_message *message, struct proto_bytes bytes,
                                 char *ret_text, size_t size, size_t *ret_length);

#endif
