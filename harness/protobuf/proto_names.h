/* What a schema's names mean. For proto_schema.c. */
#ifndef PROTOBUF_PROTO_NAMES_H
#define PROTOBUF_PROTO_NAMES_H

#include "protobuf/proto_schema.h"

/* Finds the messages and enums of all fields. False: one is missing. */
bool proto_names_link(struct proto_schema *schema);

#endif
