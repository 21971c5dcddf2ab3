/* Sets of users, and rows less the rows that were there before. Pure. */
#ifndef PROBE_USERSET_H
#define PROBE_USERSET_H

#include "model/evidence.h"

/* Sorted, each once, after userset_settle. An all-zero struct is an empty set. */
struct userset {
    int64_t *v; /* owned */
    size_t count;
    size_t room;
};

void userset_free(struct userset *users);
void userset_clear(struct userset *users); /* empty again; keeps the room */

/* Append; false: no memory. Call userset_settle afterwards. */
bool userset_add_rows(struct userset *users, const struct rows *rows);
bool userset_add_records(struct userset *users, const struct produced *produced, size_t from);
void userset_settle(struct userset *users);

/* How many of wanted are not in have; both settled. */
int64_t userset_missing(const struct userset *wanted, const struct userset *have);

/* Takes each row of before out of rows once; what is left keeps its order. by_id: user and id must
 * agree, else the user alone. Places (ids without a column) are counted anew. 0 or -ERR_MEMORY. */
int userset_subtract(struct rows *rows, const struct rows *before, bool by_id, struct err *err);

#endif
