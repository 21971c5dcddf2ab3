/* What one visit to a store reads. Results belong to whoever has the visit; its thread alone. */
#ifndef STORE_VISIT_H
#define STORE_VISIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "model/evidence.h"
#include "model/roster.h"
#include "model/statement.h"

/* The queries of a scenario that a store may answer. */
enum visit_slot { VISIT_COUPONS, VISIT_PARKED, VISIT_SLOTS };

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
    char *user, *id;
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
    bool missing; /* it asks a table that is not there */
    int64_t counts[VISIT_SLOTS];
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

/* "coupons", "parked" */
extern const char *const visit_slot_names[];

/* The row's user, by visit->place, is no user of the roster. */
int visit_user_fail(struct visit *visit, enum visit_slot slot, size_t place,
                    const struct roster *roster, const struct cell *user);

/* Appends `SELECT count(*) FROM (query) AS q`, trailing semicolons and comments taken care of. */
void visit_count_query(struct buf *text, enum dialect dialect, const char *query);

/* One row from its values; id NULL: its place. False: the user is none of the roster. */
bool visit_row(struct roster *roster, const struct cell *user, const char *id, size_t place,
               struct row *ret_row);

/* So many rows are in a slot, also when they cannot be read one by one; makes room for them. */
int visit_expect(struct visit *visit, enum visit_slot slot, size_t count);
/* All of them were read. */
void visit_complete(struct visit *visit, enum visit_slot slot, size_t count, bool has_id);

/* A slot's rows come one by one: none yet. */
void visit_begin(struct visit *visit, enum visit_slot slot);
/* Counts one more, and keeps it where rows are read. */
int visit_add(struct visit *visit, enum visit_slot slot, struct roster *roster,
              const struct cell *user, const char *id);

/* Which columns hold what, by their names: the user is in the one that the scenario names, in
 * user_id, or in the first one; the row's id in the one that it names, in id, or in the second one
 * behind a first one of users. */
struct visit_columns {
    int user, id; /* places from 0; id -1: there is none */
    bool named;   /* the user's was found by its name */
};
#define VISIT_COLUMNS_MAX 64
int visit_columns(struct visit *visit, enum visit_slot slot, const struct row_names *names,
                  const char *const *columns, int count, struct visit_columns *ret_columns);

#endif
