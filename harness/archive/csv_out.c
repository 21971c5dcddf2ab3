#include "archive/csv_out.h"

#include <string.h>

void csv_out_init(struct csv_out *out, FILE *file)
{
    out->file = file;
    out->used = 0;
    out->inside = false;
}

void csv_out_flush(struct csv_out *out)
{
    fwrite(out->block, 1, out->used, out->file);
    out->used = 0;
}

static char *room(struct csv_out *out, size_t size)
{
    if (out->used + size > CSV_OUT_BLOCK)
        csv_out_flush(out);
    return out->block + out->used;
}

static void separate(struct csv_out *out)
{
    if (out->inside) {
        *room(out, 1) = ',';
        out->used++;
    }
    out->inside = true;
}

void csv_out_none(struct csv_out *out)
{
    separate(out);
}

void csv_out_int(struct csv_out *out, int64_t value)
{
    separate(out);
    char digits[20];
    size_t count = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    char *at = room(out, sizeof digits + 1);
    if (value < 0)
        *at++ = '-';
    for (size_t i = 0; i < count; i++)
        at[i] = digits[count - 1 - i];
    out->used += count + (value < 0);
}

static void put(struct csv_out *out, char byte)
{
    *room(out, 1) = byte;
    out->used++;
}

bool csv_is_formula(const char *text, size_t size)
{
    size_t quotes = 0;
    while (quotes < size && text[quotes] == '\'')
        quotes++;
    return quotes < size && text[quotes] && strchr(CSV_FORMULA, text[quotes]);
}

/* A spreadsheet takes a text that begins so for a formula; an apostrophe, which csv_in takes away
 * again, keeps it a text. */
void csv_out_text(struct csv_out *out, const char *text)
{
    separate(out);
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted)
        put(out, '"');
    if (csv_is_formula(text, strlen(text)))
        put(out, '\'');
    for (; *text; text++) {
        if (*text == '"')
            put(out, '"');
        put(out, *text);
    }
    if (quoted)
        put(out, '"');
}

void csv_out_user(struct csv_out *out, const struct roster *roster, int64_t user)
{
    if (roster_is_numbers(roster)) {
        csv_out_int(out, user);
        return;
    }
    char text[ROSTER_TEXT];
    roster_text(roster, user, text);
    csv_out_text(out, text);
}

void csv_out_line(struct csv_out *out)
{
    put(out, '\n');
    out->inside = false;
}
