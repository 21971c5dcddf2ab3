/* Single values of JSON as those of a field. Pure, allocates nothing. For proto_text.c. */
#ifndef PROTOBUF_PROTO_VALUE_H
#define PROTOBUF_PROTO_VALUE_H

#include "base/json_value.h"
#include "protobuf/proto_schema.h"

/* The value as it stands on the wire, before it is folded into bytes. Returns NULL, or why it is
 * none of the field's kind. */
const char *proto_value_number(const struct proto_field *field, const struct json_value *value,
                               uint64_t *ret_number);

/* Writes a text or what base64 stands for behind *at, and moves it. Returns as above. */
const char *proto_value_bytes(const struct proto_field *field, const struct json_value *value,
                              uint8_t **at);

/* The bytes of a number; returns what follows them. */
uint8_t *proto_value_put(enum proto_kind kind, uint64_t number, uint8_t *at);

#endif
