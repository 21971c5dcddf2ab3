/* A request for a coupon, from the moment its user id is known until it is answered. Belongs to its
 * loop and lives on its thread. */
#ifndef APPLY_ASK_H
#define APPLY_ASK_H

#include <stdint.h>

#include "apply/outcome.h"
#include "base/clock.h"

enum { ASK_ITEM_MAX = 64 }; /* an item's name and its NUL */

enum slot {
    SLOT_WON,      /* within the limit; the ask's rank is the count */
    SLOT_SOLD_OUT, /* over the limit */
    SLOT_UNKNOWN,  /* Redis is down */
};

struct evhttp_request;
struct loop;

struct ask {
    struct loop *loop;
    struct evhttp_request *request;
    int64_t user;
    int64_t rank;            /* 0 while unknown */
    char item[ASK_ITEM_MAX]; /* of strategies that sell items, with the two below */
    int64_t units;
    int64_t order; /* 0: there is none */
    ns_t started;
    void (*decided)(struct ask *ask, enum slot slot); /* counting.h's */
    struct ask *next; /* of the loop's spare ones, or in the pool's queue */
};

/* Counts a new ask in and hands it out; NULL when out of memory. */
struct ask *ask_new(struct loop *loop, struct evhttp_request *request, int64_t user, ns_t started);

/* Answers and ends the ask, which is gone afterwards. detail is the reason in the body of a
 * refusal, or NULL. The rank is told when it is not 0. */
void ask_answer(struct ask *ask, enum outcome outcome, const char *detail);

#endif
