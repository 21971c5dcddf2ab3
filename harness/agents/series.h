/* A series: rounds, or scenarios, that the same agents carry out one after the other. Each has a
 * coordinator of its own; what keeps agents in between is a lease of the series, which says that
 * there will be another, and at the end that there will be none. Any thread, one at a time. */
#ifndef AGENTS_SERIES_H
#define AGENTS_SERIES_H

#include "base/err.h"

#define SERIES_NAME 17

struct series;

/* Errors: ERR_USAGE (the session has one already), ERR_ENVIRONMENT, ERR_MEMORY. */
int series_open(const char *url, const char *session, struct series **ret_series, struct err *err)
    __attribute__((warn_unused_result));
const char *series_name(const struct series *series); /* what agents are told */
void series_close(struct series *series);             /* it is over; NULL is fine */

/* What the board's `series` says to an agent of the one of that name. */
enum series_state {
    SERIES_ON,
    SERIES_OVER,
    SERIES_GONE, /* nobody keeps it any more */
};
enum series_state series_read(const char *value, const char *name);

#endif
