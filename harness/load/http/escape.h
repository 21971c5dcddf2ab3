/* Escaping of values for the place where they are used; see enum escape. Pure; any thread. */
#ifndef LOAD_ESCAPE_H
#define LOAD_ESCAPE_H

#include "base/err.h"
#include "load/http/template.h"

/* An escaped copy that the caller frees. Errors: ERR_USAGE (a control byte in a header),
 * ERR_MEMORY. */
int escape_text(enum escape escape, const char *text, char **ret_text, struct err *err)
    __attribute__((warn_unused_result));

#endif
