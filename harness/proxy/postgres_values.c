#include <string.h>

#include "proxy/postgres.h"

uint32_t pg_take32(struct fields *fields)
{
    const uint8_t *at = fields_take(fields, 4);
    return at ? read_be32(at) : 0;
}

uint16_t pg_take16(struct fields *fields)
{
    const uint8_t *at = fields_take(fields, 2);
    return at ? read_be16(at) : 0;
}

const char *pg_take_text(struct fields *fields, size_t *ret_length)
{
    size_t left = (size_t)(fields->end - fields->at);
    const uint8_t *end = fields->ok && left ? memchr(fields->at, '\0', left) : NULL;
    *ret_length = end ? (size_t)(end - fields->at) : left;
    const char *text = (const char *)fields->at;
    fields->at += end ? *ret_length + 1 : left;
    fields->ok = end != NULL;
    return text;
}

/* By the numbers of pg_type. */
enum pg_type pg_type_of(uint32_t oid)
{
    switch (oid) {
    case 20: /* int8 */
    case 21: /* int2 */
    case 23: /* int4 */
        return PG_TYPE_INTEGER;
    case 19:   /* name */
    case 25:   /* text */
    case 1042: /* bpchar */
    case 1043: /* varchar */
        return PG_TYPE_TEXT;
    case 2950:
        return PG_TYPE_UUID;
    default:
        return PG_TYPE_UNKNOWN;
    }
}

void pg_row_description(const uint8_t *body, size_t length, uint8_t *ret_types, uint8_t *ret_binary)
{
    struct fields fields = {body, body + length, true};
    unsigned count = pg_take16(&fields), types = 0, binary = 0;
    for (unsigned i = 0; i < count && i < VALUES_MAX && fields.ok; i++) {
        size_t name;
        pg_take_text(&fields, &name);
        fields_take(&fields, 6); /* table and column */
        unsigned type = pg_type_of(pg_take32(&fields));
        fields_take(&fields, 6); /* size and modifier */
        unsigned format = pg_take16(&fields);
        if (!fields.ok)
            break;
        types |= type << (2 * i);
        binary |= (unsigned)(format == 1) << i;
    }
    *ret_types = (uint8_t)types;
    *ret_binary = (uint8_t)binary;
}

uint8_t pg_formats(struct fields *fields)
{
    unsigned count = pg_take16(fields), binary = 0;
    for (unsigned i = 0; i < count && fields->ok; i++) {
        unsigned format = pg_take16(fields);
        if (i < VALUES_MAX)
            binary |= (unsigned)(format == 1) << i;
    }
    return (uint8_t)(count == 1 && binary ? 0xff : binary);
}

/* A client need not say what it sends, and only the server knows. No text has a NUL at its head,
 * which whole numbers that are no larger than most have. */
static bool is_number(const uint8_t *bytes, uint32_t length)
{
    return (length == 2 || length == 4 || length == 8) && bytes[0] == 0;
}

static struct value binary_value(const struct value_rules *rules, enum pg_type type,
                                 const uint8_t *bytes, uint32_t length)
{
    if (type == PG_TYPE_UUID && length == 16)
        return value_of_uuid(rules, bytes);
    if (type == PG_TYPE_TEXT)
        return value_of_text(rules, bytes, length);
    if (type != PG_TYPE_INTEGER && !is_number(bytes, length))
        return value_of_bytes(rules, bytes, length);
    if (length == 2)
        return value_of_integer(rules, (int16_t)read_be16(bytes));
    if (length == 4)
        return value_of_integer(rules, (int32_t)read_be32(bytes));
    if (length == 8)
        return value_of_integer(rules,
                                (int64_t)((uint64_t)read_be32(bytes) << 32 | read_be32(bytes + 4)));
    return value_of_bytes(rules, bytes, length);
}

void pg_values(const struct postgres *pg, struct fields *fields, unsigned count, uint8_t types,
               uint8_t binary, struct values *values)
{
    const struct value_rules *rules = pg->base.config.rules;
    for (unsigned i = 0; i < count && fields->ok; i++) {
        uint32_t length = pg_take32(fields);
        struct value value = {VALUE_NULL, 0};
        const uint8_t *bytes = length == UINT32_MAX ? NULL : fields_take(fields, length);
        if (!fields->ok)
            return;
        if (bytes && i < VALUES_MAX)
            value = binary >> i & 1
                        ? binary_value(rules, (enum pg_type)(types >> (2 * i) & 3), bytes, length)
                        : value_of_text(rules, bytes, length);
        values_add(values, value);
    }
}
