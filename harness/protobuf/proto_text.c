#include "protobuf/proto_text.h"

#include <stdio.h>
#include <string.h>

#include "base/json_pointer.h"
#include "protobuf/proto_value.h"

enum {
    DEPTH_MAX = 32,
    NAME_MAX_BYTES = 256,
    ONEOFS_MAX = 64,
    FIELDS_MAX = 512, /* of a message, those that have to be there are looked for among */
    LIST_MAX = 300,
};

struct reading {
    uint8_t *at;
    bool templates;
    unsigned depth;
    char path[NAME_MAX_BYTES]; /* of the member under way: "order.lines" */
    struct err *err;
    int rc;
};

static void refuse(struct reading *reading, const char *what)
{
    if (!reading->rc)
        reading->rc = err_set(reading->err, ERR_USAGE, "%s%s%s", reading->path,
                              *reading->path ? ": " : "", what);
}

static void put_tag(struct reading *reading, uint32_t number, enum proto_wire_type type)
{
    reading->at = proto_wire_put(reading->at, (uint64_t)number << 3 | type);
}

/* What has been written behind `from` gets its length before it. */
static void put_length(struct reading *reading, uint8_t *from)
{
    size_t length = (size_t)(reading->at - from);
    uint8_t bytes[PROTO_VARINT_MAX];
    size_t used = (size_t)(proto_wire_put(bytes, length) - bytes);
    memmove(from + used, from, length);
    memcpy(from, bytes, used);
    reading->at = from + used + length;
}

static void read_message(struct reading *reading, const struct proto_message *message,
                         const struct json_value *value);

/* ---- single values ---- */

static bool is_template(const struct reading *reading, const struct json_value *value)
{
    return reading->templates && value->type == JSON_TYPE_TEXT &&
           memmem(value->bytes, value->length, "{{", 2);
}

/* Without its tag. */
static void read_value(struct reading *reading, const struct proto_field *field,
                       const struct json_value *value)
{
    uint64_t number = 0;
    uint8_t *from = reading->at;
    const char *why = NULL;
    if (field->kind == PROTO_MESSAGE) {
        read_message(reading, field->message, value);
        put_length(reading, from);
    } else if (is_template(reading, value)) {
        *reading->at++ = 0;
    } else if (proto_kind_wire(field->kind) == WIRE_BYTES) {
        why = proto_value_bytes(field, value, &reading->at);
        put_length(reading, from);
    } else {
        why = proto_value_number(field, value, &number);
        reading->at = proto_value_put(field->kind, number, reading->at);
    }
    if (why)
        refuse(reading, why);
}

static bool is_null(const struct json_value *value)
{
    return value->type == JSON_TYPE_WORD && *value->bytes == 'n';
}

/* ---- lists and maps ---- */

struct inside {
    struct reading *reading;
    const struct proto_field *field;
};

static void on_element(void *context, const struct json_value *value)
{
    const struct inside *inside = context;
    if (!inside->field->packed)
        put_tag(inside->reading, inside->field->number, proto_kind_wire(inside->field->kind));
    if (!inside->reading->rc)
        read_value(inside->reading, inside->field, value);
}

static void read_list(struct reading *reading, const struct proto_field *field,
                      const struct json_value *value)
{
    struct inside inside = {reading, field};
    uint8_t *from;
    if (value->type != JSON_TYPE_ARRAY) {
        refuse(reading, "is not a list; allowed: a list");
        return;
    }
    if (field->packed)
        put_tag(reading, field->number, WIRE_BYTES);
    from = reading->at;
    (void)json_pointer_elements(value->bytes, value->length, on_element, &inside);
    if (field->packed)
        put_length(reading, from);
}

static void on_entry(void *context, const struct json_value *name, const struct json_value *value)
{
    const struct inside *inside = context;
    struct reading *reading = inside->reading;
    const struct proto_message *entry = inside->field->message;
    /* A key that is no text stands in quotes all the same. */
    struct json_value key = *name;
    if (entry->v[0].kind == PROTO_BOOL)
        key.type = JSON_TYPE_WORD;
    put_tag(reading, inside->field->number, WIRE_BYTES);
    uint8_t *from = reading->at;
    for (int i = 0; i < 2 && !reading->rc; i++) {
        put_tag(reading, entry->v[i].number, proto_kind_wire(entry->v[i].kind));
        read_value(reading, &entry->v[i], i ? value : &key);
    }
    put_length(reading, from);
}

