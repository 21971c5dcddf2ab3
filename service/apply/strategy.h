/* A strategy decides one request. One file each, one row in the table of strategy.c. */
#ifndef APPLY_STRATEGY_H
#define APPLY_STRATEGY_H

#include <stdio.h>

struct ask;

enum { NEEDS_REDIS = 1, NEEDS_KAFKA = 2, NEEDS_POSTGRES = 4, NEEDS_RELAY = 8 };

struct strategy {
    const char *name;
    const char *design;
    const char *flaw; /* what goes wrong with it */
    unsigned needs;
    /* Takes the ask over and ends it with one ask_answer(), now or from a callback of the same
     * loop.
     * @thread the ask's loop */
    void (*decide)(struct ask *ask);
};

extern const struct strategy strategy_count;
extern const struct strategy strategy_redis;
extern const struct strategy strategy_kafka;
extern const struct strategy strategy_exact;

/* NULL when there is none of that name. */
const struct strategy *strategy_find(const char *name);

/* What --strategy list prints. */
void strategy_explain(FILE *out);

#endif
