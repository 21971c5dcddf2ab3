#include "verify/fairness.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "model/history.h"
#include "verify/order.h"

/* ---- the survey ---- */

static void see_accept(struct fair_view *view, const struct fair_decision *decision, size_t i)
{
    ns_t released = decision->accepted_released;
    view->ranked += decision->rank.known;
    if (!view->accepted++ || released > view->latest_accept) {
        view->latest_accept = released;
        view->last_accepted = i;
    }
}

static void see_rejection(struct fair_view *view, const struct fair_decision *decision, size_t i)
{
    ns_t done = decision->rejected_done;
    if (!view->rejected++ || done < view->earliest_rejection) {
        view->earliest_rejection = done;
        view->first_rejected = i;
    }
}

static void see_interval(struct fair_view *view, ns_t released, ns_t done)
{
    if (released > view->latest_release)
        view->latest_release = released;
    if (done < view->earliest_done)
        view->earliest_done = done;
}

void fair_view_init(struct fair_view *view, const void *context, size_t count, int64_t limit,
                    void (*read)(const void *context, size_t i, struct fair_decision *ret_decision))
{
    *view = (struct fair_view){.context = context,
                               .count = count,
                               .limit = limit,
                               .read = read,
                               .earliest_done = INT64_MAX,
                               .latest_release = INT64_MIN};
    for (size_t i = 0; i < count; i++) {
        struct fair_decision decision = fair_read(view, i);
        if (decision.accepted) {
            see_accept(view, &decision, i);
            see_interval(view, decision.accepted_released, decision.accepted_done);
        }
        if (decision.rejected) {
            see_rejection(view, &decision, i);
            see_interval(view, decision.rejected_released, decision.rejected_done);
        }
    }
}

/* ---- a sell-out instant ---- */

/* Undecided requests that can have taken a slot by the instant. */
static int64_t open_by(const struct fair_view *view, ns_t instant)
{
    int64_t open = 0;
    for (size_t i = 0; i < view->count; i++) {
        struct fair_decision decision = fair_read(view, i);
        if (decision.open && decision.open_released <= instant)
            open += decision.open;
    }
    return open;
}

void fair_judge(const struct fair_view *view, struct fair_sellout *ret_sellout)
{
    int64_t accepted = (int64_t)view->accepted;
    struct fair_sellout sellout = {.reason = FAIR_EXPLAINED,
                                   .ordered = view->earliest_done < view->latest_release};
    if (accepted > view->limit) {
        sellout.reason = FAIR_OVER_LIMIT;
    } else if (view->rejected && accepted && view->latest_accept > view->earliest_rejection) {
        sellout.reason = FAIR_INVERTED;
    } else if (view->rejected && accepted < view->limit) {
        sellout.given_by_then = accepted + open_by(view, view->earliest_rejection);
        if (sellout.given_by_then < view->limit)
            sellout.reason = FAIR_TOO_EARLY;
    }
    *ret_sellout = sellout;
}

/* ---- distance ---- */

/* Users with an accept and users with a rejection, each in the order of the instant that counts. */
struct sides {
    struct keyed *accepts; /* by release */
    struct keyed *rejects; /* by the end of the answer */
};

static void sides_free(struct sides *sides)
{
    free(sides->accepts);
    free(sides->rejects);
}

static int sides_init(struct sides *sides, const struct fair_view *view)
{
    size_t accepts = 0, rejects = 0;
    sides->accepts = malloc((view->accepted + 1) * sizeof *sides->accepts);
    sides->rejects = malloc((view->rejected + 1) * sizeof *sides->rejects);
    if (!sides->accepts || !sides->rejects)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < view->count; i++) {
        struct fair_decision decision = fair_read(view, i);
        if (decision.accepted)
            sides->accepts[accepts++] =
                (struct keyed){.key = decision.accepted_released, .index = (uint32_t)i};
        if (decision.rejected)
            sides->rejects[rejects++] =
                (struct keyed){.key = decision.rejected_done, .index = (uint32_t)i};
    }
    int rc = order_pairs(sides->accepts, accepts);
    return rc ? rc : order_pairs(sides->rejects, rejects);
}

/* The rejections that finished before an accept was released form growing sets as the accept moves
 * later, so taking the earliest one left for each accept in turn gives the most pairs. A user that
 * was turned away first and served later can be a pair with itself. */
int fair_distance(const struct fair_view *view, struct fair_pair **ret_pairs, size_t *ret_count)
{
    _cleanup_(sides_free) struct sides sides = {0};
    size_t count = 0;
    int rc = sides_init(&sides, view);
    if (rc)
        return rc;
    for (size_t a = 0; a < view->accepted && count < view->rejected; a++)
        count += sides.rejects[count].key < sides.accepts[a].key;
    struct fair_pair *pairs = malloc((count + 1) * sizeof *pairs);
    if (!pairs)
        return -(int)ERR_MEMORY;
    /* The last `count` accepts can be paired in order with the first `count` rejections as well,
     * and these pairs lie furthest apart, so they are the ones that convince. */
    for (size_t i = 0; i < count; i++)
        pairs[i] = (struct fair_pair){sides.rejects[i].index,
                                      sides.accepts[view->accepted - count + i].index};
    *ret_pairs = pairs;
    *ret_count = count;
    return 0;
}

/* ---- power ---- */

/* Released and done instants of all decisions, each in ascending order. The caller frees both. */
static int instants(const struct fair_view *view, int64_t **ret_released, int64_t **ret_done)
{
    size_t count = 0, all = view->accepted + view->rejected;
    _cleanup_free_ int64_t *released = malloc((all + 1) * sizeof *released);
    _cleanup_free_ int64_t *done = malloc((all + 1) * sizeof *done);
    if (!released || !done)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < view->count; i++) {
        struct fair_decision decision = fair_read(view, i);
        if (decision.accepted) {
            released[count] = decision.accepted_released;
            done[count++] = decision.accepted_done;
        }
        if (decision.rejected) {
            released[count] = decision.rejected_released;
            done[count++] = decision.rejected_done;
        }
    }
    int rc = order_keys(released, count);
    if (!rc)
        rc = order_keys(done, count);
    if (rc)
        return rc;
    *ret_released = TAKE(released);
    *ret_done = TAKE(done);
    return 0;
}

int fair_power(const struct fair_view *view, int64_t *ret_ordered, int64_t *ret_all)
{
    _cleanup_free_ int64_t *released = NULL;
    _cleanup_free_ int64_t *done = NULL;
    size_t count = view->accepted + view->rejected;
    int rc = instants(view, &released, &done);
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
