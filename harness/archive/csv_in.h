/* CSV read fast: the file is mapped, fields are slices of it. RFC 4180 with LF or CRLF and an
 * optional byte order mark; the first line names the columns, which may come in any order; columns
 * that nobody asked for are ignored. A quoted field may not run over a line's end. One thread. */
#ifndef ARCHIVE_CSV_IN_H
#define ARCHIVE_CSV_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/roster.h"

#define CSV_IN_COLUMNS 64 /* in a file; more are refused */

/* Instants relative to an origin: bounded so that spans between any two of them stay numbers. */
#define CSV_INSTANT_MAX (INT64_MAX / 8)

struct csv_field {
    const char *text; /* not NUL-terminated */
    size_t length;    /* 0: an empty field, or a column that the file does not have */
};

struct csv_column {
    const char *name;
    bool required;
};

struct csv_in {
    const char *path; /* borrowed, for messages */
    char *data;       /* mapped privately: quotes are taken out in place */
    size_t size;
    char *at;
    size_t line;                /* of the line read last, from 1 */
    int places[CSV_IN_COLUMNS]; /* asked column -> its place in the file, or -1 */
    size_t asked;
    size_t columns; /* in the file */
    const struct csv_column *names;
};

/* Maps the file and reads the header; columns stay borrowed. A file that is not there is ERR_USAGE.
 */
int csv_in_open(struct csv_in *in, const char *path, const struct csv_column *columns, size_t count,
                struct err *err) __attribute__((warn_unused_result));
void csv_in_close(struct csv_in *in); /* an all-zero struct is fine */

/* An upper bound of the lines that are left. */
size_t csv_in_lines(const struct csv_in *in);

/* The next line that is not empty, one field for each asked column. *ret_more is false at the end.
 */
int csv_in_next(struct csv_in *in, struct csv_field *ret_fields, bool *ret_more, struct err *err)
    __attribute__((warn_unused_result));

/* The field of column as a whole number within [low, high]; the message names file, line and
 * column. */
int csv_in_int(const struct csv_in *in, const struct csv_field *fields, size_t column, int64_t low,
               int64_t high, int64_t *ret_value, struct err *err)
    __attribute__((warn_unused_result));

/* The field of column as an id of the roster. */
int csv_in_user(const struct csv_in *in, const struct csv_field *fields, size_t column,
                struct roster *roster, int64_t *ret_user, struct err *err)
    __attribute__((warn_unused_result));

/* ERR_USAGE with "path:line: " in front. */
int csv_in_error(const struct csv_in *in, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
