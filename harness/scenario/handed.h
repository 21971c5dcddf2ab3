/* A scenario as it is handed to other machines that carry out its load: what of it they need, as
 * YAML, with --set applied, references such as ${apply} filled in, and ${NAME} as it was written,
 * so that each fills it in from its own environment. Main thread. */
#ifndef SCENARIO_HANDED_H
#define SCENARIO_HANDED_H

#include "base/buf.h"
#include "base/err.h"

struct handed {
    const char *name; /* of the file, for messages */
    const char *text; /* as it was written */
    const char *const *sets;
    size_t sets_count;
    /* What a reference in a text stands for. */
    int (*expand)(void *context, const char *text, char **ret_text, struct err *err);
    void *context;
};

/* Errors: ERR_USAGE (also where a secret stands in it: others can read what is handed over),
 * ERR_MEMORY. */
int handed_make(const struct handed *handed, struct buf *ret_text, struct err *err)
    __attribute__((warn_unused_result));

#endif
