/* Comparing saved runs; used by `rushproof compare` and after several scenarios of `rushproof run`.
 * Main thread. */
#ifndef HARNESS_COMPARE_H
#define HARNESS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

int compare_dirs(const char *const *dirs, size_t count, bool markdown, FILE *out, struct err *err);

#endif
