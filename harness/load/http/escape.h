/* Escaping of values for the place where they are used; see enum escape. Pure; any thread. */
#ifndef LOAD_ESCAPE_H
#define LOAD_ESCAPE_H

#include "base/err.h"
#include "load/http/template.h"

#define ESCAPE_GROWTH 6 /* bytes of the longest escape of one byte: \u001f */

/* Writes the escaped bytes, and returns where they end. */
char *escape_write(enum escape escape, const char *text, size_t size, char *out);

/* An escaped copy that the caller frees. Errors: ERR_USAGE (a control byte in a header),
 * ERR_MEMORY. */
int escape_text(enum escape escape, const char *text, char **ret_text, struct err *err)
    __attribute__((warn_unused_result));

#endif
