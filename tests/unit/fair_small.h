/* Small random histories for the fairness algorithms, and how they are read. */
#ifndef TESTS_UNIT_FAIR_SMALL_H
#define TESTS_UNIT_FAIR_SMALL_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/history.h"
#include "verify/fairness.h"

#define HISTORIES 120000
#define MOST      7
#define TIMES     14 /* few instants, so that ties and touching intervals are frequent */

enum told { TOLD_YES, TOLD_NO, TOLD_NOTHING };

struct asked_by {
    enum told told;
    ns_t released, done; /* done is meaningless for TOLD_NOTHING */
    int64_t rank;
};

struct small {
    struct asked_by v[MOST];
    size_t count;
    int64_t limit;
};

static inline void read_small(const void *context, size_t i, struct fair_decision *ret_decision)
{
    const struct asked_by *one = &((const struct small *)context)->v[i];
    *ret_decision = (struct fair_decision){.requests = 1};
    if (one->told == TOLD_YES) {
        ret_decision->accepted = true;
        ret_decision->accepted_released = one->released;
        ret_decision->accepted_done = one->done;
    } else if (one->told == TOLD_NO) {
        ret_decision->rejected = true;
        ret_decision->rejected_released = one->released;
        ret_decision->rejected_done = one->done;
    }
    if (one->told != TOLD_NO)
        ret_decision->open_released = one->released;
}

static inline int64_t taken_small(const void *context, size_t i, ns_t instant)
{
    const struct asked_by *one = &((const struct small *)context)->v[i];
    return one->told != TOLD_NO && one->released <= instant;
}

static inline size_t request_small(const void *context, size_t i, size_t k)
{
    (void)context;
    return i + k;
}

static inline void answer_small(const void *context, size_t i, struct fair_answer *ret_answer)
{
    const struct asked_by *one = &((const struct small *)context)->v[i];
    *ret_answer = (struct fair_answer){
        (int64_t)i, one->released, one->done, {one->told == TOLD_YES, one->rank}};
}

static const struct fair_source small_source = {read_small, taken_small, request_small,
                                                answer_small};

static inline struct fair_view view_of(const struct small *small)
{
    struct fair_view view;
    fair_view_init(&view, small, small->count, small->limit, &small_source);
    return view;
}

/* Half of the histories come from a fair service whose answers are then left alone or disturbed, so
 * that explained and contradicted ones are both frequent. */
static inline struct small random_small(struct rng *rng)
{
    struct small small = {.count = 1 + rng_below(rng, MOST),
                          .limit = 1 + (int64_t)rng_below(rng, 4)};
    for (size_t i = 0; i < small.count; i++) {
        struct asked_by *one = &small.v[i];
        one->told = rng_below(rng, 5) == 0 ? TOLD_NOTHING : (enum told)rng_below(rng, 2);
        one->released = 1 + (ns_t)rng_below(rng, TIMES);
        one->done = one->released + 1 + (ns_t)rng_below(rng, TIMES / 2);
        one->rank = (int64_t)rng_below(rng, small.count + 3) - 1;
    }
    if (rng_below(rng, 2))
        return small;
    ns_t sellout = 2 + (ns_t)rng_below(rng, TIMES);
    for (size_t i = 0; i < small.count; i++)
        if (small.v[i].told != TOLD_NOTHING)
            small.v[i].told = small.v[i].released <= sellout ? TOLD_YES : TOLD_NO;
    return small;
}

static inline void show(const struct small *small, const char *what)
{
    fprintf(stderr, "%s: limit %" PRId64 "\n", what, small->limit);
    for (size_t i = 0; i < small->count; i++)
        fprintf(stderr, "  %zu: %s [%" PRId64 ", %" PRId64 "] rank %" PRId64 "\n", i,
                (const char *[]){"yes", "no", "unknown"}[small->v[i].told], small->v[i].released,
                small->v[i].done, small->v[i].rank);
}

/* May i take effect next? Not when one that finished before i was released is still to come. A
 * request without an answer never finished. */
static inline bool may_be_next(const struct small *small, unsigned left, size_t i)
{
    for (size_t j = 0; j < small->count; j++)
        if ((left & 1U << j) && j != i && small->v[j].told != TOLD_NOTHING &&
            small->v[j].done < small->v[i].released)
            return false;
    return true;
}

#endif
