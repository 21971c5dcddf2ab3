#include "probe/decode.h"

#include "base/json_pointer.h"

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

static bool decode_json(const char *bytes, size_t size, const char *pointer, int64_t *ret_user)
{
    struct json_value value = json_pointer_find(bytes, size, pointer ? pointer : "");
    return json_value_int(&value, ret_user);
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
        return json_whole(bytes, size, ret_user);
    case VALUE_JSON:
        return decode_json(bytes, size, pointer, ret_user);
    }
    return false;
}
