#include "verify/fairness.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "model/history.h"
#include "verify/order.h"

static struct fair_decision read_at(const struct fair_view *view, size_t i)
{
    struct fair_decision decision;
    view->read(view->context, i, &decision);
    return decision;
}

void fair_view_init(struct fair_view *view, const void *context, size_t count, int64_t limit,
                    void (*read)(const void *context, size_t i, struct fair_decision *ret_decision))
{
    *view = (struct fair_view){.context = context, .count = count, .limit = limit, .read = read};
    for (size_t i = 0; i < count; i++) {
        struct fair_decision decision = read_at(view, i);
        view->accepted += decision.accepted;
        view->rejected += decision.rejected;
        view->ranked += decision.accepted && decision.rank != RANK_NONE;
    }
}

/* ---- a sell-out instant ---- */

/* Undecided requests that can have taken a slot by the instant. */
static int64_t open_by(const struct fair_view *view, ns_t instant)
{
    int64_t open = 0;
    for (size_t i = 0; i < view->count; i++) {
        struct fair_decision decision = read_at(view, i);
        if (decision.open && decision.open_released <= instant)
            open += decision.open;
    }
    return open;
}

/* The instants that decide, over all decisions. */
struct extremes {
    ns_t earliest_done, latest_release; /* of both kinds */
    ns_t latest_accept;                 /* released */
    ns_t earliest_rejection;            /* done */
};

static void see_accept(struct extremes *extremes, const struct fair_decision *decision, size_t i,
                       struct fair_sellout *sellout)
{
    ns_t released = decision->accepted_released, done = decision->accepted_done;
    if (released > extremes->latest_accept) {
        extremes->latest_accept = released;
        sellout->last_accepted = i;
    }
    if (released > extremes->latest_release)
        extremes->latest_release = released;
    if (done < extremes->earliest_done)
        extremes->earliest_done = done;
}

static void see_rejection(struct extremes *extremes, const struct fair_decision *decision, size_t i,
                          struct fair_sellout *sellout)
{
    ns_t released = decision->rejected_released, done = decision->rejected_done;
    if (done < extremes->earliest_rejection) {
        extremes->earliest_rejection = done;
        sellout->first_rejected = i;
    }
    if (released > extremes->latest_release)
        extremes->latest_release = released;
    if (done < extremes->earliest_done)
        extremes->earliest_done = done;
}

void fair_judge(const struct fair_view *view, struct fair_sellout *ret_sellout)
{
    struct fair_sellout sellout = {.reason = FAIR_EXPLAINED};
    struct extremes extremes = {INT64_MAX, INT64_MIN, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < view->count; i++) {
        struct fair_decision decision = read_at(view, i);
        if (decision.accepted)
            see_accept(&extremes, &decision, i, &sellout);
        if (decision.rejected)
            see_rejection(&extremes, &decision, i, &sellout);
    }
    sellout.ordered = extremes.earliest_done < extremes.latest_release;
    if (view->rejected) {
        sellout.earliest_rejection = extremes.earliest_rejection;
        sellout.open_by_then = open_by(view, extremes.earliest_rejection);
        if ((int64_t)view->accepted + sellout.open_by_then < view->limit)
            sellout.reason = FAIR_TOO_EARLY;
        if (extremes.latest_accept > extremes.earliest_rejection)
            sellout.reason = FAIR_INVERTED;
    }
    if ((int64_t)view->accepted > view->limit)
        sellout.reason = FAIR_OVER_LIMIT;
    *ret_sellout = sellout;
}

/* ---- distance ---- */

enum instant { ACCEPT_RELEASED, ACCEPT_DONE, REJECT_RELEASED, REJECT_DONE, RANK };

