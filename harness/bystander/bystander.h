/* The bystander: another domain's small transactions on the same database, before, during and after
 * the rush, so that its suffering can be measured. Open model: each transaction has a scheduled
 * start, and its latency counts from there, so a stalled database is not flattered.
 *
 * Half of the transactions read one row by its key, half update one; the table is its own, in the
 * schema rushproof_bystander, made at the start and dropped at the end. Started, marked and stopped
 * by one thread; it owns one thread a connection. */
#ifndef BYSTANDER_BYSTANDER_H
#define BYSTANDER_BYSTANDER_H

#include "base/err.h"
#include "model/run.h"
#include "model/spec.h"

struct bystander;

/* Rows of its table: what it inserts. */
#define BYSTANDER_ROWS 1000

enum bystander_when { BYSTANDER_BEFORE, BYSTANDER_DURING, BYSTANDER_AFTER, BYSTANDER_PERIODS };

/* Makes the table and starts. Errors: ERR_ENVIRONMENT. */
int bystander_start(const struct spec_bystander *spec, const char *url,
                    struct bystander **ret_bystander, struct err *err)
    __attribute__((warn_unused_result));

/* Transactions scheduled from now on belong to this period. */
void bystander_mark(struct bystander *bystander, enum bystander_when when);

/* Joins, drops the table, fills the three periods. NULL is fine and fills nothing. */
void bystander_stop(struct bystander *bystander, struct run *run);

#endif
