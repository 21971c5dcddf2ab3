/* A directory for a while, below TMPDIR or /tmp. Main thread. */
#ifndef HARNESS_SCRATCH_H
#define HARNESS_SCRATCH_H

#include <limits.h>

#include "base/err.h"

/* word: a part of its name. Errors: ERR_ENVIRONMENT. */
int scratch_make(const char *word, char ret_dir[static PATH_MAX], struct err *err)
    __attribute__((warn_unused_result));
void scratch_remove(const char *dir); /* with all that is in it */

#endif