static inline bool instant_of(const struct fair_decision *decision, enum instant which,
                              int64_t *ret_key)
{
    switch (which) {
    case ACCEPT_RELEASED:
        *ret_key = decision->accepted_released;
        return decision->accepted;
    case ACCEPT_DONE:
        *ret_key = decision->accepted_done;
        return decision->accepted;
    case REJECT_RELEASED:
        *ret_key = decision->rejected_released;
        return decision->rejected;
    case REJECT_DONE:
        *ret_key = decision->rejected_done;
        return decision->rejected;
    case RANK:
        *ret_key = decision->rank;
        return decision->accepted && decision->rank != RANK_NONE;
    }
    return false;
}

/* The `count` decisions with that instant, in its order. The caller frees. */
static int ordered(const struct fair_view *view, enum instant which, size_t count,
                   struct keyed **ret_v)
{
    _cleanup_free_ struct keyed *v = malloc((count + 1) * sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    size_t filled = 0;
    int64_t key;
    for (size_t i = 0; i < view->count && filled < count; i++) {
        struct fair_decision decision = read_at(view, i);
        if (instant_of(&decision, which, &key))
            v[filled++] = (struct keyed){key, (uint32_t)i};
    }
    int rc = order_pairs(v, filled);
    if (rc)
        return rc;
    *ret_v = TAKE(v);
    return 0;
}

/* The rejections that finished before an accept was released form growing sets as the accept moves
 * later, so taking the earliest one left for each accept in turn gives the most pairs. A user that
 * was turned away first and served later can be a pair with itself. */
int fair_distance(const struct fair_view *view, struct fair_pair **ret_pairs, size_t *ret_count)
{
    _cleanup_free_ struct keyed *accepts = NULL;
    _cleanup_free_ struct keyed *rejects = NULL;
    size_t count = 0;
    int rc = ordered(view, ACCEPT_RELEASED, view->accepted, &accepts);
    if (!rc)
        rc = ordered(view, REJECT_DONE, view->rejected, &rejects);
    if (rc)
        return rc;
    for (size_t a = 0; a < view->accepted && count < view->rejected; a++)
        count += rejects[count].key < accepts[a].key;
    _cleanup_free_ struct fair_pair *pairs = malloc((count + 1) * sizeof *pairs);
    if (!pairs)
        return -(int)ERR_MEMORY;
    /* The last `count` accepts can be paired in order with the first `count` rejections as well,
     * and these pairs lie furthest apart, so they are the ones that convince. */
    for (size_t i = 0; i < count; i++)
        pairs[i] = (struct fair_pair){rejects[i].index, accepts[view->accepted - count + i].index};
    *ret_pairs = TAKE(pairs);
    *ret_count = count;
    return 0;
}

/* ---- ranks ---- */

/* Counts of released instants seen so far, as a Fenwick tree over their order. */
struct counted {
    int64_t *instants; /* ascending */
    uint32_t *tree;
    size_t count;
    size_t seen;
};

static void counted_free(struct counted *counted)
{
    free(counted->instants);
    free(counted->tree);
}

/* How many of the instants are <= the given one. */
static size_t places_up_to(const struct counted *counted, int64_t instant)
{
    size_t low = 0, high = counted->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (counted->instants[middle] <= instant)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void counted_add(struct counted *counted, int64_t instant)
{
    counted->seen++;
    for (size_t i = places_up_to(counted, instant); i <= counted->count; i += i & -i)
        counted->tree[i]++;
}

static size_t counted_later(const struct counted *counted, int64_t instant)
{
    size_t up_to = 0;
    for (size_t i = places_up_to(counted, instant); i > 0; i -= i & -i)
        up_to += counted->tree[i];
    return counted->seen - up_to;
}

static int counted_init(struct counted *counted, const struct fair_view *view,
                        const struct keyed *ranked, size_t count)
{
    counted->count = count;
    counted->instants = malloc((count + 1) * sizeof *counted->instants);
    counted->tree = calloc(count + 1, sizeof *counted->tree);
    if (!counted->instants || !counted->tree)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        counted->instants[i] = read_at(view, ranked[i].index).accepted_released;
    return order_keys(counted->instants, count);
}

/* Walks the users by rank; those before `begin` of the equal ranks have a better one. Writes
 * overtakes when there is room for them (v not NULL) and returns how many there are. */
static size_t walk_ranks(const struct fair_view *view, const struct keyed *ranked, size_t count,
                         struct counted *counted, struct fair_overtake *v)
{
    size_t found = 0, added = 0, begin = 0;
    ns_t latest = INT64_MIN, latest_here = INT64_MIN;
    uint32_t by = 0, by_here = 0;
    for (size_t i = 0; i < count; i++) {
        struct fair_decision decision = read_at(view, ranked[i].index);
        if (i == 0 || ranked[i].key != ranked[i - 1].key) {
            begin = i;
            latest = latest_here;
            by = by_here;
            for (; counted && added < begin; added++)
                counted_add(counted, read_at(view, ranked[added].index).accepted_released);
        }
        bool overtaken = begin > 0 && decision.accepted_done < latest;
        if (overtaken || i > begin) {
            if (v)
                v[found] = (struct fair_overtake){
                    .victim = ranked[i].index,
                    .by = overtaken ? by : ranked[begin].index,
                    .times = overtaken && counted
                                 ? (uint32_t)counted_later(counted, decision.accepted_done)
                                 : 0,
                    .same_rank = !overtaken,
                };
            found++;
        }
        if (decision.accepted_released > latest_here) {
            latest_here = decision.accepted_released;
            by_here = ranked[i].index;
        }
    }
    return found;
}

int fair_ranks(const struct fair_view *view, struct fair_overtake **ret_overtakes,
               size_t *ret_count)
{
    _cleanup_free_ struct keyed *ranked = NULL;
    size_t count = view->ranked;
    int rc = ordered(view, RANK, count, &ranked);
    if (rc)
        return rc;
    /* Counting who overtook whom costs memory and time, and is needed only when somebody did. */
    size_t found = walk_ranks(view, ranked, count, NULL, NULL);
    _cleanup_free_ struct fair_overtake *v = calloc(found + 1, sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    if (found) {
        _cleanup_(counted_free) struct counted counted = {0};
        rc = counted_init(&counted, view, ranked, count);
        if (rc)
            return rc;
        walk_ranks(view, ranked, count, &counted, v);
    }
    *ret_overtakes = TAKE(v);
    *ret_count = found;
    return 0;
}

/* ---- power ---- */

/* Both kinds of decisions' released or done instants in one ascending list. The caller frees. */
static int instants(const struct fair_view *view, bool done, int64_t **ret_v)
{
    const enum instant accept = done ? ACCEPT_DONE : ACCEPT_RELEASED;
    const enum instant reject = done ? REJECT_DONE : REJECT_RELEASED;
    size_t count = 0;
    _cleanup_free_ int64_t *v = malloc((view->accepted + view->rejected + 1) * sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < view->count; i++) {
        struct fair_decision decision = read_at(view, i);
        int64_t key;
        if (instant_of(&decision, accept, &key))
            v[count++] = key;
        if (instant_of(&decision, reject, &key))
            v[count++] = key;
    }
    int rc = order_keys(v, count);
    if (rc)
        return rc;
    *ret_v = TAKE(v);
    return 0;
}

int fair_power(const struct fair_view *view, int64_t *ret_ordered, int64_t *ret_all)
{
    _cleanup_free_ int64_t *released = NULL;
    _cleanup_free_ int64_t *done = NULL;
    size_t count = view->accepted + view->rejected;
    int rc = instants(view, false, &released);
    if (!rc)
        rc = instants(view, true, &done);
    if (rc)
        return rc;
    int64_t pairs = 0;
    for (size_t i = 0, before = 0; i < count; i++) {
        while (before < count && done[before] < released[i])
            before++;
        pairs += (int64_t)before;
    }
    *ret_ordered = pairs;
    *ret_all = count < 2 ? 0 : (int64_t)count * ((int64_t)count - 1) / 2;
    return 0;
}
