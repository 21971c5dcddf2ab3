/* CSV (RFC 4180), read where it lies and written fast: lines end in LF or CRLF, a quoted cell may
 * hold quotes, separators and line breaks. One thread. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- reading ---- */

struct csv_cell {
    char *text; /* in the bytes that are read, its quotes taken out; not NUL-terminated, but the
                   byte behind it is read already: a NUL may be written there */
    size_t length;
};

/* Bytes being read. Set at, end (*end is a byte that may be written), separator and line 1. */
struct csv_in {
    char *at, *end;
    char separator;
    bool inside;       /* the last cell that was read has another one behind it */
    size_t line;       /* where at is */
    size_t began;      /* where the record of the last cell began */
    const char *fault; /* why the last cell cannot be read; NULL: it can */
};

/* Passes over a byte order mark. */
void csv_in_start(struct csv_in *in);

/* Sets the separator by the header, which is what is read next: a spreadsheet's own hint, in a line
 * before it; or else semicolons where the decimal sign is a comma, tabs when copied: whichever of
 * the three the header has, comma first. */
void csv_in_separate(struct csv_in *in);

/* Reads one cell. True: another one follows in its record. */
bool csv_in_cell(struct csv_in *in, struct csv_cell *ret_cell);

/* A whole decimal number, and nothing else. */
bool csv_cell_int(const struct csv_cell *cell, int64_t *ret_value);

/* ---- writing ---- */

#define CSV_OUT_BLOCK 65536

/* Whole numbers without printf, through a block of its own. Write errors stay in the FILE (ferror),
 * where aside_commit finds them. */
struct csv_out {
    FILE *file;
    size_t used;
    bool inside; /* the line has a cell already */
    char block[CSV_OUT_BLOCK];
};

void csv_out_init(struct csv_out *out, FILE *file);
void csv_out_int(struct csv_out *out, int64_t value);
void csv_out_none(struct csv_out *out); /* an empty cell */
void csv_out_text(struct csv_out *out, const char *text);
void csv_out_line(struct csv_out *out); /* ends the line */
void csv_out_flush(struct csv_out *out);

/* A text without the apostrophe that csv_out_text puts before one that a spreadsheet would take for
 * a formula. */
struct csv_cell csv_cell_text(struct csv_cell cell);

#endif
