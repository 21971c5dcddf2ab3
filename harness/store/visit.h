/* What one visit to a store reads. Results belong to whoever has the visit; its thread alone. */
#ifndef STORE_VISIT_H
#define STORE_VISIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "model/evidence.h"
#include "model/items.h"
#include "model/roster.h"
#include "model/statement.h"

/* The queries of a scenario that a store may answer. */
enum visit_slot {
    VISIT_COUPONS,
    VISIT_PARKED,
    VISIT_STOCK, /* of its rows the user is an item, and the id how much is left of it */
    VISIT_SLOTS,
    VISIT_SAMPLED = VISIT_STOCK /* those before it are looked at in each round */
};

struct store_stats {
    bool known;
    int64_t transactions; /* of the database since its statistics began, ours included */
    int64_t own;          /* ours */
    int64_t writes; /* transactions that wrote, of the whole server: the next transaction id */
    int64_t inserted;
    int64_t backends; /* connected now, ours included */
    int64_t wal;      /* bytes */
};

/* Where a row stands, for messages; both may be "". */
struct visit_place {
    char where[48];  /* "line 7" */
    char column[72]; /* "user_id": what holds the user; "": the first column */
};

/* What a scenario calls the columns or members of its rows; NULL: it does not say. */
struct row_names {
    char *user, *id, *item, *units, *order;
};

/* Who is called what: users of rows, and the items that they are of; NULL: there are none. */
struct row_people {
    struct roster *roster;
    struct items *items;
};

/* Any of the things below, in one round trip where the store can; what one does not have stays
 * unknown. */
struct visit {
    bool count[VISIT_SLOTS]; /* how many rows */
    bool read[VISIT_SLOTS];  /* all rows; gives the count too */
    bool stats;
    bool backends; /* of the statistics, figures.backends alone: cheap */
    bool flush;    /* report this session's own transactions to the statistics at once */
    char *ask;     /* owned; a query whose first value is wanted; NULL: none */

    /* results, valid while rc is 0 */
    ns_t began;
    int rc;
    char error[256];
    int failed;   /* the slot whose query it was; -1: none in particular */
    bool missing; /* it asks a table that is not there, or for a key */
    int64_t counts[VISIT_SLOTS];
    bool arriving[VISIT_SLOTS];    /* the rows come one by one, and are counted as they come */
    struct rows rows[VISIT_SLOTS]; /* owned */
    size_t room[VISIT_SLOTS];      /* of rows */
    bool has_id[VISIT_SLOTS];      /* the rows' ids are of a column, not their places */
    struct visit_place place;      /* of the row that is being read */
    ns_t last_commit;              /* 0: the store does not say */
    struct store_stats figures;
    char *value; /* owned; NULL: no row, SQL's NULL, no such key */
    char version[64];
};

void visit_init(struct visit *visit);
void visit_free(struct visit *visit);
int visit_fail(struct visit *visit, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A value as the database hands it over. */
enum cell_form {
    CELL_TEXT,
    CELL_PADDED, /* CHAR(n): blanks behind it are no part of it */
    CELL_HEX,    /* bytes written as \x0102 */
    CELL_BYTES,
};

struct cell {
    enum cell_form form;
    const char *text; /* NULL: SQL's NULL */
    size_t size;
};

/* What a row says; texts end with NUL, and are NULL where it does not say. */
struct row_cells {
    struct cell user;
    const char *id, *item, *units, *order;
};

/* "coupons", "parked", "stock" */
extern const char *const visit_slot_names[];

/* Appends `SELECT count(*) FROM (query) AS q`, trailing semicolons and comments taken care of. */
void visit_count_query(struct buf *text, enum dialect dialect, const char *query);

/* The row of that place, from 0, from its values, where visit_expect has made room; without an id
 * its place from 1 is one. What is wrong with a value the visit says. */
int visit_put(struct visit *visit, enum visit_slot slot, const struct row_people *people,
              const struct row_cells *cells, size_t place);

/* So many rows are in a slot, also when they cannot be read one by one; makes room for them. */
int visit_expect(struct visit *visit, enum visit_slot slot, const struct row_people *people,
                 size_t count);
/* All of them were read. */
void visit_complete(struct visit *visit, enum visit_slot slot, size_t count, bool has_id);

/* A slot's rows come one by one: none yet. */
void visit_begin(struct visit *visit, enum visit_slot slot);
/* Counts one more, and keeps it where rows are read. */
int visit_add(struct visit *visit, enum visit_slot slot, const struct row_people *people,
              const struct row_cells *cells);

/* Which columns hold what, by their names: the user is in the one that the scenario names, in
 * user_id, or in the first one; the row's id in the one that it names, in id, or in the second one
 * behind a first one of users that is none of the others; item, units and order are found by their
 * names alone. Of the stock the user is in item, and the id in quantity. */
struct visit_columns {
    int user, id, item, units, order; /* places from 0; -1: there is none */
    bool named;                       /* the user's was found by its name */
};
#define VISIT_COLUMNS_MAX 64
int visit_columns(struct visit *visit, enum visit_slot slot, const struct row_names *names,
                  const char *const *columns, int count, struct visit_columns *ret_columns);

#endif
