/* References such as ${apply} or ${redis.url} and what they stand for. One thread. */
#ifndef STACK_REFS_H
#define STACK_REFS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct ref {
    char *name, *value;
};

struct refs {
    struct ref *v; /* owned */
    size_t count;
};

int refs_set(struct refs *refs, struct err *err, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void refs_free(struct refs *refs);

/* See stack_expand. */
int refs_expand(const struct refs *refs, const char *text, char **ret_text, struct err *err)
    __attribute__((warn_unused_result));

/* True when text refers to the process of that name, as ${name} or ${name.port}. */
bool refs_names(const char *text, const char *name);

/* True when text refers to name, or to a part of it: "redis.tcp" by "${redis.tcp}". */
bool refs_mentions(const char *text, const char *name);

#endif
