/* Escaping of values for the place where they are used. Pure; any thread. */
#ifndef LOAD_ESCAPE_H
#define LOAD_ESCAPE_H

#include <stddef.h>

#include "base/err.h"

enum escape {
    ESCAPE_NONE,
    ESCAPE_URL,    /* RFC 3986: all but unreserved bytes as %XX; a blank is %20 */
    ESCAPE_JSON,   /* inside a JSON string: quotes, backslash and control bytes */
    ESCAPE_HEADER, /* as it is; control bytes are refused when compiling */
};

#define ESCAPE_GROWTH 6 /* bytes of the longest escape of one byte: \u001f */

/* Writes the escaped bytes, and returns where they end. */
char *escape_write(enum escape escape, const char *text, size_t size, char *out);

/* An escaped copy that the caller frees. Errors: ERR_USAGE (a control byte in a header),
 * ERR_MEMORY. */
int escape_text(enum escape escape, const char *text, char **ret_text, struct err *err)
    __attribute__((warn_unused_result));

/* Writes a captured text that is a path or a whole URL, as in Location, as it is, but for what
 * no URL may hold, and goes to the host that the template names. */
char *escape_path(const char *text, char *out);

#endif
