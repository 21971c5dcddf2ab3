#include "report/term.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/text.h"

enum { COLUMNS_DEFAULT = 80, COLUMNS_MIN = 20, COLUMNS_MAX = 1000, TEXT_MAX = 1 << 20 };

static const char *const sequences[TERM_STYLE_COUNT] = {
    [TERM_PLAIN] = "",         [TERM_BOLD] = "\x1b[1m", [TERM_DIM] = "\x1b[2m",
    [TERM_GREEN] = "\x1b[32m", [TERM_RED] = "\x1b[31m", [TERM_YELLOW] = "\x1b[33m",
};

int term_columns(FILE *out)
{
    const char *given = getenv("COLUMNS");
    long columns = given ? strtol(given, NULL, 10) : 0;
    struct winsize size;
    if (columns <= 0 && ioctl(fileno(out), TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
    if (columns <= 0)
        return COLUMNS_DEFAULT;
    return columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? COLUMNS_MAX : (int)columns;
}

static bool is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

void term_init(struct term *term, FILE *out, int color)
{
    const char *kind = getenv("TERM"), *no_color = getenv("NO_COLOR");
    bool dumb = !kind || !*kind || !strcmp(kind, "dumb");
    bool tty = isatty(fileno(out)) == 1;
    bool wanted = tty && !dumb && !(no_color && *no_color);
    *term = (struct term){
        .out = out,
        .live = tty && !dumb,
        .color = color > 0 || (color == 0 && wanted),
        .unicode = is_utf8(),
    };
}

void term_begin(const struct term *term, struct buf *line, enum term_style style)
{
    if (term->color)
        buf_adds(line, sequences[style]);
}

void term_end(const struct term *term, struct buf *line, enum term_style style)
{
    if (term->color && style != TERM_PLAIN)
        buf_adds(line, "\x1b[0m");
}

void term_add(const struct term *term, struct buf *line, enum term_style style, const char *text)
{
    term_begin(term, line, style);
    text_add(line, TEXT_TERMINAL, text);
    term_end(term, line, style);
}

/* Copies one line without its newline, cut to the columns; escape sequences take none and are all
 * kept, so that a cut line still ends its colors. */
static void add_cut(struct buf *cut, const char *line, size_t length, int columns)
{
    const char *end = line + length;
    int used = 0;
    while (line < end) {
        const char *from = line;
        if (*line == '\x1b') {
            line = memchr(line, 'm', (size_t)(end - line));
            line = line ? line + 1 : end;
            buf_add(cut, from, (size_t)(line - from));
            continue;
        }
        utf8_next(&line);
        if (used++ < columns)
            buf_add(cut, from, (size_t)(line - from));
    }
}

static void erase(const struct term *term)
{
    if (term->drawn)
        fprintf(term->out, "\r\x1b[%dA\x1b[J", term->drawn);
}

void term_draw(struct term *term, const char *text)
{
    if (!term->live)
        return;
    _cleanup_(buf_free) struct buf cut;
    buf_init(&cut, TEXT_MAX);
    /* One column is left free: some terminals wrap as soon as the last one is written. */
    int columns = term_columns(term->out) - 1, drawn = 0;
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        add_cut(&cut, line, length, columns);
        buf_adds(&cut, "\n");
        line += length + (line[length] == '\n');
        drawn++;
    }
    erase(term);
    fputs(buf_text(&cut), term->out);
    fflush(term->out);
    term->drawn = drawn;
}

void term_print(struct term *term, const char *text)
{
    erase(term);
    term->drawn = 0;
    fputs(text, term->out);
    fflush(term->out);
}

/* A thin line whose filled part is coloured, or blocks where there are no colors to tell them
 * apart. */
static const char *bar_piece(const struct term *term, bool filled)
{
    if (!term->unicode)
        return filled ? "#" : "-";
    return term->color ? "━" : filled ? "█" : "░";
}

void term_bar(const struct term *term, struct buf *line, int columns, long long done,
              long long total)
{
    long long part = total > 0 ? done * columns / total : 0;
    if (part > columns)
        part = columns;
    term_begin(term, line, TERM_GREEN);
    for (int i = 0; i < part; i++)
        buf_adds(line, bar_piece(term, true));
    term_end(term, line, TERM_GREEN);
    term_begin(term, line, TERM_DIM);
    for (int i = (int)part; i < columns; i++)
        buf_adds(line, bar_piece(term, false));
    term_end(term, line, TERM_DIM);
}

static bool is_unit(const char *word, size_t length)
{
    static const char *const units[] = {"ns", "us", "ms", "s", "min", "h", "%", "B", "KB", "MB"};
    while (length && strchr(",.;:)", word[length - 1]))
        length--;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i]) == length && !memcmp(units[i], word, length))
            return true;
    return false;
}

/* Up to the next place where a line may end: "46.7 ms" is one word. */
static size_t word_length(const char *at)
{
    size_t length = strcspn(at, " ");
    const char *next = at + length + (at[length] == ' ');
    size_t more = strcspn(next, " ");
    bool number = length && isdigit((unsigned char)at[length - 1]);
    return number && at[length] && is_unit(next, more) ? length + 1 + more : length;
}

void term_wrap(struct buf *lines, const char *text, int indent, int columns)
{
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, TEXT_MAX);
    text_add(&clean, TEXT_TERMINAL, text);
    int used = 0;
    for (const char *at = buf_text(&clean); *at;) {
        size_t length = word_length(at);
        const char *end = at + length;
        int width = 0;
        for (const char *c = at; c < end; width++)
            utf8_next(&c);
        if (used && indent + used + 1 + width > columns) {
            buf_adds(lines, "\n");
            used = 0;
        }
        buf_addf(lines, "%*s%.*s", used ? 1 : indent, "", (int)length, at);
        used += width + (used > 0);
        at = end + strspn(end, " ");
    }
    buf_adds(lines, "\n");
}
