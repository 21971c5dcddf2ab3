#include "base/json_pointer.h"

#include <string.h>

struct scan {
    const char *at, *end;
    int depth;
    struct json_value found;
    json_member member;   /* of the outermost object; NULL: nobody asks */
    json_element element; /* of the outermost array, likewise */
    void *context;
};

static bool scan_value(struct scan *scan, const char *pointer, struct json_value *ret_value);

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
 * NULL. */
static const char *step(const char *pointer, const struct json_value *name)
{
    if (!pointer || *pointer != '/')
        return NULL;
    pointer++;
    const char *at = name->bytes, *end = at + name->length;
    while (at < end) {
        char decoded[4];
        size_t count = json_text_next(&at, end, decoded);
        for (size_t i = 0; i < count; i++, pointer++) {
            char byte = *pointer;
            if (!byte || byte == '/')
                return NULL;
            if (byte == '~' && (pointer[1] == '0' || pointer[1] == '1'))
                byte = *++pointer == '1' ? '/' : '~';
            if (byte != decoded[i])
                return NULL;
        }
        if (!count)
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
    const struct json_value name = {JSON_TYPE_TEXT, digits + used, sizeof digits - used};
    return step(pointer, &name);
}

static bool scan_object(struct scan *scan, const char *pointer)
{
    if (skip_byte(scan, '}'))
        return true;
    do {
        struct json_value name;
        if (!skip_byte(scan, '"') || !scan_text(scan, &name) || !skip_byte(scan, ':'))
            return false;
        const char *rest = step(pointer, &name);
        if (rest)
            scan->found = (struct json_value){0}; /* of the same name before: gone, all of it */
        struct json_value value;
        if (!scan_value(scan, rest, &value))
            return false;
        if (scan->depth == 1 && scan->member)
            scan->member(scan->context, &name, &value);
    } while (skip_byte(scan, ','));
    return skip_byte(scan, '}');
}

static bool scan_array(struct scan *scan, const char *pointer)
{
    if (skip_byte(scan, ']'))
        return true;
    size_t index = 0;
    do {
        struct json_value value;
        if (!scan_value(scan, pointer ? step_index(pointer, index) : NULL, &value))
            return false;
        if (scan->depth == 1 && scan->element)
            scan->element(scan->context, &value);
        index++;
    } while (skip_byte(scan, ','));
    return skip_byte(scan, ']');
}

/* pointer: what is left of it here, "" when this is the value, NULL off the path. */
static bool scan_value(struct scan *scan, const char *pointer, struct json_value *ret_value)
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
        scan->found = value;
    *ret_value = value;
    return fine;
}

static bool scan_all(struct scan *scan, const char *pointer)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (scan->end - scan->at >= 3 && !memcmp(scan->at, mark, 3))
        scan->at += 3;
    struct json_value whole;
    bool fine = scan_value(scan, pointer, &whole);
    skip_blanks(scan);
    return fine && scan->at == scan->end;
}

struct json_value json_pointer_find(const char *text, size_t length, const char *pointer)
{
    struct scan scan = {.at = text, .end = text + length};
    char slashed[JSON_POINTER_MAX + 2] = "/";
    if (*pointer && *pointer != '/') {
        size_t size = strlen(pointer);
        if (size > JSON_POINTER_MAX)
            return (struct json_value){0};
        memcpy(slashed + 1, pointer, size + 1);
        pointer = slashed;
    }
    return scan_all(&scan, pointer) ? scan.found : (struct json_value){0};
}

struct json_value json_pointer_first(const char *text, size_t length, size_t *ret_end)
{
    struct scan scan = {.at = text, .end = text + length};
    struct json_value value;
    bool fine = scan_value(&scan, NULL, &value);
    *ret_end = fine ? (size_t)(scan.at - text) : 0;
    return fine ? value : (struct json_value){0};
}

/* Is the text whole, and does it begin so? */
static bool walk(struct scan *scan, char opening)
{
    const char *start = scan->at;
    bool fine = scan_all(scan, NULL);
    while (start < scan->end && *start != '{' && *start != '[' && *start != '"')
        start++;
    return fine && start < scan->end && *start == opening;
}

bool json_pointer_members(const char *text, size_t length, json_member member, void *context)
{
    struct scan scan = {.at = text, .end = text + length, .member = member, .context = context};
    return walk(&scan, '{');
}

bool json_pointer_elements(const char *text, size_t length, json_element element, void *context)
{
    struct scan scan = {.at = text, .end = text + length, .element = element, .context = context};
    return walk(&scan, '[');
}
