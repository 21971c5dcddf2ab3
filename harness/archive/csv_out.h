/* CSV written fast: whole numbers without printf, through a block of its own. RFC 4180, lines end
 * in LF. One thread. Write errors stay in the FILE (ferror), where aside_commit finds them. */
#ifndef ARCHIVE_CSV_OUT_H
#define ARCHIVE_CSV_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/roster.h"

#define CSV_OUT_BLOCK 65536

/* What a text of a formula begins with. */
#define CSV_FORMULA "=+-@\t\r"

/* Does it begin so, with or without apostrophes before it? One more goes before it in a file. */
bool csv_is_formula(const char *text, size_t size);

struct csv_out {
    FILE *file;
    size_t used;
    bool inside; /* the line has a field already */
    char block[CSV_OUT_BLOCK];
};

void csv_out_init(struct csv_out *out, FILE *file);
void csv_out_int(struct csv_out *out, int64_t value);
void csv_out_none(struct csv_out *out); /* an empty field */
void csv_out_text(struct csv_out *out, const char *text);
void csv_out_user(struct csv_out *out, const struct roster *roster, int64_t user);
void csv_out_line(struct csv_out *out); /* ends the line */
void csv_out_flush(struct csv_out *out);

#endif
