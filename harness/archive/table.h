/* Tables: arrays of structs as CSV files, by rows that say which member a column is. The first line
 * names the columns, which may come in any order; those that nobody asked for are ignored. Main
 * thread. */
#ifndef ARCHIVE_TABLE_H
#define ARCHIVE_TABLE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/err.h"
#include "model/evidence.h"
#include "model/history.h"
#include "model/items.h"
#include "model/roster.h"
#include "model/spec.h"
#include "model/trace.h"

#define TABLE_COLUMNS 64 /* in a file; more are refused */

/* Instants relative to an origin: bounded so that spans between any two of them stay numbers. */
#define TABLE_INSTANT_MAX (INT64_MAX / 8)

enum column_type {
    COLUMN_NUMBER,  /* a whole number of the member's size, from low to high */
    COLUMN_COUNT,   /* int64_t; COUNT_UNKNOWN is an empty field */
    COLUMN_MAYBE,   /* struct maybe; none is an empty field */
    COLUMN_INSTANT, /* ns_t, relative to the origin; 0, which is never, an empty field */
    COLUMN_USER,    /* int64_t: an id of the roster */
    COLUMN_OTHER,   /* put and get know */
};

/* What the cells of a file mean something relative to. */
struct table_base {
    ns_t origin;
    ns_t never;                /* what an empty instant is read as */
    struct roster *roster;     /* whom users are */
    struct history *history;   /* whose decisions stand beside its records; NULL: none */
    const struct items *items; /* which items there are; NULL: none */
    struct history *ordered;   /* whose orders, and what they are about, stand beside its records */
    size_t orders_count;       /* that may be told what actions are about */
    struct rows *rows;         /* whose lines stand beside them; NULL: none */
    const struct scenario *scenario; /* whose topics they are */
    struct trace *trace;             /* whose shapes and stores they name */
    struct buf *text;                /* for put: room to make a text in */
};

struct table_in;

struct column {
    const char *name;
    enum column_type type;
    size_t offset, size; /* of the member */
    int64_t low, high;
    bool required; /* a file without it is refused */
    bool filled;   /* and an empty cell too */
    void (*put)(struct csv_out *out, const void *row, const struct table_base *base);
    /* Called for an empty cell as well. */
    int (*get)(const struct table_in *in, const struct csv_cell *cell, void *row, struct err *err);
};

/* A column that is a member. */
#define COLUMN(title, kind, structure, member, ...)                                                \
    {                                                                                              \
        .name = title, .type = kind, .offset = offsetof(struct structure, member),                 \
        .size = sizeof(((struct structure *)NULL)->member), __VA_ARGS__                            \
    }

/* ---- writing ---- */

/* Writes count rows of size bytes each into dir/name. */
int table_save(const struct column *columns, size_t columns_count, const void *rows, size_t size,
               size_t count, const struct table_base *base, const char *dir, const char *name,
               struct err *err) __attribute__((warn_unused_result));

/* ---- reading ---- */

struct table_in {
    const char *path; /* borrowed, for messages */
    char *data;       /* mapped privately: quotes are taken out in place */
    size_t size;
    struct csv_in csv;
    const struct column *columns; /* borrowed */
    size_t columns_count;
    int places[TABLE_COLUMNS]; /* column -> its place in the file, or -1 */
    size_t in_file;            /* columns of the file */
    size_t rows;               /* read so far */
    struct table_base base;
};

/* Maps the file and reads the header. A file that is not there is ERR_USAGE. */
int table_open(struct table_in *in, const char *path, const struct column *columns, size_t count,
               const struct table_base *base, struct err *err) __attribute__((warn_unused_result));
void table_close(struct table_in *in); /* an all-zero struct is fine */

/* An upper bound of the rows that are left. */
size_t table_room(const struct table_in *in);

/* The next row that is not empty; members of columns that the file does not have are as those of
 * empty cells. *ret_more is false at the end. */
int table_next(struct table_in *in, void *ret_row, bool *ret_more, struct err *err)
    __attribute__((warn_unused_result));

/* A cell as a whole number within [low, high]; the message names file, line and column. */
int table_number(const struct table_in *in, const char *column, const struct csv_cell *cell,
                 int64_t low, int64_t high, int64_t *ret_value, struct err *err)
    __attribute__((warn_unused_result));

/* A user, out and in. */
void table_put_user(struct csv_out *out, const struct table_base *base, int64_t user);
int table_user(const struct table_in *in, const struct csv_cell *cell, int64_t *ret_user,
               struct err *err) __attribute__((warn_unused_result));

/* ERR_USAGE with "path:line: " in front. */
int table_error(const struct table_in *in, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
