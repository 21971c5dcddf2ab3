/* The report of a staging: are all of them there, and if not, what stands in the way. @thread
 * driver, while no worker has a task. Errors: ERR_ENVIRONMENT with the numbers, the likely cause
 * and what to try; ERR_INTERRUPTED. */
#ifndef LOAD_STAGING_REPORT_H
#define LOAD_STAGING_REPORT_H

#include "base/err.h"
#include "load/schedule/pool.h"

int staging_report_dialed(const struct pool *pool, const struct setup *setup, struct err *err)
    __attribute__((warn_unused_result));
/* Of a gate that connects: a connect that this machine did not even begin says nothing about the
 * target, and nothing of any request has left yet. */
int staging_report_released(const struct pool *pool, const struct setup *setup, struct err *err)
    __attribute__((warn_unused_result));
/* count: of requests. */
int staging_report_held(const struct pool *pool, const struct setup *setup, size_t count,
                        struct err *err) __attribute__((warn_unused_result));

#endif
