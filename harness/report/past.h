/* Past runs: what the index page keeps of each result.json of a directory. Main thread. */
#ifndef REPORT_PAST_H
#define REPORT_PAST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/finding.h"
#include "report/figures.h"

/* What is drawn over time. */
enum past_figure {
    PAST_SPREAD,
    PAST_LAST_ROW,
    PAST_P50,
    PAST_P99,
    PAST_TRANSACTIONS,
    PAST_LOG,
    PAST_FIGURES,
};

struct past_figure_row {
    struct figure figure;
    const char *about;
    bool a_coupon; /* a sum, divided by the rows that it bought */
    double floor;  /* a difference of less is nobody's concern */
};

extern const struct past_figure_row past_figures[PAST_FIGURES];

/* As text for people. */
const char *past_format(enum past_figure figure, double value, char *ret_text, size_t size);

struct past_check {
    char *name; /* "lost", "sql: paid orders"; owned */
    enum verdict verdict;
};

struct past {
    char *scenario, *dir; /* owned; dir: from the index page's directory */
    bool has_page;        /* report.html is beside it */
    int64_t started;      /* ns since 1970 */
    int64_t round, attempt;
    enum verdict verdict;
    double figures[PAST_FIGURES]; /* NAN: not known */
    struct past_check *checks;    /* owned */
    size_t checks_count;
};

/* A directory that should have held a run. */
struct past_trouble {
    char *dir, *why; /* owned */
};

/* All of a directory. */
struct past_runs {
    struct past *v; /* owned; by scenario, then by time */
    size_t count, room;
    struct past_trouble *troubles; /* owned */
    size_t troubles_count, troubles_room;
    size_t older;        /* that were not read, because there are so many newer ones */
    size_t explorations; /* in which answers were held back: no figures of the service's own */
    size_t attempts;     /* that did not count */
};

void past_runs_free(struct past_runs *runs);

/* Takes over what result.json says. A result that is none becomes a trouble. Errors: ERR_MEMORY. */
int past_runs_add(struct past_runs *runs, const char *dir, bool has_page, const json_t *result,
                  struct err *err) __attribute__((warn_unused_result));
int past_runs_trouble(struct past_runs *runs, const char *dir, const char *why, struct err *err)
    __attribute__((warn_unused_result));

/* Into their order, without the attempts that another one has followed. */
void past_runs_sort(struct past_runs *runs);

#endif
