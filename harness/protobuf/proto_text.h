/* A message out of JSON, by the mapping of Protocol Buffers: members by their JSON name or as they
 * are written in the .proto file, numbers also as texts. Allocates nothing; any thread. */
#ifndef PROTOBUF_PROTO_TEXT_H
#define PROTOBUF_PROTO_TEXT_H

#include "protobuf/proto_schema.h"

/* Every message out of a text of that length fits into this. */
#define PROTO_TEXT_ROOM(length) (8 * (size_t)(length) + 16)

/* templates: a text with {{name}} in it stands for any single value; it is looked at, and the bytes
 * mean nothing. ret_length: of the message. Errors: ERR_USAGE, which names the field. */
int proto_text_read(const struct proto_message *message, const char *text, size_t length,
                    bool templates, uint8_t *ret_bytes, size_t *ret_length, struct err *err)
    __attribute__((warn_unused_result));

#endif
