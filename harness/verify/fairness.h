/* Fairness: was it first come, first served? Pure; any thread; knows nothing of runs.
 *
 * A decision took effect at one instant between the release of its request and the end of its
 * answer. The service was fair when a sell-out instant explains every decision: the accepts took
 * effect before it, the rejections after it, and by then the limit was used up. A request without
 * an answer is an interval open to the right: it may have taken a slot at any instant after its
 * release, or never. Only "finished before the other was released" orders two decisions; all else
 * is concurrent, and the benefit of the doubt goes to the service.
 *
 * A user may ask more than once. His slot was taken by any of his requests that was not told no,
 * and before any of his answers came back; each further one of them may have taken one more. A "no"
 * to somebody who may have had a slot by then says "you have one already": it is excused, as long
 * as the limit leaves room for a slot of his. */
#ifndef VERIFY_FAIRNESS_H
#define VERIFY_FAIRNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/maybe.h"

/* What one user was told. accepted and rejected may both be set: turned away first, served at a
 * later try. None of the three: nothing. */
struct fair_decision {
    bool accepted;
    bool rejected; /* told no when nothing of his can have been served yet */
    bool excused;  /* never told yes, and told no when one of his may have been served already */
    ns_t accepted_released, accepted_done; /* released: of the first that may have been served */
    ns_t rejected_released, rejected_done; /* of the rejection that finished first */
    ns_t open_released; /* of the first request that may have taken a slot; 0: there is none */
    size_t requests;    /* how many he sent */
};

/* One request's own answer. */
struct fair_answer {
    int64_t who; /* equal for requests of one user, and for no others */
    ns_t released, done;
    struct maybe rank; /* of an accept that was told one */
};

/* Where the decisions come from: read one by one, in ascending order wherever possible, and never
 * copied. */
struct fair_source {
    void (*read)(const void *context, size_t i, struct fair_decision *ret_decision);
    /* How many slots i's requests can have taken by the instant. */
    int64_t (*taken)(const void *context, size_t i, ns_t instant);
    /* The index of i's k-th request, and what a request was answered. */
    size_t (*request)(const void *context, size_t i, size_t k);
    void (*answer)(const void *context, size_t request, struct fair_answer *ret_answer);
};

struct fair_view {
    const void *context;
    size_t count; /* at most UINT32_MAX; some may hold no decision at all */
    int64_t limit;
    const struct fair_source *source;
    size_t accepted, rejected, excused; /* how many hold what */
    size_t repeated, ranked;            /* accepted with several requests; answers with a rank */
    /* The instants that decide, and whose they are; meaningful when there is any of the kind. */
    ns_t earliest_done, latest_release; /* of all decisions */
    ns_t latest_accept, earliest_rejection;
    size_t last_accepted, first_rejected;
};

static inline struct fair_decision fair_read(const struct fair_view *view, size_t i)
{
    struct fair_decision decision;
    view->source->read(view->context, i, &decision);
    return decision;
}

/* Surveys the decisions once. O(n), no memory. */
void fair_view_init(struct fair_view *view, const void *context, size_t count, int64_t limit,
                    const struct fair_source *source);

/* Users who were turned away for sure: the rejected, and of the excused those for whose slots the
 * limit leaves no room. */
size_t fair_denied(const struct fair_view *view);

enum fair_reason {
    FAIR_EXPLAINED,
    FAIR_OVER_LIMIT, /* more accepts than the limit: no sell-out instant at all */
    FAIR_INVERTED,   /* somebody was turned away before one who was served had asked */
    FAIR_TOO_EARLY,  /* somebody was turned away before the limit can have been used up */
    FAIR_DOUBLED,    /* explained only if some users took more than one slot each */
};

struct fair_sellout {
    enum fair_reason reason;
    bool ordered;     /* some two decisions were ordered in time; without, nothing could show */
    size_t denied;    /* whose rejection came first; meaningful when fair_denied is not 0 */
    bool certain;     /* no explanation, whatever the order in time was */
    size_t excusable; /* > 0: he is one of so many excused users, who cannot all have had a slot */
    int64_t given_by_then; /* FAIR_TOO_EARLY, FAIR_DOUBLED: slots, one a user, that can be gone then
                            */
};

/* Does a sell-out instant exist? O(n); memory only where some excuses do not hold: -ERR_MEMORY. The
 * accept that contradicts most is view->last_accepted. */
int fair_judge(const struct fair_view *view, struct fair_sellout *ret_sellout)
    __attribute__((warn_unused_result));

struct fair_pair {
    uint32_t rejected; /* this user's rejection finished … */
    uint32_t accepted; /* … before this user's accepted request was released */
};

/* The most disjoint contradicting pairs, which is also the least number of decisions that
 * contradict any sell-out instant (matching and vertex cover are equal here). O(n log n). The
 * caller frees. */
int fair_distance(const struct fair_view *view, struct fair_pair **ret_pairs, size_t *ret_count)
    __attribute__((warn_unused_result));

enum fair_wrong_rank {
    RANK_OVERTAKEN, /* finished before a user was released who was told a better rank */
    RANK_SHARED,    /* two users were told the same rank */
    RANK_BEYOND,    /* no place within the limit, whether they are counted from 0 or from 1 */
};

struct fair_overtake {
    uint32_t victim; /* requests, not users */
    uint32_t by;     /* RANK_BEYOND: the victim again */
    uint32_t times;  /* answers that overtook the victim, where it was overtaken */
    enum fair_wrong_rank wrong;
};

struct fair_overtakes {
    struct fair_overtake *v; /* the caller frees */
    size_t count;
    size_t by_kind[RANK_BEYOND + 1];
    size_t certain; /* of them wrong whatever the order in time was */
};

/* Ranks that contradict real time, each other or the limit, one entry a user and rank. The same in
 * whatever order the requests are. O(n log n). */
int fair_ranks(const struct fair_view *view, struct fair_overtakes *ret_overtakes)
    __attribute__((warn_unused_result));

/* Pairs of decisions of which one finished before the other was released, and all pairs: how much
 * the other figures can prove. O(n log n). */
int fair_power(const struct fair_view *view, int64_t *ret_ordered, int64_t *ret_all)
    __attribute__((warn_unused_result));

#endif
