#include "pipeline/decode.h"

#include <string.h>

#include "base/json_pointer.h"

static bool decode_int64(struct roster *roster, const unsigned char *bytes, size_t size,
                         int64_t *ret_user)
{
    if (size != 8)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return roster_read_number(roster, (int64_t)value, ret_user);
}

static bool decode_json(struct roster *roster, const char *bytes, size_t size, const char *pointer,
                        int64_t *ret_user)
{
    struct json_value value = json_pointer_find(bytes, size, pointer ? pointer : "");
    char id[ROSTER_TEXT];
    if (value.type != JSON_TYPE_NUMBER && value.type != JSON_TYPE_TEXT)
        return false;
    return json_value_text(&value, id, sizeof id) && roster_read(roster, id, strlen(id), ret_user);
}

bool decode_user(struct roster *roster, enum value_format format, const char *pointer,
                 const void *bytes, size_t size, int64_t *ret_user)
{
    if (!bytes)
        return false;
    switch (format) {
    case VALUE_INT64:
        return decode_int64(roster, bytes, size, ret_user);
    case VALUE_TEXT:
        return roster_read_bytes(roster, bytes, size, UUID_RFC, ret_user);
    case VALUE_JSON:
        return decode_json(roster, bytes, size, pointer, ret_user);
    }
    return false;
}
