/* links: protobuf */
/* covers: harness/protobuf/proto_json.c harness/protobuf/proto_schema.c */
/* covers: harness/protobuf/proto_text.c */
/* A message of somebody else, and a descriptor set: what is read of a message is JSON, and written
 * again and read again it is the same JSON. A capital S before the bytes makes them a descriptor
 * set. */
#include "../grpc/sample.h"
#include "base/json_pointer.h"
#include "fuzz.h"
#include "protobuf/proto_json.h"
#include "protobuf/proto_text.h"

enum { ROOM = 1 << 16 };

static void nobody(void *context, const struct json_value *name, const struct json_value *value)
{
    (void)context;
    (void)name;
    (void)value;
}

static void read_set(const uint8_t *bytes, size_t size)
{
    struct proto_schema *schema = NULL;
    const struct proto_method *method;
    if (proto_schema_read(bytes, size, &schema, NULL))
        return;
    for (size_t i = 0; i < schema->methods_count; i++)
        (void)!proto_schema_method(schema, schema->methods[i].service, schema->methods[i].name,
                                   &method, NULL);
    proto_schema_free(schema);
}

static void write_again(const struct proto_message *message, const char *text, size_t length)
{
    static char again[ROOM];
    uint8_t *bytes = malloc(PROTO_TEXT_ROOM(length));
    struct err err = {0};
    size_t used, back;
    MUST(bytes);
    MUST(!proto_text_read(message, text, length, false, bytes, &used, &err));
    MUST(used <= PROTO_TEXT_ROOM(length));
    MUST(proto_json_write(message, (struct proto_bytes){bytes, bytes + used}, again, sizeof again,
                          &back) == PROTO_JSON_WHOLE);
    MUST(back == length && !memcmp(again, text, length));
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct proto_schema *schema;
    static char text[ROOM];
    size_t length;
    if (!schema)
        MUST(!proto_schema_read(sample, sizeof sample, &schema, NULL));
    if (size && *bytes == 'S') {
        read_set(bytes + 1, size - 1);
        return 0;
    }
    const struct proto_message *message = proto_schema_message(schema, "sample.Order");
    if (proto_json_write(message, (struct proto_bytes){bytes, bytes + size}, text, sizeof text,
                         &length) != PROTO_JSON_WHOLE)
        return 0;
    MUST(json_pointer_members(text, length, nobody, NULL));
    write_again(message, text, length);
    return 0;
}
