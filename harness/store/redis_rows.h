/* The rows of a Redis structure, one for each of its elements. A key alone is read by what it is:
 * the members of a set or sorted set, the fields of a hash (their values are ids), the elements of
 * a list. A pattern with one * stands for keys, found by SCAN, and the * for their users. Else it
 * is a command whose answer is a list. Elements that are JSON are read as documents. */
#ifndef STORE_REDIS_ROWS_H
#define STORE_REDIS_ROWS_H

#include "store/store.h"

struct redisReply;

/* One command that only reads; NULL after visit_fail. */
typedef struct redisReply *redis_ask(void *context, struct visit *visit, int count,
                                     const char **words);

/* Returns visit->rc. */
int redis_rows_read(redis_ask *ask, void *context, const struct store *store, struct visit *visit,
                    enum visit_slot slot);

#endif
