#include "scenario/utf8.h"

/* Bytes of the character that a byte starts; 0: it starts none. */
static size_t length_of(unsigned char lead)
{
    return lead < 0x80   ? 1
           : lead < 0xc2 ? 0
           : lead < 0xe0 ? 2
           : lead < 0xf0 ? 3
           : lead < 0xf5 ? 4
                         : 0;
}

/* Never past the end: the NUL is no continuation. */
static uint32_t value_of(const unsigned char *at, size_t length)
{
    uint32_t value = length < 2 ? *at : *at & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return UTF8_INVALID;
        value = value << 6 | (at[i] & 0x3fU);
    }
    return value;
}

uint32_t utf8_next(const char **text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)*text;
    size_t length = length_of(*at);
    uint32_t value = length ? value_of(at, length) : UTF8_INVALID;
    if (value != UTF8_INVALID &&
        (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)))
        value = UTF8_INVALID;
    *text += value == UTF8_INVALID ? 1 : length;
    return value;
}

size_t utf8_check(const char *text)
{
    const char *at = text;
    while (*at) {
        const char *next = at;
        if (utf8_next(&next) == UTF8_INVALID)
            break;
        at = next;
    }
    return (size_t)(at - text);
}

int utf8_line_at(const char *text, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < offset && text[i]; i++)
        line += text[i] == '\n';
    return line;
}
