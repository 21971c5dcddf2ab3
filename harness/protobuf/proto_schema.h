/* What messages and services consist of, as `protoc --descriptor_set_out --include_imports` tells
 * it (FileDescriptorSet of google/protobuf/descriptor.proto). Read-only once it is made; the layout
 * is public for those who encode and decode. Not known here: groups and extensions. */
#ifndef PROTOBUF_PROTO_SCHEMA_H
#define PROTOBUF_PROTO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "protobuf/proto_wire.h"

/* As FieldDescriptorProto.Type numbers them. */
enum proto_kind {
    PROTO_DOUBLE = 1,
    PROTO_FLOAT,
    PROTO_INT64,
    PROTO_UINT64,
    PROTO_INT32,
    PROTO_FIXED64,
    PROTO_FIXED32,
    PROTO_BOOL,
    PROTO_STRING,
    PROTO_GROUP,
    PROTO_MESSAGE,
    PROTO_BYTES,
    PROTO_UINT32,
    PROTO_ENUM,
    PROTO_SFIXED32,
    PROTO_SFIXED64,
    PROTO_SINT32,
    PROTO_SINT64,
    PROTO_KIND_COUNT,
};

struct proto_enum_value {
    char *name;
    int32_t number;
};

struct proto_enum {
    char *name; /* ".shop.Colour" */
    struct proto_enum_value *v;
    size_t count;
    bool closed; /* of proto2: a number without a name is no value */
};

struct proto_message;

struct proto_field {
    char *name; /* as it is written */
    char *json; /* as JSON calls it: orderId for order_id */
    uint32_t number;
    enum proto_kind kind;
    bool repeated;
    bool packed;
    bool required;
    bool present; /* it is there or not; else it always has a value */
    int oneof;    /* of those one at most is there; -1: none */
    char *type;   /* of PROTO_MESSAGE and PROTO_ENUM: its name */
    const struct proto_message *message;
    const struct proto_enum *enumeration;
};

struct proto_message {
    char *name; /* ".shop.Order" */
    struct proto_field *v;
    size_t count;
    bool entry; /* of a map: key and value */
};

struct proto_method {
    char *service; /* "shop.Coupons" */
    char *name;
    char *input, *output;
    bool streams; /* it is not one question and one answer */
};

struct proto_schema {
    struct proto_message *messages;
    size_t messages_count;
    struct proto_enum *enums;
    size_t enums_count;
    struct proto_method *methods;
    size_t methods_count;
};

/* Errors: ERR_USAGE (no descriptor set), ERR_MEMORY. */
int proto_schema_read(const void *bytes, size_t length, struct proto_schema **ret_schema,
                      struct err *err) __attribute__((warn_unused_result));
void proto_schema_free(struct proto_schema *schema); /* NULL is fine */

/* name: with a dot before it or without. NULL: there is none. */
const struct proto_message *proto_schema_message(const struct proto_schema *schema,
                                                 const char *name);

/* One question and one answer, of kinds that are known here. Errors: ERR_USAGE, which names what
 * there is. */
int proto_schema_method(const struct proto_schema *schema, const char *service, const char *method,
                        const struct proto_method **ret_method, struct err *err)
    __attribute__((warn_unused_result));

/* Of a field; WIRE_BYTES for texts and messages. */
enum proto_wire_type proto_kind_wire(enum proto_kind kind);

/* Is it a map? Then its message is the entry. */
static inline bool proto_field_is_map(const struct proto_field *field)
{
    return field->repeated && field->message && field->message->entry;
}

#endif
