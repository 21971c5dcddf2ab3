/* Trends: what the runs of one scenario say beside each other. Pure but for memory. */
#ifndef REPORT_TREND_H
#define REPORT_TREND_H

#include "model/change_point.h"
#include "report/past.h"

enum { TREND_CHECKS_MAX = 64, TREND_STRETCH = 3 };

/* A shift of a figure that is worth a word: of a tenth, and more than the figure's floor. */
struct trend_change {
    size_t at; /* the first run after it */
    double before, after;
    bool worse;
    bool lasts; /* it is the last shift of the figure */
};

struct trend_figure {
    struct trend_change v[CHANGES_MAX];
    unsigned count;
    struct change levels[CHANGES_MAX]; /* all shifts, for drawing; at: a run */
    unsigned levels_count;
    size_t known; /* runs that tell it */
};

/* A check that did not pass for at most TREND_STRETCH runs, and passed before and after. */
struct trend_flaky {
    const char *check;            /* borrowed */
    size_t failed, unknown, made; /* in how many runs */
    size_t last;                  /* the last run that it did not pass in */
};

struct trend {
    const struct past *v; /* borrowed: the runs of one scenario */
    size_t count;
    size_t passed, failed, unknown;
    size_t since; /* the first run from which on none has passed; count: the last one has */
    struct trend_figure figures[PAST_FIGURES];
    struct trend_flaky flaky[TREND_CHECKS_MAX];
    unsigned flaky_count;
};

/* count > 0. */
void trend_make(const struct past *runs, size_t count, struct trend *ret_trend);

/* How many of runs, from the first on, are of its scenario. */
size_t trend_length(const struct past *runs, size_t count);

#endif
