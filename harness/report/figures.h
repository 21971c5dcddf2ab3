/* Figures: single values of result.json by their path, as text for people. A table of figures feeds
 * the console, the summary, JUnit's properties and the comparison. Pure; any thread. */
#ifndef REPORT_FIGURES_H
#define REPORT_FIGURES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum figure_unit {
    FIGURE_COUNT,
    FIGURE_NS, /* shown with the unit that suits: "2.31 ms" */
    FIGURE_US,
    FIGURE_MS,
    FIGURE_BYTES,
    FIGURE_TEXT,
};

struct figure {
    const char *path; /* "load.spread_us", "stack.redis.kind", "bystander.1.p99_ns" */
    const char *label;
    enum figure_unit unit;
};

/* What every run has; in the order in which people read it. */
extern const struct figure figures_table[];
extern const size_t figures_count;

/* The value at a path: keys and array indexes between points. NULL: not there, or null. */
const json_t *figure_find(const json_t *result, const char *path);

/* Writes the figure as text for people. false, and "" in ret_text: not known. */
bool figure_format(const json_t *result, const struct figure *figure, char *ret_text, size_t size);
/* For programs: as result.json has it, in the unit that the path names. */
bool figure_plain(const json_t *result, const struct figure *figure, char *ret_text, size_t size);

#endif
