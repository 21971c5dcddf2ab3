#include "protobuf/proto_schema.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "protobuf/proto_names.h"

enum { NESTING_MAX = 32 };

/* Numbers of fields in descriptor.proto. */
enum {
    SET_FILE = 1,
    FILE_PACKAGE = 2,
    FILE_MESSAGE = 4,
    FILE_ENUM = 5,
    FILE_SERVICE = 6,
    FILE_SYNTAX = 12,
    MESSAGE_NAME = 1,
    MESSAGE_FIELD = 2,
    MESSAGE_NESTED = 3,
    MESSAGE_ENUM = 4,
    MESSAGE_OPTIONS = 7,
    OPTIONS_MAP_ENTRY = 7,
    FIELD_NAME = 1,
    FIELD_NUMBER = 3,
    FIELD_LABEL = 4,
    FIELD_TYPE = 5,
    FIELD_TYPE_NAME = 6,
    FIELD_OPTIONS = 8,
    FIELD_ONEOF = 9,
    FIELD_JSON_NAME = 10,
    FIELD_OPTIONAL = 17,
    OPTIONS_PACKED = 2,
    LABEL_REQUIRED = 2,
    LABEL_REPEATED = 3,
    ENUM_NAME = 1,
    ENUM_VALUE = 2,
    VALUE_NAME = 1,
    VALUE_NUMBER = 2,
    SERVICE_NAME = 1,
    SERVICE_METHOD = 2,
    METHOD_NAME = 1,
    METHOD_INPUT = 2,
    METHOD_OUTPUT = 3,
    METHOD_ASKS = 5,
    METHOD_ANSWERS = 6,
};

struct reading {
    struct proto_schema *schema;
    bool proto3;
    bool failed; /* no memory, or no descriptor set */
};

/* One more of an array that holds count; NULL: no memory. */
static void *one_more(struct reading *reading, void *array, size_t *count, size_t size)
{
    void **v = array;
    void *longer = reallocarray(*v, *count + 1, size);
    reading->failed |= !longer;
    if (!longer)
        return NULL;
    *v = longer;
    return memset((char *)longer + (*count)++ * size, 0, size);
}

static void keep_text(struct reading *reading, char **text, const struct proto_wire_field *field)
{
    if (field->type != WIRE_BYTES) {
        reading->failed = true;
        return;
    }
    free(*text);
    *text = strndup((const char *)field->bytes.at, (size_t)(field->bytes.end - field->bytes.at));
    reading->failed |= !*text;
}

/* The text of a field, the last one; "" when it is not there. Owned. */
static char *text_of(struct reading *reading, struct proto_bytes bytes, uint32_t number)
{
    struct proto_wire_field field;
    char *text = strdup("");
    while (proto_wire_next(&bytes, &field))
        if (field.number == number && field.type == WIRE_BYTES)
            keep_text(reading, &text, &field);
    reading->failed |= bytes.at != bytes.end || !text;
    return text;
}

static char *join(struct reading *reading, const char *scope, const char *name)
{
    char *text = NULL;
    if (asprintf(&text, "%s.%s", scope, name ? name : "") < 0)
        text = NULL;
    reading->failed |= !text;
    return text;
}

static bool option_of(struct proto_bytes bytes, uint32_t number, bool otherwise)
{
    struct proto_wire_field field;
    while (proto_wire_next(&bytes, &field))
        if (field.number == number && field.type == WIRE_VARINT)
            otherwise = field.value != 0;
    return otherwise;
}

static char *json_name(struct reading *reading, const char *name)
{
    char *text = strdup(name ? name : ""), *to = text;
    reading->failed |= !text;
    for (const char *from = text; text && *from; from++)
        if (*from == '_' && from[1])
            from++, *to++ = (char)toupper((unsigned char)*from);
        else
            *to++ = *from;
    if (text)
        *to = '\0';
    return text;
}

struct told_field {
    uint64_t label, oneof, optional;
    bool in_oneof, packed;
};

