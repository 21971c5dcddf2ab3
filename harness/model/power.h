/* Power: which race a burst that found nothing would have shown. The one place where that figure is
 * made; console, page, explanation, metrics and rounds all state this one. Pure, O(n log n). */
#ifndef MODEL_POWER_H
#define MODEL_POWER_H

#include "model/run.h"

enum power_kind {
    POWER_NO_BURST,
    POWER_UNDECIDED, /* no answer was a yes or a no: nothing can be said */
    POWER_COLD,      /* connections were opened meanwhile: when a request came is not known */
    POWER_NO_RACE,   /* no more asked than may win: too many could not show */
    POWER_NOT_SOLD,  /* fewer won than might: nothing was raced for */
    POWER_STATED,
};

struct power {
    enum power_kind kind;
    ns_t window;     /* POWER_STATED: this or more would have shown; 0 otherwise */
    ns_t span;       /* what it follows from: tally.decided_span of the burst */
    int64_t decided; /* and tally.decided; of items, those about one */
    char item[48];   /* which; "": there is one pool */
};

/* Of the burst in which the limit was reached: only there can a race give out too many. */
void power_of(const struct run *run, struct power *ret_power);

/* The window that N decided requests show with probability 95 %. Others are checked at the rate r
 * of 0.9 N in the span that holds the middle 90 % of them, so within a window W after a check there
 * is another one with probability 1 - exp(-r W). That is taken to 99 %, as real arrivals are less
 * even. It holds when the service begins to work on requests as they arrive, which is why the
 * sentence says so; a service that takes them from a queue is measured by how it answers, because
 * the span is the larger of both. */
ns_t power_window(ns_t span, int64_t decided);

/* "a check-then-act window of 150 us or more would have shown with 95 % probability, if …", or why
 * nothing is stated; "" without a burst. */
const char *power_describe(const struct power *power, char *ret_text, size_t size);

/* So many clean rounds say with 95 % that less than p of them fail: ceil(ln 0.05 / ln(1 - p)). p is
 * above 0 and below 1. */
int64_t power_rounds(double p);

/* "a violation in 0.99 % of such rounds or more would have shown …": what so many decided rounds
 * without one say; "" when there were none. Returns ret_text. */
const char *power_bound(int64_t decided, char *ret_text, size_t size);

#endif
