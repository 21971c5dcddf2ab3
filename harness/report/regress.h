/* Regressions: runs of today beside runs of before, by their result.json. A figure has got worse
 * when its median is beyond the noise; a verdict, when any run's is worse than the worst of before.
 * Main thread. */
#ifndef REPORT_REGRESS_H
#define REPORT_REGRESS_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

struct regress_side {
    json_t *const *results; /* documents of result.json */
    size_t count;           /* 1 at least */
};

/* Prints a line a figure, those that got worse marked. noise: in percent of the figure before; what
 * differs by less than the row's own floor is noise as well. Returns how many got worse. */
size_t regress_print(const struct regress_side *before, const struct regress_side *now,
                     double noise, FILE *out);

#endif
