/* The release: the loop that lets the requests go, each stamped just before. @thread driver. */
#ifndef LOAD_RELEASE_H
#define LOAD_RELEASE_H

#include "load/gate/freezer.h"
#include "load/gate/gate.h"
#include "load/schedule/pool.h"

struct released {
    ns_t origin;       /* just before the first one; it is every request's planned start */
    int64_t late;      /* requests that had left already; their stamp is then when they were caught,
                          the earliest instant at which they can have left */
    ns_t send_longest; /* from the stamp of a request until it was out */
};

/* Lets every held request go, not before `at`. threads: as lanes_choose takes it. freezer: needed
 * by gates that freeze. Errors: ERR_MEMORY, ERR_ENVIRONMENT (nothing has been released, except when
 * thawing fails). */
int release_all(struct pool *pool, const struct gate_ops *gate, unsigned threads,
                const struct load_freezer *freezer, ns_t at, struct released *ret_released,
                struct err *err) __attribute__((warn_unused_result));

#endif
