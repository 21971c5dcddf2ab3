/* A feeder: the rows of a CSV file with a header line (RFC 4180: quotes, doubled quotes, CRLF or
 * LF), also as spreadsheets write it: with a byte order mark, with semicolons or tabs instead of
 * commas, with empty lines at the end. What could be read in two ways is refused. Row n is user
 * n's. Read whole before the load starts; read-only afterwards, so any thread may read. */
#ifndef LOAD_FEEDER_H
#define LOAD_FEEDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/items.h"
#include "model/roster.h"
#include "model/spec.h"

struct feeder {
    char *bytes;  /* owned; the cells point into it */
    char **cells; /* owned; the header line's cells first, then row by row */
    size_t columns;
    size_t rows;                      /* the header line not counted */
    const struct roster *roster;      /* borrowed; row n is that of the user at place n */
    const struct spec_pair *captured; /* borrowed; names of texts that come with each request */
    unsigned captured_count;
    const struct items *items; /* borrowed; what {{item}} is; NULL: no such name */
    const uint64_t *key_seed;  /* borrowed; of {{key}}; NULL: no such name */
    bool about_order;          /* {{order}} is known */
    const struct feeder *more; /* borrowed; further columns for the same users, or NULL */
};

/* Errors: ERR_ENVIRONMENT (cannot be read), ERR_USAGE (no row, a row with another number of cells,
 * not text, …: names the line), ERR_MEMORY. */
int feeder_read(const char *path, struct feeder *ret_feeder, struct err *err)
    __attribute__((warn_unused_result));
/* The file that a scenario names: see locate.h. Errors: also ERR_USAGE when it is not there. */
int feeder_open(const char *dir, const char *name, struct feeder *ret_feeder, struct err *err)
    __attribute__((warn_unused_result));
void feeder_free(struct feeder *feeder); /* an all-zero struct is fine */

int feeder_column(const struct feeder *feeder, const char *name, size_t length); /* -1: none */
const char *feeder_cell(const struct feeder *feeder, size_t row, size_t column); /* row from 0 */

/* The place of a captured text; -1: none. */
int feeder_captured(const struct feeder *feeder, const char *name, size_t length);

/* The error of a {{name}} that nobody knows, with those that are known. feeder may be NULL. */
int feeder_unknown(const struct feeder *feeder, const char *name, size_t length, struct err *err);

/* {{user}} is the roster's; a column of that name has to say the same. Errors: ERR_USAGE. */
int feeder_check_users(const struct feeder *feeder, struct err *err)
    __attribute__((warn_unused_result));

#endif
