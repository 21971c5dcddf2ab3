#include "report/fields.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "model/run.h"
#include "report/text.h"

json_t *fields_text(const char *text)
{
    if (!text)
        return json_null();
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, SIZE_MAX / 4);
    return text_add(&clean, TEXT_CLEAN, text) ? NULL : json_string(buf_text(&clean));
}

static json_t *integer_if(struct maybe number)
{
    return number.known ? json_integer(number.value) : json_null();
}

static json_t *integer_unless(int64_t value, int64_t none)
{
    return value == none ? json_null() : json_integer(value);
}

static json_t *make_value(const struct field *field, const void *member, ns_t origin)
{
    switch (field->type) {
    case FIELD_INT64:
    case FIELD_SPAN:
        return json_integer(*(const int64_t *)member);
    case FIELD_COUNT:
        return integer_unless(*(const int64_t *)member, COUNT_UNKNOWN);
    case FIELD_MAYBE:
        return integer_if(*(const struct maybe *)member);
    case FIELD_INSTANT: {
        ns_t instant = *(const ns_t *)member;
        return instant ? json_integer(instant - origin) : json_null();
    }
    case FIELD_INT:
        return json_integer(*(const int *)member);
    case FIELD_LANE:
        return integer_unless(*(const int32_t *)member, -1);
    case FIELD_BOOL:
        return json_boolean(*(const bool *)member);
    case FIELD_TEXT:
        return fields_text(member);
    case FIELD_NAME:
        return json_string(*(const char *const *)member); /* a word of ours, read back as one */
    case FIELD_VERDICT:
        return json_string(verdict_name(*(const enum verdict *)member));
    case FIELD_OUTCOME:
        return json_string(drain_outcome_name(*(const enum drain_outcome *)member));
    case FIELD_STATUS:
        return json_integer(*(const uint16_t *)member);
    case FIELD_CLASS:
        return json_string(request_class_name((enum request_class) * (const uint8_t *)member));
    case FIELD_CAUSE:
        return json_string(request_cause_name((enum request_cause) * (const uint8_t *)member));
    }
    return NULL;
}

int fields_write(const struct field_table *table, const void *from, ns_t origin, json_t *object)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->v[i];
        json_t *value = make_value(field, (const char *)from + field->offset, origin);
        bool empty = json_is_null(value) || (json_is_string(value) && !json_string_length(value));
        if (table->sparse && empty) {
            json_decref(value);
            continue;
        }
        if (!value || json_object_set_new(object, field->key, value))
            return -(int)ERR_MEMORY;
    }
    return 0;
}

static bool read_integer(const json_t *value, int64_t low, int64_t high, int64_t *ret_value)
{
    if (!json_is_integer(value))
        return false;
    int64_t number = json_integer_value(value);
    if (number < low || number > high)
        return false;
    *ret_value = number;
    return true;
}

/* A count, with a value that means "none", written as null. */
static bool read_or_none(const json_t *value, int64_t none, int64_t *ret_value)
{
    if (!json_is_null(value))
        return read_integer(value, 0, FIELD_INSTANT_MAX, ret_value);
    *ret_value = none;
    return true;
}

static bool read_instant(const json_t *value, ns_t origin, ns_t *ret_instant)
{
    ns_t number = 0;
    if (!json_is_null(value) &&
        !read_integer(value, -FIELD_INSTANT_MAX, FIELD_INSTANT_MAX, &number))
        return false;
    *ret_instant = json_is_null(value) ? 0 : number + origin;
    return true;
}

static bool read_maybe(const json_t *value, struct maybe *ret_number)
{
    struct maybe number = {.known = !json_is_null(value)};
    if (number.known && !read_integer(value, INT64_MIN, INT64_MAX, &number.value))
        return false;
    *ret_number = number;
    return true;
}

static bool read_narrow(const json_t *value, int32_t *ret_value)
{
    int64_t number;
    if (!read_integer(value, INT32_MIN, INT32_MAX, &number))
        return false;
    *ret_value = (int32_t)number;
    return true;
}

/* Cut to the member, at a character's end: bytes that became U+FFFD made a full text longer. */
static bool read_text(const json_t *value, char *ret_text, size_t size)
{
    const char *text = json_string_value(value);
    if (!text)
        return false;
    size_t length = strlen(text);
    length = utf8_cut(text, length < size ? length : size - 1);
    memcpy(ret_text, text, length);
    ret_text[length] = '\0';
    return true;
}

static bool read_name(const json_t *value, field_keeper keep, const char **ret_name)
{
    if (!json_is_string(value))
        return false;
    *ret_name = keep(json_string_value(value));
    return *ret_name != NULL;
}

static bool read_enum(const json_t *value, int (*find)(const char *), unsigned *ret_value)
{
    int found = json_is_string(value) ? find(json_string_value(value)) : -1;
    if (found >= 0)
        *ret_value = (unsigned)found;
    return found >= 0;
}

static bool read_small(const json_t *value, int (*find)(const char *), uint8_t *ret_value)
{
    unsigned found;
    if (!read_enum(value, find, &found))
        return false;
    *ret_value = (uint8_t)found;
    return true;
}

static bool read_status(const json_t *value, uint16_t *ret_status)
{
    int64_t number;
    if (!read_integer(value, 0, UINT16_MAX, &number))
        return false;
    *ret_status = (uint16_t)number;
    return true;
}

static bool read_value(const struct field *field, const json_t *value, ns_t origin,
                       field_keeper keep, void *member)
{
    switch (field->type) {
    case FIELD_INT64:
        return read_integer(value, INT64_MIN, INT64_MAX, member);
    case FIELD_SPAN:
        return read_integer(value, -FIELD_INSTANT_MAX, FIELD_INSTANT_MAX, member);
    case FIELD_COUNT:
        return read_or_none(value, COUNT_UNKNOWN, member);
    case FIELD_MAYBE:
        return read_maybe(value, member);
    case FIELD_INSTANT:
        return read_instant(value, origin, member);
    case FIELD_INT:
    case FIELD_LANE:
        return read_narrow(value, member);
    case FIELD_BOOL:
        if (json_is_boolean(value))
            *(bool *)member = json_is_true(value);
        return json_is_boolean(value);
    case FIELD_TEXT:
        return read_text(value, member, field->size);
    case FIELD_NAME:
        return read_name(value, keep, member);
    case FIELD_VERDICT:
        return read_enum(value, verdict_find, member);
    case FIELD_OUTCOME:
        return read_enum(value, drain_outcome_find, member);
    case FIELD_STATUS:
        return read_status(value, member);
    case FIELD_CLASS:
        return read_small(value, request_class_find, member);
    case FIELD_CAUSE:
        return read_small(value, request_cause_find, member);
    }
    return false;
}

int fields_read(const struct field_table *table, const json_t *object, ns_t origin,
                const char *where, field_keeper keep, void *to, struct err *err)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->v[i];
        const json_t *value = json_object_get(object, field->key);
        if (value && !read_value(field, value, origin, keep, (char *)to + field->offset))
            return err_set(err, ERR_USAGE, "%s.%s has a wrong type or is out of range", where,
                           field->key);
    }
    return 0;
}
