#include "base/printable.h"

#include <stdint.h>
#include <string.h>

/* Bytes of the character at `at`, and which one it is; 0: no UTF-8, or cut off. */
static size_t read_character(const unsigned char *at, size_t left, uint32_t *ret_character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = *at < 0x80 ? 1 : *at < 0xc2 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    if (length == 0 || length > left)
        return 0;
    uint32_t character = length == 1 ? *at : *at & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (at[i] & 0x3fU);
    }
    bool fine = character >= least[length] && character <= 0x10ffff &&
                (character < 0xd800 || character > 0xdfff);
    *ret_character = character;
    return fine ? length : 0;
}

static bool is_blank(unsigned char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_control(uint32_t character)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0, 0x1f},        {0x7f, 0x9f},     {0x061c, 0x061c}, {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (character >= ranges[i].from && character <= ranges[i].to)
            return true;
    return false;
}

bool printable(const char *bytes, size_t length, char *ret_text, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes, *end = at + length;
    size_t used = 0;
    while (at < end) {
        uint32_t character = 0;
        size_t taken = read_character(at, (size_t)(end - at), &character), count = taken;
        const char *text = (const char *)at;
        if (is_blank(*at)) {
            for (taken = 0; at + taken < end && is_blank(at[taken]);)
                taken++;
            text = " ";
            count = used && at + taken < end; /* none before the first word, none behind the last */
        } else if (!taken || is_control(character)) {
            text = taken ? "." : "?";
            taken += !taken;
            count = 1;
        }
        if (used + count >= size)
            break;
        memcpy(ret_text + used, text, count);
        used += count;
        at += taken;
    }
    ret_text[used] = '\0';
    return at == end;
}

bool printable_is_text(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes, *end = at + length;
    while (at < end) {
        uint32_t character = 0;
        size_t taken = read_character(at, (size_t)(end - at), &character);
        if (!taken || (is_control(character) && !is_blank(*at)))
            return false;
        at += taken;
    }
    return true;
}
