/* The roll call: are all of them there, and if not, what stands in the way. @thread driver, while
 * no worker has a task. Errors: ERR_ENVIRONMENT with the numbers, the likely cause and what to try;
 * ERR_INTERRUPTED. */
#ifndef LOAD_ROLL_CALL_H
#define LOAD_ROLL_CALL_H

#include "base/err.h"
#include "load/schedule/crew.h"

int roll_call_dialed(const struct crew *crew, const struct setup *setup, size_t count,
                     struct err *err) __attribute__((warn_unused_result));
int roll_call_held(const struct crew *crew, const struct setup *setup, size_t count,
                   struct err *err) __attribute__((warn_unused_result));

#endif