static void take_field_part(struct reading *reading, struct proto_field *field,
                            struct told_field *told, const struct proto_wire_field *part)
{
    switch (part->number) {
    case FIELD_NAME:
        keep_text(reading, &field->name, part);
        break;
    case FIELD_JSON_NAME:
        keep_text(reading, &field->json, part);
        break;
    case FIELD_TYPE_NAME:
        keep_text(reading, &field->type, part);
        break;
    case FIELD_NUMBER:
        field->number = (uint32_t)part->value;
        break;
    case FIELD_TYPE:
        field->kind = part->value < PROTO_KIND_COUNT ? (enum proto_kind)part->value : PROTO_GROUP;
        break;
    case FIELD_LABEL:
        told->label = part->value;
        break;
    case FIELD_ONEOF:
        told->oneof = part->value;
        told->in_oneof = true;
        break;
    case FIELD_OPTIONAL:
        told->optional = part->value;
        break;
    case FIELD_OPTIONS:
        told->packed = option_of(part->bytes, OPTIONS_PACKED, told->packed);
        break;
    default:
        break;
    }
}

static void read_field(struct reading *reading, struct proto_bytes bytes, struct proto_field *field)
{
    struct told_field told = {.packed = reading->proto3};
    struct proto_wire_field part;
    while (proto_wire_next(&bytes, &part))
        take_field_part(reading, field, &told, &part);
    if (!field->json)
        field->json = json_name(reading, field->name);
    field->repeated = told.label == LABEL_REPEATED;
    field->required = told.label == LABEL_REQUIRED;
    enum proto_wire_type type = proto_kind_wire(field->kind);
    field->packed = told.packed && field->repeated && type != WIRE_BYTES && type != WIRE_GROUP;
    /* An optional one of proto3 stands in a oneof of its own. */
    field->oneof = told.in_oneof && !told.optional ? (int)(told.oneof & 0xffff) : -1;
    field->present = !field->repeated && (!reading->proto3 || told.in_oneof || told.optional ||
                                          field->kind == PROTO_MESSAGE);
    reading->failed |= bytes.at != bytes.end || !field->name || !field->number || !field->kind;
}

static void read_enum(struct reading *reading, struct proto_bytes bytes, const char *scope)
{
    struct proto_schema *schema = reading->schema;
    _cleanup_free_ char *name = text_of(reading, bytes, ENUM_NAME);
    struct proto_enum *made =
        one_more(reading, &schema->enums, &schema->enums_count, sizeof *schema->enums);
    struct proto_wire_field part, inner;
    if (!made)
        return;
    made->name = join(reading, scope, name);
    made->closed = !reading->proto3;
    while (!reading->failed && proto_wire_next(&bytes, &part)) {
        if (part.number != ENUM_VALUE || part.type != WIRE_BYTES)
            continue;
        struct proto_enum_value *value = one_more(reading, &made->v, &made->count, sizeof *made->v);
        while (value && proto_wire_next(&part.bytes, &inner))
            if (inner.number == VALUE_NAME && inner.type == WIRE_BYTES)
                keep_text(reading, &value->name, &inner);
            else if (inner.number == VALUE_NUMBER)
                value->number = (int32_t)inner.value;
        reading->failed |= !value || !value->name;
    }
}

static void read_message(struct reading *reading, struct proto_bytes bytes, const char *scope,
                         unsigned depth);

/* What stands inside another message goes into the same list. */
static void read_inner(struct reading *reading, struct proto_bytes bytes, const char *scope,
                       unsigned depth)
{
    struct proto_wire_field part;
    while (!reading->failed && proto_wire_next(&bytes, &part)) {
        if (part.type != WIRE_BYTES)
            continue;
        if (part.number == MESSAGE_NESTED)
            read_message(reading, part.bytes, scope, depth + 1);
        else if (part.number == MESSAGE_ENUM)
            read_enum(reading, part.bytes, scope);
    }
}

static void read_message(struct reading *reading, struct proto_bytes bytes, const char *scope,
                         unsigned depth)
{
    struct proto_schema *schema = reading->schema;
    _cleanup_free_ char *name = text_of(reading, bytes, MESSAGE_NAME);
    _cleanup_free_ char *whole = join(reading, scope, name);
    struct proto_message *made =
        one_more(reading, &schema->messages, &schema->messages_count, sizeof *schema->messages);
    struct proto_bytes inside = bytes;
    struct proto_wire_field part;
    reading->failed |= depth > NESTING_MAX;
    if (reading->failed || !made)
        return;
    made->name = strdup(whole);
    while (!reading->failed && proto_wire_next(&bytes, &part)) {
        if (part.number == MESSAGE_FIELD && part.type == WIRE_BYTES) {
            struct proto_field *field = one_more(reading, &made->v, &made->count, sizeof *made->v);
            if (field)
                read_field(reading, part.bytes, field);
        } else if (part.number == MESSAGE_OPTIONS && part.type == WIRE_BYTES) {
            made->entry = option_of(part.bytes, OPTIONS_MAP_ENTRY, false);
        }
    }
    reading->failed |= bytes.at != bytes.end || !made->name;
    read_inner(reading, inside, whole, depth);
}

