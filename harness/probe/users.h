/* Sets of users, and rows less the rows that were there before. Pure. */
#ifndef PROBE_USERS_H
#define PROBE_USERS_H

#include "model/evidence.h"

/* Sorted, each once, after users_settle. An all-zero struct is an empty set. */
struct users {
    int64_t *v; /* owned */
    size_t count;
    size_t room;
};

void users_free(struct users *users);
void users_clear(struct users *users); /* empty again; keeps the room */

/* Append; false: no memory. Call users_settle afterwards. */
bool users_add_rows(struct users *users, const struct rows *rows);
bool users_add_records(struct users *users, const struct produced *produced, size_t from);
void users_settle(struct users *users);

/* How many of wanted are not in have; both settled. */
int64_t users_missing(const struct users *wanted, const struct users *have);

/* Takes each row of before out of rows once; what is left keeps its order. by_id: user and id must
 * agree, else the user alone. Places (ids without a column) are counted anew. 0 or -ERR_MEMORY. */
int users_subtract(struct rows *rows, const struct rows *before, bool by_id, struct err *err);

#endif
