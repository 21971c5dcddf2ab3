/* The opening: what became of the connections that a gate opened by the release itself. @thread
 * driver. */
#ifndef LOAD_OPENING_H
#define LOAD_OPENING_H

#include "load/schedule/pool.h"

/* Sums up all members of the crowd and the phase's records, when all have ended. Leaves the queue's
 * figures as they are. Errors: ERR_MEMORY. */
int opening_tally(const struct pool *pool, const struct request *records, size_t count,
                  struct load_connects *ret_connects, struct err *err)
    __attribute__((warn_unused_result));

#endif
