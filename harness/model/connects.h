/* What reports and verdicts say of the connections that a burst opened itself, in the same words.
 * Pure. */
#ifndef MODEL_CONNECTS_H
#define MODEL_CONNECTS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/run.h"

/* Of the first phase that has any; NULL: no burst opened its own. */
const struct load_connects *connects_of(const struct run *run);

/* "all 1000 open, p99 12 ms, max 14 ms; accept queue up to 504 of 4096"; "" for NULL. Returns
 * ret_text. */
char *connects_describe(const struct load_connects *connects, char *ret_text, size_t size);

/* Did the target lose what reached it? Then the sentence that names it, proves it and says what to
 * type; else "". Returns ret_text. */
char *connects_warn(const struct load_connects *connects, char *ret_text, size_t size);

#endif
