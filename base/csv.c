#include "base/csv.h"

#include <string.h>

/* What a text of a formula begins with. */
#define FORMULA "=+-@\t\r"

/* ---- reading ---- */

void csv_in_start(struct csv_in *in)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (in->end - in->at >= 3 && !memcmp(in->at, mark, 3))
        in->at += 3;
}

/* "sep=;" in a line of its own. */
static bool take_hint(struct csv_in *in, size_t length)
{
    if (length != 5 || memcmp(in->at, "sep=", 4) != 0)
        return false;
    struct csv_cell hint;
    in->separator = '\n';
    (void)csv_in_cell(in, &hint);
    in->separator = hint.text[4];
    return true;
}

void csv_in_separate(struct csv_in *in)
{
    const char *const candidates = ",;\t";
    size_t length = 0, size = (size_t)(in->end - in->at);
    while (length < size && in->at[length] != '\r' && in->at[length] != '\n')
        length++;
    if (take_hint(in, length))
        return;
    in->separator = ',';
    for (const char *c = candidates; *c; c++)
        if (memchr(in->at, *c, length)) {
            in->separator = *c;
            return;
        }
}

/* From the opening quote to behind the closing one. */
static void read_quoted(struct csv_in *in, struct csv_cell *cell)
{
    char *from = in->at + 1, *to = from;
    cell->text = to;
    in->fault = "a quote is opened and never closed";
    while (from < in->end) {
        char byte = *from++;
        if (byte == '"' && (from == in->end || *from != '"')) {
            in->fault = NULL;
            break;
        }
        from += byte == '"'; /* a doubled quote is one quote */
        in->line += byte == '\n';
        *to++ = byte;
    }
    cell->length = (size_t)(to - cell->text);
    in->at = from;
}

/* Bytes of the line's end here; 0: there is none, or the end of all. */
static size_t line_end(const struct csv_in *in, const char *at)
{
    if (at == in->end)
        return 0;
    bool crlf = *at == '\r' && (at + 1 == in->end || at[1] == '\n');
    return *at == '\n' ? 1 : !crlf ? 0 : at + 1 == in->end ? 1 : 2;
}

static void read_plain(struct csv_in *in, struct csv_cell *cell)
{
    char *at = in->at;
    while (at < in->end && *at != in->separator && *at != '\n' && *at != '\r')
        at++;
    *cell = (struct csv_cell){in->at, (size_t)(at - in->at)};
    if (at < in->end && *at == '\r' && !line_end(in, at))
        in->fault = "a line ends with CR alone; allowed: LF or CRLF";
    in->at = at;
}

bool csv_in_cell(struct csv_in *in, struct csv_cell *ret_cell)
{
    in->fault = NULL;
    in->began = in->inside ? in->began : in->line;
    if (in->at < in->end && *in->at == '"')
        read_quoted(in, ret_cell);
    else
        read_plain(in, ret_cell);
    size_t behind = line_end(in, in->at);
    bool ends = in->at == in->end || behind;
    in->inside = !in->fault && !ends && *in->at == in->separator;
    if (!in->fault && !ends && !in->inside)
        in->fault = "something follows a closing quote; a quote within a text is doubled";
    in->line += behind > 0;
    in->at += in->inside ? 1 : behind;
    return in->inside;
}

bool csv_cell_int(const struct csv_cell *cell, int64_t *ret_value)
{
    const char *at = cell->text, *end = at + cell->length;
    bool negative = at < end && *at == '-';
    at += negative;
    if (at == end || end - at > 19)
        return false;
    uint64_t value = 0; /* 19 digits fit */
    for (; at < end; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    if (value > (uint64_t)INT64_MAX + negative)
        return false;
    *ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* Behind any apostrophes, so that one more is always one to take away again. */
static bool is_formula(const char *text, size_t size)
{
    size_t quotes = 0;
    while (quotes < size && text[quotes] == '\'')
        quotes++;
    return quotes < size && text[quotes] && strchr(FORMULA, text[quotes]);
}

struct csv_cell csv_cell_text(struct csv_cell cell)
{
    bool kept = cell.length && *cell.text == '\'' && is_formula(cell.text, cell.length);
    return (struct csv_cell){cell.text + kept, cell.length - kept};
}

/* ---- writing ---- */

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

/* A spreadsheet takes a text that begins so for a formula; an apostrophe, which csv_cell_text takes
 * away again, keeps it a text. */
void csv_out_text(struct csv_out *out, const char *text)
{
    separate(out);
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted)
        put(out, '"');
    if (is_formula(text, strlen(text)))
        put(out, '\'');
    for (; *text; text++) {
        if (*text == '"')
            put(out, '"');
        put(out, *text);
    }
    if (quoted)
        put(out, '"');
}

void csv_out_line(struct csv_out *out)
{
    put(out, '\n');
    out->inside = false;
}
