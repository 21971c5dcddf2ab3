#include "model/alike.h"

#include <string.h>
#include <utf8proc.h>

/* What is taken away, one after another; each works in place. */

/* What is no UTF-8, or has no room, stays as it is. */
static size_t normalize(char *text, size_t size, utf8proc_option_t options)
{
    enum { ROOM = 4 * ROSTER_TEXT }; /* the longest canonical decomposition of a code point */
    utf8proc_int32_t points[ROOM + 1];
    utf8proc_ssize_t count = utf8proc_decompose((const utf8proc_uint8_t *)text,
                                                (utf8proc_ssize_t)size, points, ROOM, options);
    bool fits = count >= 0 && count <= ROOM;
    utf8proc_ssize_t bytes = fits ? utf8proc_reencode(points, count, options) : -1;
    if (bytes < 0 || bytes >= ROSTER_TEXT)
        return size;
    memcpy(text, points, (size_t)bytes);
    return (size_t)bytes;
}

static size_t fold_composition(char *text, size_t size)
{
    return normalize(text, size, UTF8PROC_COMPOSE);
}

static size_t fold_case(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] | 0x20);
    return normalize(text, size, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
}

static size_t fold_blanks(char *text, size_t size)
{
    size_t begin = 0;
    while (size && text[size - 1] == ' ')
        size--;
    while (begin < size && text[begin] == ' ')
        begin++;
    memmove(text, text + begin, size - begin);
    return size - begin;
}

static size_t fold_zeros(char *text, size_t size)
{
    size_t zeros = 0;
    for (size_t i = 0; i < size; i++)
        if (text[i] < '0' || text[i] > '9')
            return size;
    while (zeros + 1 < size && text[zeros] == '0')
        zeros++;
    memmove(text, text + zeros, size - zeros);
    return size - zeros;
}

static const struct {
    const char *name;
    size_t (*fold)(char *text, size_t size);
} folds[] = {{"how characters are composed (NFC)", fold_composition},
             {"blanks", fold_blanks},
             {"case", fold_case},
             {"leading zeros", fold_zeros}};

/* The orders in which stores keep a UUID move its first eight bytes among themselves. */
static size_t fold_order(char *text, size_t size)
{
    struct uuid uuid;
    if (!uuid_parse(text, size, &uuid))
        return 0;
    unsigned char seen[256] = {0};
    for (unsigned i = 0; i < 8; i++)
        seen[uuid.high >> (8 * i) & 0xff]++;
    size_t used = 0;
    for (unsigned byte = 0; byte < sizeof seen; byte++)
        for (; seen[byte]; seen[byte]--)
            text[used++] = (char)byte;
    memcpy(text + used, &uuid.low, sizeof uuid.low);
    return used + sizeof uuid.low;
}

size_t alike_fold(const struct roster *roster, int64_t user, char ret_bytes[static ROSTER_TEXT])
{
    if (roster_is_numbers(roster))
        return 0;
    size_t size = roster_text(roster, user, ret_bytes);
    if (roster_is_uuids(roster))
        return fold_order(ret_bytes, size);
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++)
        size = folds[i].fold(ret_bytes, size);
    return size;
}

static bool same(const char *a, size_t a_size, const char *b, size_t b_size)
{
    return a_size == b_size && !memcmp(a, b, a_size);
}

const char *alike_how(const struct roster *roster, int64_t a, int64_t b)
{
    char x[ROSTER_TEXT], y[ROSTER_TEXT];
    size_t x_size = alike_fold(roster, a, x), y_size = alike_fold(roster, b, y);
    if (a == b || !x_size || !same(x, x_size, y, y_size))
        return NULL;
    if (roster_is_uuids(roster))
        return "the order of bytes";
    x_size = roster_text(roster, a, x);
    y_size = roster_text(roster, b, y);
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++) {
        x_size = folds[i].fold(x, x_size);
        y_size = folds[i].fold(y, y_size);
        if (same(x, x_size, y, y_size))
            return folds[i].name;
    }
    return NULL;
}
