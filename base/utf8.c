#include "base/utf8.h"

#include <string.h>

bool utf8_continues(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t utf8_read(const char *at, size_t left, uint32_t *ret_character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)*at;
    size_t length = lead < 0x80   ? 1
                    : lead < 0xc2 ? 0
                    : lead < 0xe0 ? 2
                    : lead < 0xf0 ? 3
                    : lead < 0xf5 ? 4
                                  : 0;
    if (length == 0 || length > left)
        return 0;
    uint32_t character = length == 1 ? lead : lead & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if (!utf8_continues(at[i]))
            return 0;
        character = character << 6 | ((unsigned char)at[i] & 0x3fU);
    }
    if (character < least[length] || character > 0x10ffff ||
        (character >= 0xd800 && character < 0xe000))
        return 0;
    *ret_character = character;
    return length;
}

size_t utf8_put(uint32_t character, char ret_bytes[static 4])
{
    static const unsigned leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t count = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = count - 1; i > 0; i--) {
        ret_bytes[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    ret_bytes[0] = (char)(leads[count] | character);
    return count;
}

uint32_t utf8_next(const char **text)
{
    uint32_t character = UTF8_INVALID;
    size_t length = utf8_read(*text, strnlen(*text, 4) + 1, &character);
    *text += character ? length + !length : 0;
    return character;
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

size_t utf8_cut(const char *bytes, size_t length)
{
    while (length && utf8_continues(bytes[length]))
        length--;
    return length;
}

int utf8_line_at(const char *text, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < offset && text[i]; i++)
        line += text[i] == '\n';
    return line;
}
