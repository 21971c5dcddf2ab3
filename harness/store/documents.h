/* Rows out of texts: a list of JSON values, JSON lines, or CSV whose first line names the columns.
 * The user is the member that the scenario names by a name or a JSON pointer, else user_id, and the
 * row's id likewise, else id; a value that is no object is the user itself, and of a list [user,
 * id]. What MongoDB writes of a typed value ({"$numberLong": "7"}) is that value. Each returns 0 or
 * visit->rc, which says in which row and line something is wrong. */
#ifndef STORE_DOCUMENTS_H
#define STORE_DOCUMENTS_H

#include "base/json_value.h"
#include "store/store.h"

#define DOCUMENTS_MAX ((size_t)64 << 20) /* bytes of a text */

/* Adds the elements of a list to a slot's rows; what: "page 2", or "". */
int documents_list(struct visit *visit, enum visit_slot slot, const struct store *store,
                   const struct json_value *list, const char *what);

/* Adds one value. */
int documents_add(struct visit *visit, enum visit_slot slot, const struct store *store,
                  const struct json_value *value);

/* All rows of a text, whichever of the three it is; the text is cut up, and text[size] is NUL. An
 * empty one has none. */
int documents_read(struct visit *visit, enum visit_slot slot, const struct store *store, char *text,
                   size_t size);

#endif
