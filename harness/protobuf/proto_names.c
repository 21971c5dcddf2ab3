#include "protobuf/proto_names.h"

#include <stdio.h>
#include <string.h>

enum proto_wire_type proto_kind_wire(enum proto_kind kind)
{
    switch (kind) {
    case PROTO_DOUBLE:
    case PROTO_FIXED64:
    case PROTO_SFIXED64:
        return WIRE_FIXED64;
    case PROTO_FLOAT:
    case PROTO_FIXED32:
    case PROTO_SFIXED32:
        return WIRE_FIXED32;
    case PROTO_STRING:
    case PROTO_BYTES:
    case PROTO_MESSAGE:
        return WIRE_BYTES;
    case PROTO_GROUP:
        return WIRE_GROUP;
    default:
        return WIRE_VARINT;
    }
}

const struct proto_message *proto_schema_message(const struct proto_schema *schema,
                                                 const char *name)
{
    for (size_t i = 0; i < schema->messages_count; i++)
        if (!strcmp(schema->messages[i].name + (*name != '.'), name))
            return &schema->messages[i];
    return NULL;
}

static const struct proto_enum *find_enum(const struct proto_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->enums_count; i++)
        if (!strcmp(schema->enums[i].name, name))
            return &schema->enums[i];
    return NULL;
}

/* A map has a key and a value. */
static bool is_sound(const struct proto_message *message)
{
    return !message->entry ||
           (message->count == 2 && message->v[0].number == 1 && message->v[1].number == 2);
}

static bool link_field(const struct proto_schema *schema, struct proto_field *field)
{
    bool message = field->kind == PROTO_MESSAGE, enumerated = field->kind == PROTO_ENUM;
    if (message && field->type)
        field->message = proto_schema_message(schema, field->type);
    if (enumerated && field->type)
        field->enumeration = find_enum(schema, field->type);
    return message == !!field->message && enumerated == !!field->enumeration;
}

bool proto_names_link(struct proto_schema *schema)
{
    bool fine = true;
    for (size_t i = 0; i < schema->messages_count; i++) {
        fine = fine && is_sound(&schema->messages[i]);
        for (size_t k = 0; k < schema->messages[i].count; k++)
            fine = fine && link_field(schema, &schema->messages[i].v[k]);
    }
    for (size_t i = 0; i < schema->enums_count; i++)
        fine = fine && schema->enums[i].count;
    return fine;
}

/* ---- methods ---- */

enum { REACHED_MAX = 512, KNOWN = 512 };

static void list(char *known, size_t *used, const char *service, const char *name)
{
    if (*used < KNOWN)
        *used += (size_t)snprintf(known + *used, KNOWN - *used, "%s%s%s%s", *used ? ", " : "",
                                  service, *service && *name ? "/" : "", name);
}

static int no_method(const struct proto_schema *schema, const char *service, const char *method,
                     struct err *err)
{
    char known[KNOWN] = "";
    size_t used = 0, services = 0;
    for (size_t i = 0; i < schema->methods_count; i++)
        if (!strcmp(schema->methods[i].service, service)) {
            list(known, &used, "", schema->methods[i].name);
            services++;
        }
    for (size_t i = 0; !services && i < schema->methods_count; i++)
        list(known, &used, schema->methods[i].service, schema->methods[i].name);
    if (services)
        return err_set(err, ERR_USAGE, "method: %s has no %s; allowed: %.400s", service, method,
                       known);
    return err_set(err, ERR_USAGE, "service: there is no %s; allowed: %.400s", service,
                   *known ? known : "none, proto describes no service with methods");
}

struct reached {
    const struct proto_message *v[REACHED_MAX];
    size_t count;
};

static bool reach(struct reached *reached, const struct proto_message *message)
{
    for (size_t i = 0; i < reached->count; i++)
        if (reached->v[i] == message)
            return true;
    if (reached->count == REACHED_MAX)
        return false;
    reached->v[reached->count++] = message;
    return true;
}

/* All that a message may hold, and whether it is known here. */
static int check_kinds(const struct proto_message *root, struct err *err)
{
    struct reached reached = {.v = {root}, .count = 1};
    for (size_t i = 0; i < reached.count; i++)
        for (size_t k = 0; k < reached.v[i]->count; k++) {
            const struct proto_field *field = &reached.v[i]->v[k];
            if (field->kind == PROTO_GROUP)
                return err_set(err, ERR_USAGE, "%s.%s is a group; allowed: messages",
                               reached.v[i]->name + 1, field->name);
            if (field->message && !reach(&reached, field->message))
                return err_set(err, ERR_USAGE, "%s holds more than %d kinds of messages",
                               root->name + 1, REACHED_MAX);
        }
    return 0;
}

int proto_schema_method(const struct proto_schema *schema, const char *service, const char *method,
                        const struct proto_method **ret_method, struct err *err)
{
    for (size_t i = 0; i < schema->methods_count; i++) {
        const struct proto_method *found = &schema->methods[i];
        if (strcmp(found->service, service) != 0 || strcmp(found->name, method) != 0)
            continue;
        const struct proto_message *input = proto_schema_message(schema, found->input);
        const struct proto_message *output = proto_schema_message(schema, found->output);
        if (found->streams)
            return err_set(err, ERR_USAGE,
                           "method: %s/%s streams; allowed: one message and one answer", service,
                           method);
        if (!input || !output)
            return err_set(err, ERR_USAGE, "method: nobody describes what %s/%s takes and answers",
                           service, method);
        int rc = check_kinds(input, err);
        if (!rc)
            rc = check_kinds(output, err);
        *ret_method = found;
        return rc;
    }
    return no_method(schema, service, method, err);
}
