#include "load/json.h"

#include <stdlib.h>
#include <string.h>

struct scan {
    const char *at, *end;
    int depth;
    struct json_value found;
};

static bool scan_value(struct scan *scan, const char *pointer);

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
}

static bool skip_byte(struct scan *scan, char byte)
{
    skip_blanks(scan);
    if (scan->at == scan->end || *scan->at != byte)
        return false;
    scan->at++;
    return true;
}

static bool scan_escape(struct scan *scan)
{
    if (scan->at == scan->end)
        return false;
    char byte = *scan->at++;
    if (byte != 'u')
        return byte && strchr("\"\\/bfnrt", byte);
    for (int i = 0; i < 4; i++, scan->at++)
        if (scan->at == scan->end || !*scan->at || !strchr("0123456789abcdefABCDEF", *scan->at))
            return false;
    return true;
}

/* After the opening quote. */
static bool scan_text(struct scan *scan, struct json_value *ret_value)
{
    const char *start = scan->at;
    while (scan->at < scan->end) {
        unsigned char byte = (unsigned char)*scan->at++;
        if (byte == '"') {
            *ret_value = (struct json_value){JSON_TYPE_TEXT, start, (size_t)(scan->at - start - 1)};
            return true;
        }
        if (byte < 0x20 || (byte == '\\' && !scan_escape(scan)))
            return false;
    }
    return false;
}

static size_t scan_digits(struct scan *scan)
{
    const char *start = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return (size_t)(scan->at - start);
}

static bool scan_number(struct scan *scan, struct json_value *ret_value)
{
    const char *start = scan->at;
    scan->at += *scan->at == '-';
    bool zero = scan->at < scan->end && *scan->at == '0';
    size_t digits = scan_digits(scan);
    if (digits == 0 || (zero && digits > 1))
        return false;
    if (scan->at < scan->end && *scan->at == '.') {
        scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
        scan->at++;
        if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-'))
            scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    *ret_value = (struct json_value){JSON_TYPE_NUMBER, start, (size_t)(scan->at - start)};
    return true;
}

static bool scan_word(struct scan *scan, struct json_value *ret_value)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, words[i], length) != 0)
            continue;
        *ret_value = (struct json_value){JSON_TYPE_WORD, scan->at, length};
        scan->at += length;
        return true;
    }
    return false;
}

/* If the pointer's first step is this name (with ~0 and ~1 for ~ and /), what follows it; else
 * NULL. Names with escapes are compared as they are written. */
static const char *step(const char *pointer, const char *name, size_t length)
{
    if (!pointer || *pointer != '/')
        return NULL;
    pointer++;
    for (size_t i = 0; i < length; i++, pointer++) {
        char byte = *pointer;
        if (!byte || byte == '/')
            return NULL;
        if (byte == '~' && (pointer[1] == '0' || pointer[1] == '1'))
            byte = *++pointer == '1' ? '/' : '~';
        if (byte != name[i])
            return NULL;
    }
    return !*pointer || *pointer == '/' ? pointer : NULL;
}

static const char *step_index(const char *pointer, size_t index)
{
    char digits[24];
    size_t used = sizeof digits;
    do {
        digits[--used] = (char)('0' + index % 10);
        index /= 10;
    } while (index);
    return step(pointer, digits + used, sizeof digits - used);
}

static bool scan_object(struct scan *scan, const char *pointer)
{
    if (skip_byte(scan, '}'))
        return true;
    do {
        struct json_value name;
        if (!skip_byte(scan, '"') || !scan_text(scan, &name) || !skip_byte(scan, ':') ||
            !scan_value(scan, step(pointer, name.bytes, name.length)))
            return false;
    } while (skip_byte(scan, ','));
    return skip_byte(scan, '}');
}

static bool scan_array(struct scan *scan, const char *pointer)
{
    if (skip_byte(scan, ']'))
        return true;
    size_t index = 0;
    do {
        if (!scan_value(scan, pointer ? step_index(pointer, index) : NULL))
            return false;
        index++;
    } while (skip_byte(scan, ','));
    return skip_byte(scan, ']');
}

/* pointer: what is left of it here, "" when this is the value, NULL off the path. */
static bool scan_value(struct scan *scan, const char *pointer)
{
    skip_blanks(scan);
    if (scan->at == scan->end)
        return false;
    struct json_value value = {JSON_TYPE_NONE, scan->at, 0};
    bool fine;
    if (*scan->at == '{' || *scan->at == '[') {
        value.type = *scan->at == '{' ? JSON_TYPE_OBJECT : JSON_TYPE_ARRAY;
        if (++scan->depth > JSON_DEPTH_MAX)
            return false;
        scan->at++;
        fine =
            value.type == JSON_TYPE_OBJECT ? scan_object(scan, pointer) : scan_array(scan, pointer);
        scan->depth--;
        value.length = (size_t)(scan->at - value.bytes);
    } else if (*scan->at == '"') {
        scan->at++;
        fine = scan_text(scan, &value);
    } else if (*scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9')) {
        fine = scan_number(scan, &value);
    } else {
        fine = scan_word(scan, &value);
    }
    if (fine && pointer && !*pointer)
        scan->found = value; /* a repeated name: the last one counts, as most parsers do */
    return fine;
}

struct json_value json_find(const char *text, size_t length, const char *pointer)
{
    struct scan scan = {.at = text, .end = text + length};
    bool fine = scan_value(&scan, pointer);
    skip_blanks(&scan);
    if (!fine || scan.at != scan.end)
        return (struct json_value){0};
    return scan.found;
}

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

static size_t put_utf8(unsigned code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* Decodes the escape at *at (on its backslash), moves past it, returns the bytes it stands for. */
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
    return put_utf8(code, out);
}

static bool text_equals(const struct json_value *value, const char *wanted)
{
    const char *at = value->bytes, *end = value->bytes + value->length;
    while (at < end) {
        char decoded[4] = {*at};
        size_t count = 1;
        if (*at == '\\')
            count = decode_escape(&at, end, decoded);
        else
            at++;
        if (strncmp(wanted, decoded, count) != 0)
            return false;
        wanted += count;
    }
    return !*wanted;
}

/* A copy that ends with a NUL, for strtod; numbers of more bytes than that are compared as text. */
static bool read_number(const char *bytes, size_t length, double *ret_number)
{
    char copy[64], *end;
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    *ret_number = strtod(copy, &end);
    return !*end;
}

bool json_equals(const struct json_value *value, const char *wanted)
{
    if (value->type == JSON_TYPE_TEXT)
        return text_equals(value, wanted);
    if (value->type != JSON_TYPE_NUMBER && value->type != JSON_TYPE_WORD)
        return false;
    size_t length = strlen(wanted);
    if (length == value->length && !memcmp(wanted, value->bytes, length))
        return true;
    double a, b;
    return value->type == JSON_TYPE_NUMBER && read_number(value->bytes, value->length, &a) &&
           read_number(wanted, length, &b) && !(a < b) && !(a > b);
}

bool json_int(const struct json_value *value, int64_t *ret_number)
{
    bool readable = value->type == JSON_TYPE_NUMBER || value->type == JSON_TYPE_TEXT;
    if (!readable || value->length == 0 || value->length > 20)
        return false;
    const char *at = value->bytes, *end = at + value->length;
    bool negative = *at == '-';
    at += negative;
    int64_t number = 0;
    if (at == end)
        return false;
    for (; at < end; at++)
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, *at - '0', &number))
            return false;
    if (!negative && __builtin_sub_overflow(0, number, &number))
        return false;
    *ret_number = number;
    return true;
}