static void read_map(struct reading *reading, const struct proto_field *field,
                     const struct json_value *value)
{
    struct inside inside = {reading, field};
    if (value->type != JSON_TYPE_OBJECT)
        refuse(reading, "is not a mapping; allowed: a mapping");
    else
        (void)json_pointer_members(value->bytes, value->length, on_entry, &inside);
}

/* ---- messages ---- */

struct members {
    struct reading *reading;
    const struct proto_message *message;
    const struct proto_field *oneofs[ONEOFS_MAX]; /* which one of each is there */
    unsigned char there[FIELDS_MAX / 8];
};

static bool is_called(const struct proto_field *field, const char *name)
{
    return !strcmp(field->json, name) || !strcmp(field->name, name);
}

static void refuse_name(struct reading *reading, const struct proto_message *message)
{
    char what[NAME_MAX_BYTES + LIST_MAX], known[LIST_MAX] = "";
    size_t used = 0;
    for (size_t i = 0; i < message->count && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 message->v[i].name);
    snprintf(what, sizeof what, "is no field of %.200s; allowed: %s", message->name + 1,
             *known ? known : "none");
    refuse(reading, what);
}

/* Of a oneof one at most, and of any field. */
static void note(struct members *members, const struct proto_field *field)
{
    size_t place = (size_t)(field - members->message->v);
    char what[NAME_MAX_BYTES];
    if (place < FIELDS_MAX)
        members->there[place / 8] |= (unsigned char)(1U << place % 8);
    if (field->oneof < 0 || field->oneof >= ONEOFS_MAX)
        return;
    const struct proto_field **other = &members->oneofs[field->oneof];
    if (*other && *other != field) {
        snprintf(what, sizeof what, "and %.100s are of one oneof; allowed: one of them",
                 (*other)->name);
        refuse(members->reading, what);
    }
    *other = field;
}

static void read_field(struct reading *reading, const struct proto_field *field,
                       const struct json_value *value)
{
    if (proto_field_is_map(field)) {
        read_map(reading, field, value);
    } else if (field->repeated) {
        read_list(reading, field, value);
    } else {
        put_tag(reading, field->number, proto_kind_wire(field->kind));
        read_value(reading, field, value);
    }
}

static void on_member(void *context, const struct json_value *name, const struct json_value *value)
{
    struct members *members = context;
    struct reading *reading = members->reading;
    const struct proto_message *message = members->message;
    const struct proto_field *field = NULL;
    char plain[NAME_MAX_BYTES];
    size_t used = strlen(reading->path);
    if (reading->rc || is_null(value))
        return;
    bool fits = json_value_text(name, plain, sizeof plain);
    snprintf(reading->path + used, sizeof reading->path - used, "%s%s", used ? "." : "",
             fits ? plain : "(a long name)");
    for (size_t i = 0; fits && i < message->count && !field; i++)
        field = is_called(&message->v[i], plain) ? &message->v[i] : NULL;
    if (field)
        note(members, field);
    if (field && !reading->rc)
        read_field(reading, field, value);
    else if (!field)
        refuse_name(reading, message);
    reading->path[used] = '\0';
}

static void check_required(const struct members *members)
{
    char what[NAME_MAX_BYTES];
    for (size_t i = 0; i < members->message->count && i < FIELDS_MAX; i++) {
        const struct proto_field *field = &members->message->v[i];
        if (!field->required || members->there[i / 8] >> i % 8 & 1)
            continue;
        snprintf(what, sizeof what, "%.200s is missing, which is required", field->name);
        refuse(members->reading, what);
    }
}

static void read_message(struct reading *reading, const struct proto_message *message,
                         const struct json_value *value)
{
    struct members members = {.reading = reading, .message = message};
    if (value->type != JSON_TYPE_OBJECT)
        refuse(reading, "is no message; allowed: a mapping with its fields");
    else if (++reading->depth > DEPTH_MAX)
        refuse(reading, "is too deep");
    else if (json_pointer_members(value->bytes, value->length, on_member, &members))
        check_required(&members);
    reading->depth -= value->type == JSON_TYPE_OBJECT;
}

int proto_text_read(const struct proto_message *message, const char *text, size_t length,
                    bool templates, uint8_t *ret_bytes, size_t *ret_length, struct err *err)
{
    struct reading reading = {.at = ret_bytes, .templates = templates, .err = err};
    struct json_value whole = json_pointer_find(text, length, "");
    if (whole.type == JSON_TYPE_NONE)
        return err_set(err, ERR_USAGE,
                       "is not JSON; allowed: a mapping, or a text with a JSON "
                       "object, {{name}} in quotes");
    read_message(&reading, message, &whole);
    *ret_length = (size_t)(reading.at - ret_bytes);
    return reading.rc;
}