static void read_method(struct reading *reading, struct proto_bytes bytes, const char *service)
{
    struct proto_schema *schema = reading->schema;
    struct proto_method *made =
        one_more(reading, &schema->methods, &schema->methods_count, sizeof *schema->methods);
    if (!made)
        return;
    made->service = strdup(service);
    made->name = text_of(reading, bytes, METHOD_NAME);
    made->input = text_of(reading, bytes, METHOD_INPUT);
    made->output = text_of(reading, bytes, METHOD_OUTPUT);
    made->streams = option_of(bytes, METHOD_ASKS, false) || option_of(bytes, METHOD_ANSWERS, false);
    reading->failed |= !made->service;
}

static void read_service(struct reading *reading, struct proto_bytes bytes, const char *scope)
{
    _cleanup_free_ char *name = text_of(reading, bytes, SERVICE_NAME);
    _cleanup_free_ char *whole = join(reading, scope, name);
    struct proto_wire_field part;
    while (!reading->failed && proto_wire_next(&bytes, &part))
        if (part.number == SERVICE_METHOD && part.type == WIRE_BYTES)
            read_method(reading, part.bytes, whole + 1);
}

static void read_file(struct reading *reading, struct proto_bytes bytes)
{
    _cleanup_free_ char *package = text_of(reading, bytes, FILE_PACKAGE);
    _cleanup_free_ char *syntax = text_of(reading, bytes, FILE_SYNTAX);
    _cleanup_free_ char *scope = package && *package ? join(reading, "", package) : strdup("");
    struct proto_wire_field part;
    reading->failed |= !scope;
    reading->proto3 = syntax && !strcmp(syntax, "proto3");
    while (!reading->failed && proto_wire_next(&bytes, &part)) {
        if (part.type != WIRE_BYTES)
            continue;
        if (part.number == FILE_MESSAGE)
            read_message(reading, part.bytes, scope, 0);
        else if (part.number == FILE_ENUM)
            read_enum(reading, part.bytes, scope);
        else if (part.number == FILE_SERVICE)
            read_service(reading, part.bytes, scope);
    }
    reading->failed |= bytes.at != bytes.end;
}

int proto_schema_read(const void *bytes, size_t length, struct proto_schema **ret_schema,
                      struct err *err)
{
    struct reading reading = {.schema = calloc(1, sizeof *reading.schema)};
    struct proto_bytes rest = {bytes, (const uint8_t *)bytes + length};
    struct proto_wire_field part;
    if (!reading.schema)
        return err_set(err, ERR_MEMORY, "out of memory");
    while (!reading.failed && proto_wire_next(&rest, &part))
        if (part.number == SET_FILE && part.type == WIRE_BYTES)
            read_file(&reading, part.bytes);
    if (!reading.failed && rest.at == rest.end && proto_names_link(reading.schema)) {
        *ret_schema = reading.schema;
        return 0;
    }
    proto_schema_free(reading.schema);
    return err_set(err, ERR_USAGE, "is no descriptor set of protoc (with --include_imports)");
}

static void free_message(struct proto_message *message)
{
    for (size_t i = 0; i < message->count; i++) {
        free(message->v[i].name);
        free(message->v[i].json);
        free(message->v[i].type);
    }
    free(message->v);
    free(message->name);
}

static void free_enum(struct proto_enum *enumeration)
{
    for (size_t i = 0; i < enumeration->count; i++)
        free(enumeration->v[i].name);
    free(enumeration->v);
    free(enumeration->name);
}

void proto_schema_free(struct proto_schema *schema)
{
    if (!schema)
        return;
    for (size_t i = 0; i < schema->messages_count; i++)
        free_message(&schema->messages[i]);
    for (size_t i = 0; i < schema->enums_count; i++)
        free_enum(&schema->enums[i]);
    for (size_t i = 0; i < schema->methods_count; i++) {
        free(schema->methods[i].service);
        free(schema->methods[i].name);
        free(schema->methods[i].input);
        free(schema->methods[i].output);
    }
    free(schema->messages);
    free(schema->enums);
    free(schema->methods);
    free(schema);
}
