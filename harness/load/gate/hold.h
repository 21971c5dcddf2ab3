/* Holding: a worker has libcurl write the requests of its slice, each into its gate. @thread
 * worker. */
#ifndef LOAD_HOLD_H
#define LOAD_HOLD_H

#include "base/err.h"
#include "load/schedule/worker.h"

/* A crew task. Ends when every request is held, when one has failed (counted in worker->failed), on
 * stop, or at the deadline. Errors: ERR_TIMEOUT when the gate cannot hold that long, so that
 * nothing may be released any more; ERR_MEMORY, ERR_ENVIRONMENT. */
int hold_slice(struct worker *worker, struct err *err) __attribute__((warn_unused_result));

/* libcurl is about to write this transfer's request: catches it. Returns 0, or -1: the transfer
 * fails. */
int hold_catch(struct transfer *transfer);

/* Its request was released: libcurl goes on with it. */
void hold_let_go(struct transfer *transfer);

/* libcurl closes this descriptor. If its request was just being caught, it is not any more. */
void hold_drop(struct worker *worker, int fd);

#endif
