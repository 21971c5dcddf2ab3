/* ${NAME} and ${NAME:-default}: values from outside, filled in while a scenario is loaded.
 *
 * Names are upper case: ${apply.port} and the like are the stack's, which knows them only later,
 * and pass through untouched. $${NAME} is the literal text ${NAME}. Pure but for the look-up. */
#ifndef SCENARIO_INTERPOLATE_H
#define SCENARIO_INTERPOLATE_H

#include "base/buf.h"
#include "base/err.h"

/* Value of a name, or NULL when there is none: getenv, or a table in tests. */
typedef const char *interpolate_lookup(const char *name);

/* lookup may be NULL: names stay as they are, but for those with a default, which becomes the text.
 * Errors: ERR_USAGE (a name without value or default, a brace that is not closed, a value that is
 * not UTF-8), ERR_MEMORY. */
int interpolate_text(const char *text, interpolate_lookup *lookup, struct buf *ret_text,
                     struct err *err);

/* The opposite: a text that interpolate_text turns back into this one. */
int interpolate_escape(const char *text, struct buf *ret_text);

#endif
