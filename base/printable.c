#include "base/printable.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

static bool is_blank(char byte)
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
    const char *at = bytes, *end = at + length;
    size_t used = 0;
    while (at < end) {
        if (*at > ' ' && *at < 0x7f && used + 1 < size) { /* as nearly all are */
            ret_text[used++] = *at++;
            continue;
        }
        uint32_t character = 0;
        size_t taken = utf8_read(at, (size_t)(end - at), &character), count = taken;
        const char *text = at;
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
    const char *at = bytes, *end = at + length;
    while (at < end) {
        uint32_t character = 0;
        size_t taken = utf8_read(at, (size_t)(end - at), &character);
        if (!taken || (is_control(character) && !is_blank(*at)))
            return false;
        at += taken;
    }
    return true;
}
