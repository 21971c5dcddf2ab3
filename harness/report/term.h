/* A terminal, or what stands for one: its width, its colors, and a block of live lines that is
 * drawn again in place. When out is no terminal there are no live lines. Main thread. */
#ifndef REPORT_TERM_H
#define REPORT_TERM_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"

enum term_style {
    TERM_PLAIN,
    TERM_BOLD,
    TERM_DIM,
    TERM_GREEN,
    TERM_RED,
    TERM_YELLOW,
    TERM_STYLE_COUNT,
};

struct term {
    FILE *out;
    bool live; /* lines can be drawn again */
    bool color;
    bool unicode; /* the locale is UTF-8: bars and marks may be drawn with it */
    int drawn;    /* live lines on the screen */
};

/* Columns of the terminal behind out: $COLUMNS, else what the kernel says, else 80. */
int term_columns(FILE *out);

/* color: -1 never, 1 always, 0 when out is a terminal, NO_COLOR is not set and TERM is not dumb. */
void term_init(struct term *term, FILE *out, int color);

/* Escape sequences around what is appended in between; nothing without color. */
void term_begin(const struct term *term, struct buf *line, enum term_style style);
void term_end(const struct term *term, struct buf *line, enum term_style style);

/* Outside text in a style, control characters made harmless. */
void term_add(const struct term *term, struct buf *line, enum term_style style, const char *text);

/* Replaces the live lines: text is lines that end in newlines, each cut to the width. Nothing
 * unless live. */
void term_draw(struct term *term, const char *text);

/* Takes the live lines away and prints text (whole lines) for good. */
void term_print(struct term *term, const char *text);

/* A bar of so many columns, filled by done of total. */
void term_bar(const struct term *term, struct buf *line, int columns, long long done,
              long long total);

/* Appends text broken at blanks so that no line passes the width; each line is indented. The text
 * is made harmless. */
void term_wrap(struct buf *lines, const char *text, int indent, int columns);

#endif
