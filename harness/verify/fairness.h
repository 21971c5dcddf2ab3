/* Fairness: was it first come, first served? Pure; any thread; knows nothing of runs.
 *
 * A decision took effect at one instant between the release of its request and the end of its
 * answer. The service was fair when a sell-out instant explains every decision: the accepts took
 * effect before it, the rejections after it, and by then the limit was used up. A request without
 * an answer is an interval open to the right: it may have taken a slot at any instant after its
 * release, or never. Only "finished before the other was released" orders two decisions; all else
 * is concurrent, and the benefit of the doubt goes to the service. */
#ifndef VERIFY_FAIRNESS_H
#define VERIFY_FAIRNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/maybe.h"

/* What one user was told. Both may be set: turned away first, served at a later try. Neither:
 * nothing. */
struct fair_decision {
    bool accepted;
    bool rejected;
    ns_t accepted_released, accepted_done;
    ns_t rejected_released, rejected_done; /* of the rejection that finished first */
    struct maybe rank;
    int64_t open; /* more requests that may have taken a slot without a decision of their own */
    ns_t open_released; /* of the first of them */
};

/* Decisions by index, read one by one in ascending order wherever possible: n decisions of up to 64
 * bytes each are never copied. Made by fair_view_init. */
struct fair_view {
    const void *context;
    size_t count; /* at most UINT32_MAX; some may hold no decision at all */
    int64_t limit;
    void (*read)(const void *context, size_t i, struct fair_decision *ret_decision);
    size_t accepted, rejected, ranked; /* how many hold what */
    /* The instants that decide, and whose they are; meaningful when there is any of the kind. */
    ns_t earliest_done, latest_release; /* of all decisions */
    ns_t latest_accept, earliest_rejection;
    size_t last_accepted, first_rejected;
};

static inline struct fair_decision fair_read(const struct fair_view *view, size_t i)
{
    struct fair_decision decision;
    view->read(view->context, i, &decision);
    return decision;
}

/* Surveys the decisions once. O(n), no memory. */
void fair_view_init(struct fair_view *view, const void *context, size_t count, int64_t limit,
                    void (*read)(const void *context, size_t i,
                                 struct fair_decision *ret_decision));

enum fair_reason {
    FAIR_EXPLAINED,
    FAIR_OVER_LIMIT, /* more accepts than the limit: no sell-out instant at all */
    FAIR_INVERTED,   /* somebody was turned away before one who was served had asked */
    FAIR_TOO_EARLY,  /* somebody was turned away before the limit can have been used up */
};

struct fair_sellout {
    enum fair_reason reason;
    bool ordered; /* some two decisions were ordered in time; without, nothing could have shown */
    int64_t given_by_then; /* FAIR_TOO_EARLY: slots that can be gone at the earliest rejection */
};

/* Does a sell-out instant exist? O(n) at most, no memory. The pair that contradicts most is
 * view->first_rejected and view->last_accepted. */
void fair_judge(const struct fair_view *view, struct fair_sellout *ret_sellout);

struct fair_pair {
    uint32_t rejected; /* this user's rejection finished … */
    uint32_t accepted; /* … before this user's accepted request was released */
};

/* The most disjoint contradicting pairs, which is also the least number of decisions that
 * contradict any sell-out instant (matching and vertex cover are equal here). O(n log n). The
 * caller frees. */
int fair_distance(const struct fair_view *view, struct fair_pair **ret_pairs, size_t *ret_count)
    __attribute__((warn_unused_result));

struct fair_overtake {
    uint32_t victim; /* finished before … */
    uint32_t by;     /* … this user was released, who was told a better rank (or the same one) */
    uint32_t times;  /* users who overtook the victim in this way */
    bool same_rank;  /* two users were told the same rank */
};

/* Accepted users whose rank contradicts real time. O(n log n). The caller frees. */
int fair_ranks(const struct fair_view *view, struct fair_overtake **ret_overtakes,
               size_t *ret_count) __attribute__((warn_unused_result));

/* Pairs of decisions of which one finished before the other was released, and all pairs: how much
 * the other figures can prove. O(n log n). */
int fair_power(const struct fair_view *view, int64_t *ret_ordered, int64_t *ret_all)
    __attribute__((warn_unused_result));

#endif
