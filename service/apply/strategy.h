/* A strategy decides one request. One file each, one row in the table of strategy.c. */
#ifndef APPLY_STRATEGY_H
#define APPLY_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

struct ask;
struct loop;

enum { NEEDS_REDIS = 1, NEEDS_KAFKA = 2, NEEDS_POSTGRES = 4, NEEDS_RELAY = 8 };

/* What else may be asked about an order: POST path?userId=…&order=…; the statement takes the user
 * and the order's id as $1 and $3, and returns that id, or nothing: too late. */
struct act {
    const char *path;
    size_t statement;
};

struct strategy {
    const char *name;
    const char *design;
    const char *flaw; /* what goes wrong with it */
    unsigned needs;
    bool sells;         /* items: a request says which, and how many units */
    const char *schema; /* of the Postgres pool; NULL: it has no use for one */
    const char *const *statements;
    size_t statement_count;
    const struct act *acts; /* of strategies that sell; NULL: none */
    size_t acts_count;
    /* What the strategy keeps for each loop, in loop->state; both may be NULL. close comes after
     * the loop's connections are gone, and also when open has failed. @thread main */
    int (*open)(struct loop *loop, struct err *err);
    void (*close)(struct loop *loop);
    /* Takes the ask over and ends it with one ask_answer(), now or from a callback of the same
     * loop.
     * @thread the ask's loop */
    void (*decide)(struct ask *ask);
};

extern const struct strategy strategy_count;
extern const struct strategy strategy_redis;
extern const struct strategy strategy_kafka;
extern const struct strategy strategy_exact;
extern const struct strategy strategy_stock;
extern const struct strategy strategy_seat;
extern const struct strategy strategy_hold;

/* NULL when there is none of that name. */
const struct strategy *strategy_find(const char *name);

/* What --strategy list prints. */
void strategy_explain(FILE *out);

#endif
