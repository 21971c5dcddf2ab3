/* Windows: begins and ends of very many spans, each in ascending order, one window of time after
 * the other, so that never more than a part of them is in memory: of a million and more an eighth,
 * for as many walks over where they come from. Pure; any thread. */
#ifndef BASE_WINDOWS_H
#define BASE_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOWS_EACH 2

/* What one entry of the source has, some of it nothing. */
struct window_spans {
    unsigned begins_count, ends_count;
    int64_t begins[WINDOWS_EACH], ends[WINDOWS_EACH];
};

struct windows_source {
    const void *context;
    size_t count;        /* of entries */
    size_t begins, ends; /* of all of them together */
    /* Gets zeroes; the same at every call. */
    void (*read)(const void *context, size_t i, struct window_spans *ret_spans);
};

/* What begins and ends within one stretch of time. */
struct window {
    const int64_t *begins, *ends; /* ascending; NULL for `wants` */
    size_t begins_count, ends_count;
    size_t begins_before, ends_before; /* of earlier windows */
};

struct windows_visitor {
    void *context;
    bool (*wants)(void *context, const struct window *window); /* NULL: each is wanted */
    void (*visit)(void *context, const struct window *window);
};

/* Visits the windows in the order of time. Errors: -ERR_MEMORY. */
int windows_walk(const struct windows_source *source, const struct windows_visitor *visitor)
    __attribute__((warn_unused_result));

#endif
