/* One character as URLs, JSON, YAML, HTML, SQL and shells spell it when they cannot write it
 * plainly, also twice over (%2540, \\\"). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mask_inside.h"
#include "base/utf8.h"

enum { BACKSLASHES = 8 }; /* of a text that was quoted three times */

static int hex(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = digit ? strchr(digits, tolower((unsigned char)digit)) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* count hex digits at text; -1: they are not there. */
static long hex_number(const char *text, const char *end, int count)
{
    long value = 0;
    if (end - text < count)
        return -1;
    for (int i = 0; i < count; i++) {
        int digit = hex(text[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static struct mask_unit unit_of(long character, size_t taken)
{
    struct mask_unit unit = {.taken = taken};
    if (character < 0 || character > 0x10ffff)
        return (struct mask_unit){0};
    unit.count = utf8_put((uint32_t)character, unit.bytes);
    return unit;
}

static struct mask_unit byte_of(int byte, size_t taken)
{
    return (struct mask_unit){.bytes = {(char)byte}, .count = 1, .taken = taken};
}

/* %40, %2540. */
static struct mask_unit read_percent(const char *text, const char *end)
{
    const char *at = text + 1;
    while (end - at > 2 && at[0] == '2' && at[1] == '5' && hex_number(at + 2, end, 2) >= 0)
        at += 2;
    long value = hex_number(at, end, 2);
    return value < 0 ? (struct mask_unit){0} : byte_of((int)value, (size_t)(at + 2 - text));
}

/* A pair of surrogates is one character. */
static struct mask_unit read_unicode(const char *text, const char *at, const char *end)
{
    long value = hex_number(at, end, 4);
    if (value >= 0xd800 && value < 0xdc00 && end - at >= 10 && at[4] == '\\' && at[5] == 'u') {
        long low = hex_number(at + 6, end, 4);
        if (low >= 0xdc00 && low < 0xe000)
            return unit_of(0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00),
                           (size_t)(at + 10 - text));
    }
    return value < 0 ? (struct mask_unit){0} : unit_of(value, (size_t)(at + 4 - text));
}

static struct mask_unit read_letter(const char *text, const char *at, const char *end)
{
    static const char letters[] = "ntrbf0", means[] = "\n\t\r\b\f";
    if (*at == 'u' && hex_number(at + 1, end, 4) >= 0)
        return read_unicode(text, at + 1, end);
    if (*at == 'x' && hex_number(at + 1, end, 2) >= 0)
        return unit_of(hex_number(at + 1, end, 2), (size_t)(at + 3 - text));
    const char *letter = memchr(letters, *at, sizeof letters - 2);
    return byte_of(letter ? means[letter - letters] : *at, (size_t)(at + 1 - text));
}

/* way 0: a backslash and what it stands before; 1: all backslashes of a text quoted again. */
static struct mask_unit read_backslash(const char *text, const char *end, unsigned way)
{
    const char *at = text + 1;
    while (way && at < end && *at == '\\' && at - text < BACKSLASHES)
        at++;
    if (at >= end || (way && at == text + 1))
        return (struct mask_unit){0};
    return read_letter(text, at, end);
}

/* The digits of &#39; and &#x27;, from behind the #. */
static struct mask_unit read_number(const char *text, const char *at, const char *end)
{
    bool sixteen = at < end && (*at == 'x' || *at == 'X');
    int base = sixteen ? 16 : 10;
    const char *from = at + sixteen, *digit = from;
    long value = 0;
    while (digit < end && digit - from < 7 && hex(*digit) >= 0 && hex(*digit) < base)
        value = value * base + hex(*digit++);
    if (digit == from || digit >= end || *digit != ';')
        return (struct mask_unit){0};
    return unit_of(value, (size_t)(digit + 1 - text));
}

/* way 0: &lt; &#39; &#x27; 1: &amp;lt;, escaped again. */
static struct mask_unit read_entity(const char *text, const char *end, unsigned way)
{
    static const struct {
        const char *name;
        char byte;
    } names[] = {{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}};
    const char *at = text + 1;
    while (way && end - at > 5 && !strncmp(at, "amp;", 4))
        at += 4;
    if (way && at == text + 1)
        return (struct mask_unit){0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i].name);
        if ((size_t)(end - at) >= length && !strncasecmp(at, names[i].name, length))
            return byte_of(names[i].byte, (size_t)(at - text) + length);
    }
    return at < end && *at == '#' ? read_number(text, at + 1, end) : (struct mask_unit){0};
}

/* 'it''s' in SQL, 'it'\''s' in a shell. */
static struct mask_unit read_quote(const char *text, const char *end, unsigned way)
{
    size_t rest = (size_t)(end - text);
    if (!way && rest >= 2 && text[1] == '\'')
        return byte_of('\'', 2);
    if (way && rest >= 4 && !strncmp(text, "'\\''", 4))
        return byte_of('\'', 4);
    return (struct mask_unit){0};
}

struct mask_unit mask_unit_read(const char *text, const char *end, unsigned way)
{
    switch (*text) {
    case '\\':
        return read_backslash(text, end, way);
    case '\'':
        return read_quote(text, end, way);
    case '%':
        return way ? (struct mask_unit){0} : read_percent(text, end);
    case '&':
        return read_entity(text, end, way);
    case '+':
        return way ? (struct mask_unit){0} : byte_of(' ', 1);
    default:
        return (struct mask_unit){0};
    }
}
