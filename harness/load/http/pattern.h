/* Regular expressions (PCRE2) over bytes from outside, which need not be UTF-8. Compiled once,
 * read-only afterwards: any thread may look. What one look may cost is bounded, so that no text
 * makes one run away; a text that needs more is not matched. */
#ifndef LOAD_PATTERN_H
#define LOAD_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct pattern;

/* Errors: ERR_USAGE with the place in the expression, ERR_MEMORY. */
int pattern_compile(const char *text, struct pattern **ret_pattern, struct err *err)
    __attribute__((warn_unused_result));
void pattern_free(struct pattern *pattern); /* NULL is fine */

/* Does it have a group? */
bool pattern_has_group(const struct pattern *pattern);

/* Where it matches first: its first group when it has one, else the whole of it. ret_at and
 * ret_length may be NULL. */
bool pattern_find(const struct pattern *pattern, const char *bytes, size_t length,
                  const char **ret_at, size_t *ret_length);

#endif
