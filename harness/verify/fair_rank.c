/* Ranks against real time: who was told a worse rank than somebody who came later. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "model/history.h"
#include "verify/fairness.h"
#include "verify/order.h"

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
        counted->instants[i] = fair_read(view, ranked[i].index).accepted_released;
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
        struct fair_decision decision = fair_read(view, ranked[i].index);
        if (i == 0 || ranked[i].key != ranked[i - 1].key) {
            begin = i;
            latest = latest_here;
            by = by_here;
            for (; counted && added < begin; added++)
                counted_add(counted, fair_read(view, ranked[added].index).accepted_released);
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

/* The decisions that carry a rank, by rank. The caller frees. */
static int order_ranked(const struct fair_view *view, struct keyed **ret_v)
{
    _cleanup_free_ struct keyed *v = malloc((view->ranked + 1) * sizeof *v);
    size_t filled = 0;
    if (!v)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < view->count && filled < view->ranked; i++) {
        struct fair_decision decision = fair_read(view, i);
        if (decision.accepted && decision.rank.known)
            v[filled++] = (struct keyed){.key = decision.rank.value, .index = (uint32_t)i};
    }
    int rc = order_pairs(v, filled);
    if (rc)
        return rc;
    *ret_v = TAKE(v);
    return 0;
}

int fair_ranks(const struct fair_view *view, struct fair_overtake **ret_overtakes,
               size_t *ret_count)
{
    _cleanup_free_ struct keyed *ranked = NULL;
    size_t count = view->ranked;
    int rc = order_ranked(view, &ranked);
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
