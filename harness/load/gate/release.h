/* The release: the loop that lets the requests go, each stamped just before. @thread driver. */
#ifndef LOAD_RELEASE_H
#define LOAD_RELEASE_H

#include "load/gate/freezer.h"
#include "load/gate/gate.h"
#include "load/schedule/pool.h"

/* Lets every held request go, not before `at`. threads: as lanes_choose takes it. ret_origin: just
 * before the first one; it is every request's planned start. freezer: needed by gates that freeze.
 * ret_late: requests that had left already; their stamp is then when they were caught, the earliest
 * instant at which they can have left. Errors: ERR_MEMORY, ERR_ENVIRONMENT (nothing has been
 * released, except when thawing fails). */
int release_all(struct pool *pool, const struct gate_ops *gate, unsigned threads,
                const struct load_freezer *freezer, ns_t at, ns_t *ret_origin, int64_t *ret_late,
                struct err *err) __attribute__((warn_unused_result));

#endif
