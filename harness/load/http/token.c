#include "load/http/token.h"

#include <string.h>

#include "base/json_pointer.h"

enum { CLAIMS_MAX = 4096 };

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* base64url without padding. False: it is something else, or longer than there is room. */
static bool decode(const char *text, size_t length, char *ret_bytes, size_t *ret_size)
{
    unsigned bits = 0, held = 0;
    size_t size = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0 || size == CLAIMS_MAX)
            return false;
        bits = bits << 6 | (unsigned)digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            ret_bytes[size++] = (char)(bits >> held & 0xff);
        }
    }
    *ret_size = size;
    return true;
}

/* A NumericDate may have a fraction. */
static bool read_second(const struct json_value *value, int64_t *ret_second)
{
    size_t length = value->type == JSON_TYPE_NUMBER ? value->length : 0;
    const char *point = length ? memchr(value->bytes, '.', length) : NULL;
    return json_whole(value->bytes, point ? (size_t)(point - value->bytes) : length, ret_second);
}

bool token_expiry(const char *text, size_t length, int64_t *ret_second)
{
    char claims[CLAIMS_MAX];
    size_t size;
    const char *end = text + length, *first = memchr(text, '.', length);
    const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
    if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)) ||
        !decode(first + 1, (size_t)(second - first - 1), claims, &size))
        return false;
    const struct json_value exp = json_pointer_find(claims, size, "/exp");
    return read_second(&exp, ret_second);
}
