/* Limits of this machine that a load runs into, and what it costs. @thread driver. */
#ifndef LOAD_LIMITS_H
#define LOAD_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Raises the soft limit of open files as far as it goes (the hard limit too where we may). */
void limits_raise_files(void);

/* Are `wanted` more descriptors possible? Errors: ERR_ENVIRONMENT, with the numbers and what to do.
 */
int limits_check_files(size_t wanted, const char *what, struct err *err)
    __attribute__((warn_unused_result));

/* Resident memory of this process in bytes; 0 when it cannot be read. */
int64_t limits_resident(void);

#endif
