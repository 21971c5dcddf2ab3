/* What one event loop has counted. Its thread writes, any thread reads. */
#ifndef APPLY_STATS_H
#define APPLY_STATS_H

#include <stddef.h>

#include "apply/outcome.h"
#include "base/clock.h"
#include "common/metrics.h"

/* A slot is burned when the counter has given it to a user who gets no coupon. */
enum burn {
    BURN_PRODUCE,   /* the producer's queue was full */
    BURN_INSERT,    /* the INSERT failed */
    BURN_UNCERTAIN, /* Redis was lost between command and answer: it may have counted */
    BURN_COUNT
};

enum { STATS_BUCKETS = 12 };

struct stats {
    struct counter outcomes[OUTCOME_COUNT];
    struct counter burned[BURN_COUNT];
    struct counter repeated;                     /* 202 said again after a lost answer */
    struct counter durations[STATS_BUCKETS + 1]; /* the last one: over every bound */
    struct counter duration_ns;                  /* their sum */
    struct counter in_flight;                    /* requests that wait for their answer */
    struct counter connections;                  /* open now, as last looked */
    struct counter cut_off; /* connections closed because the client was too slow */
};

/* The buckets' upper bounds in seconds. */
extern const double stats_bounds[STATS_BUCKETS];

void stats_count(struct stats *stats, enum outcome outcome, ns_t duration);

#endif
