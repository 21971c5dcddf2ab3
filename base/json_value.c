#include "base/json_value.h"

#include <string.h>

#include "base/decimal.h"
#include "base/utf8.h"

static int hex_digit(char byte)
{
    return byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10;
}

static unsigned hex4(const char *at)
{
    unsigned code = 0;
    for (int i = 0; i < 4; i++)
        code = code << 4 | (unsigned)hex_digit(at[i]);
    return code;
}

/* Decodes the escape at *at (on its backslash), moves past it, returns the bytes it stands for; 0:
 * for none. */
static size_t decode_escape(const char **at, const char *end, char out[static 4])
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char byte = (*at)[1];
    if (byte != 'u') {
        out[0] = to[strchr(from, byte) - from];
        *at += 2;
        return 1;
    }
    unsigned code = hex4(*at + 2);
    *at += 6;
    bool high = code >= 0xd800 && code < 0xdc00;
    if (high && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        unsigned low = hex4(*at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            *at += 6;
        }
    }
    return code >= 0xd800 && code < 0xe000 ? 0 : utf8_put(code, out);
}

size_t json_text_next(const char **at, const char *end, char ret_bytes[static 4])
{
    if (**at == '\\')
        return decode_escape(at, end, ret_bytes);
    ret_bytes[0] = *(*at)++;
    return 1;
}

static bool text_equals(const struct json_value *value, const char *wanted)
{
    const char *at = value->bytes, *end = value->bytes + value->length;
    size_t left = strlen(wanted);
    while (at < end) {
        char decoded[4];
        size_t count = json_text_next(&at, end, decoded);
        if (count == 0 || count > left || memcmp(wanted, decoded, count) != 0)
            return false;
        wanted += count;
        left -= count;
    }
    return left == 0;
}

bool json_value_equals(const struct json_value *value, const char *wanted)
{
    if (value->type == JSON_TYPE_TEXT)
        return text_equals(value, wanted);
    if (value->type != JSON_TYPE_NUMBER && value->type != JSON_TYPE_WORD)
        return false;
    size_t length = strlen(wanted);
    if (length == value->length && !memcmp(wanted, value->bytes, length))
        return true;
    return value->type == JSON_TYPE_NUMBER &&
           decimal_equal(value->bytes, value->length, wanted, length);
}

static bool copy_bytes(const struct json_value *value, char *ret_text, size_t size)
{
    size_t length = value->length < size ? value->length : size - 1;
    memcpy(ret_text, value->bytes, length);
    ret_text[length] = '\0';
    return length == value->length;
}

bool json_value_text(const struct json_value *value, char *ret_text, size_t size)
{
    ret_text[0] = '\0';
    if (value->type == JSON_TYPE_NUMBER || value->type == JSON_TYPE_WORD)
        return copy_bytes(value, ret_text, size);
    if (value->type != JSON_TYPE_TEXT)
        return false;
    const char *at = value->bytes, *end = at + value->length;
    size_t used = 0;
    while (at < end) {
        char decoded[4];
        size_t count = json_text_next(&at, end, decoded);
        if (count == 0 || !decoded[0] || used + count >= size)
            break;
        memcpy(ret_text + used, decoded, count);
        used += count;
        ret_text[used] = '\0';
        if (at == end)
            return true;
    }
    return value->length == 0;
}

bool json_whole(const char *bytes, size_t length, int64_t *ret_number)
{
    const char *at = bytes, *end = bytes + length;
    bool negative = at < end && *at == '-';
    at += negative;
    if (at == end || (*at == '0' && end - at > 1))
        return false;
    int64_t number = 0; /* below zero, where there is room for one more */
    for (; at < end; at++)
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, *at - '0', &number))
            return false;
    if (!negative && __builtin_sub_overflow(0, number, &number))
        return false;
    *ret_number = number;
    return true;
}

bool json_value_int(const struct json_value *value, int64_t *ret_number)
{
    char text[24]; /* the longest int64 has 20 characters */
    if (value->type != JSON_TYPE_NUMBER && value->type != JSON_TYPE_TEXT)
        return false;
    return json_value_text(value, text, sizeof text) && json_whole(text, strlen(text), ret_number);
}
