/* A list of texts that grows and ends with NULL: argument vectors and environments. One thread. */
#ifndef STACK_TEXTS_H
#define STACK_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

struct texts {
    char **v; /* owned, as are the texts; NULL while empty */
    size_t count;
    bool failed; /* out of memory at some point */
};

void texts_add(struct texts *texts, const char *text);
void texts_addf(struct texts *texts, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For environments: replaces the entry of that name, or adds one. */
void texts_set(struct texts *texts, const char *name, const char *value);

/* A copy of the harness's own environment. */
void texts_environment(struct texts *texts);

void texts_free(struct texts *texts);

#endif
