#include "probe/decode.h"

#include <jansson.h>
#include <string.h>

#include "base/units.h"

#define NUMBER_MAX 32 /* the longest int64 has 20 characters */
#define TOKEN_MAX  256

static bool decode_int64(const unsigned char *bytes, size_t size, int64_t *ret_user)
{
    if (size != 8)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    *ret_user = (int64_t)value;
    return true;
}

static bool decode_text(const char *bytes, size_t size, int64_t *ret_user)
{
    char text[NUMBER_MAX];
    if (size == 0 || size >= sizeof text || memchr(bytes, '\0', size))
        return false;
    memcpy(text, bytes, size);
    text[size] = '\0';
    return units_parse_int(text, INT64_MIN, INT64_MAX, ret_user, NULL) == 0;
}

/* One reference token, "~1" and "~0" resolved. Returns what follows it; NULL: too long. */
static const char *take_token(const char *pointer, char *ret_name, size_t size)
{
    size_t used = 0;
    while (*pointer && *pointer != '/') {
        char c = *pointer++;
        if (c == '~' && (*pointer == '0' || *pointer == '1'))
            c = *pointer++ == '0' ? '~' : '/';
        if (used + 1 >= size)
            return NULL;
        ret_name[used++] = c;
    }
    ret_name[used] = '\0';
    return pointer;
}

static const json_t *follow(const json_t *value, const char *pointer)
{
    while (value && *pointer == '/') {
        char name[TOKEN_MAX];
        pointer = take_token(pointer + 1, name, sizeof name);
        if (!pointer)
            return NULL;
        int64_t index = 0;
        if (json_is_object(value))
            value = json_object_get(value, name);
        else if (json_is_array(value) && !units_parse_int(name, 0, INT32_MAX, &index, NULL))
            value = json_array_get(value, (size_t)index);
        else
            value = NULL;
    }
    return *pointer ? NULL : value;
}

static bool decode_json(const char *bytes, size_t size, const char *pointer, int64_t *ret_user)
{
    json_t *root = json_loadb(bytes, size, JSON_DECODE_ANY, NULL);
    const json_t *value = follow(root, pointer ? pointer : "");
    bool ok = false;
    if (json_is_integer(value)) {
        *ret_user = json_integer_value(value);
        ok = true;
    } else if (json_is_string(value)) {
        ok = decode_text(json_string_value(value), json_string_length(value), ret_user);
    }
    json_decref(root);
    return ok;
}

bool decode_user(enum value_format format, const char *pointer, const void *bytes, size_t size,
                 int64_t *ret_user)
{
    if (!bytes)
        return false;
    switch (format) {
    case VALUE_INT64:
        return decode_int64(bytes, size, ret_user);
    case VALUE_TEXT:
        return decode_text(bytes, size, ret_user);
    case VALUE_JSON:
        return decode_json(bytes, size, pointer, ret_user);
    }
    return false;
}
