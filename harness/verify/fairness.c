#include "verify/fairness.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/order.h"
#include "base/windows.h"
#include "model/history.h"

/* ---- the survey ---- */

static void see_accept(struct fair_view *view, const struct fair_decision *decision, size_t i)
{
    ns_t released = decision->accepted_released;
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

static size_t count_ranks(const struct fair_view *view, size_t i, size_t requests)
{
    size_t ranked = 0;
    for (size_t k = 0; k < requests; k++) {
        struct fair_answer answer;
        size_t request = requests > 1 ? view->source->request(view->context, i, k) : i;
        view->source->answer(view->context, request, &answer);
        ranked += answer.rank.known;
    }
    return ranked;
}

void fair_view_init(struct fair_view *view, const void *context, size_t count, int64_t limit,
                    const struct fair_source *source)
{
    *view = (struct fair_view){.context = context,
                               .count = count,
                               .limit = limit,
                               .source = source,
                               .earliest_done = INT64_MAX,
                               .latest_release = INT64_MIN};
    for (size_t i = 0; i < count; i++) {
        struct fair_decision decision = fair_read(view, i);
        view->excused += decision.excused;
        if (decision.accepted) {
            view->repeated += decision.requests > 1;
            view->ranked += count_ranks(view, i, decision.requests);
            see_accept(view, &decision, i);
            see_interval(view, decision.accepted_released, decision.accepted_done);
        }
        if (decision.rejected) {
            see_rejection(view, &decision, i);
            see_interval(view, decision.rejected_released, decision.rejected_done);
        }
    }
}

/* ---- who was denied ---- */

/* Excused users who may all have had a slot. Over the limit more slots were given than there are,
 * and nobody knows how many. */
static size_t room_for_excused(const struct fair_view *view)
{
    int64_t room = view->limit - (int64_t)view->accepted;
    return room < 0 || (size_t)room > view->excused ? view->excused : (size_t)room;
}

size_t fair_denied(const struct fair_view *view)
{
    return view->rejected + view->excused - room_for_excused(view);
}

/* The excused users by the end of their first rejection. The caller frees. */
static int order_excused(const struct fair_view *view, struct keyed **ret_v)
{
    _cleanup_free_ struct keyed *v = malloc((view->excused + 1) * sizeof *v);
    size_t filled = 0;
    if (!v)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < view->count && filled < view->excused; i++) {
        struct fair_decision decision = fair_read(view, i);
        if (decision.excused)
            v[filled++] = (struct keyed){.key = decision.rejected_done, .index = (uint32_t)i};
    }
    int rc = order_pairs(v, filled);
    if (!rc)
        *ret_v = TAKE(v);
    return rc;
}

/* ---- a sell-out instant ---- */

/* Slots that can be taken by the instant, at most `each` a user. */
static int64_t taken_by(const struct fair_view *view, ns_t instant, int64_t each)
{
    int64_t taken = 0;
    for (size_t i = 0; i < view->count; i++) {
        int64_t here = view->source->taken(view->context, i, instant);
        taken += here < each ? here : each;
    }
    return taken;
}

/* The rejection that a sell-out must come before: the earliest that nothing excuses. The excuses of
 * those who were turned away first hold best, since they cost the latest sell-out nothing. */
static int find_denied(const struct fair_view *view, struct fair_sellout *sellout, ns_t *ret_done)
{
    size_t room = room_for_excused(view);
    *ret_done = view->earliest_rejection;
    sellout->denied = view->first_rejected;
    if (room == view->excused)
        return 0;
    _cleanup_free_ struct keyed *excused = NULL;
    int rc = order_excused(view, &excused);
    if (rc || (view->rejected && view->earliest_rejection <= excused[room].key))
        return rc;
    *ret_done = excused[room].key;
    sellout->denied = excused[room].index;
    sellout->excusable = room + 1;
    return 0;
}

/* Somebody who can never have been served was told no, and all who may have been are fewer than the
 * limit: no order of releases explains that. */
static bool never_sold_out(const struct fair_view *view)
{
    if (taken_by(view, INT64_MAX, INT64_MAX) >= view->limit)
        return false;
    for (size_t i = 0; i < view->count; i++) {
        struct fair_decision decision = fair_read(view, i);
        if (decision.rejected && !decision.open_released)
            return true;
    }
    return false;
}

int fair_judge(const struct fair_view *view, struct fair_sellout *ret_sellout)
{
    struct fair_sellout sellout = {.reason = FAIR_EXPLAINED,
                                   .ordered = view->earliest_done < view->latest_release};
    ns_t denied = 0;
    int rc = find_denied(view, &sellout, &denied);
    if (rc)
        return rc;
    if ((int64_t)view->accepted > view->limit) {
        sellout.reason = FAIR_OVER_LIMIT;
    } else if (!fair_denied(view)) {
        ;
    } else if (view->accepted && view->latest_accept > denied) {
        sellout.reason = FAIR_INVERTED;
    } else if ((int64_t)view->accepted < view->limit) {
        sellout.given_by_then = taken_by(view, denied, 1);
        if (sellout.given_by_then < view->limit)
            sellout.reason =
                taken_by(view, denied, INT64_MAX) < view->limit ? FAIR_TOO_EARLY : FAIR_DOUBLED;
    }
    sellout.certain = sellout.reason == FAIR_OVER_LIMIT ||
                      ((sellout.reason == FAIR_INVERTED || sellout.reason == FAIR_TOO_EARLY) &&
                       never_sold_out(view));
    *ret_sellout = sellout;
    return 0;
}

/* ---- distance ---- */

/* Users with an accept and users who were denied, each in the order of the instant that counts. No
 * more than there are of the other kind can be pairs: of more, the latest accepts and the earliest
 * denials are kept, which lie furthest apart. */
struct sides {
    size_t most;
    struct side {
        struct keyed *v;
        size_t count, room;
    } accepts, denials;
};

static void sides_free(struct sides *sides)
{
    free(sides->accepts.v);
    free(sides->denials.v);
}

static int side_init(struct side *side, size_t count, size_t most)
{
    side->room = count < 2 * most ? count : 2 * most;
    side->v = malloc((side->room + 1) * sizeof *side->v);
    return side->v ? 0 : -(int)ERR_MEMORY;
}

/* Where there is no room, those that will not be needed go. late: it is the latest that will. */
static int side_add(struct side *side, size_t most, bool late, ns_t instant, size_t i)
{
    if (side->count == side->room) {
        int rc = order_pairs(side->v, side->count);
        if (rc)
            return rc;
        if (late)
            memmove(side->v, side->v + side->count - most, most * sizeof *side->v);
        side->count = most;
    }
    side->v[side->count++] = (struct keyed){.key = instant, .index = (uint32_t)i};
    return 0;
}

static int side_finish(struct side *side, size_t most, bool late)
{
    int rc = order_pairs(side->v, side->count);
    if (!rc && side->count > most) {
        if (late)
            memmove(side->v, side->v + side->count - most, most * sizeof *side->v);
        side->count = most;
    }
    return rc;
}

static int add_excused(const struct fair_view *view, struct sides *sides)
{
    _cleanup_free_ struct keyed *excused = NULL;
    size_t room = room_for_excused(view);
    int rc = room < view->excused ? order_excused(view, &excused) : 0;
    for (size_t i = room; !rc && i < view->excused; i++)
        rc = side_add(&sides->denials, sides->most, false, excused[i].key, excused[i].index);
    return rc;
}

static int sides_fill(struct sides *sides, const struct fair_view *view)
{
    size_t denied = fair_denied(view);
    sides->most = denied < view->accepted ? denied : view->accepted;
    int rc = side_init(&sides->accepts, view->accepted, sides->most);
    if (!rc)
        rc = side_init(&sides->denials, denied, sides->most);
    for (size_t i = 0; !rc && sides->most && i < view->count; i++) {
        struct fair_decision decision = fair_read(view, i);
        if (decision.accepted)
            rc = side_add(&sides->accepts, sides->most, true, decision.accepted_released, i);
        if (!rc && decision.rejected)
            rc = side_add(&sides->denials, sides->most, false, decision.rejected_done, i);
    }
    if (!rc && sides->most)
        rc = add_excused(view, sides);
    if (!rc)
        rc = side_finish(&sides->accepts, sides->most, true);
    return rc ? rc : side_finish(&sides->denials, sides->most, false);
}

/* The rejections that finished before an accept was released form growing sets as the accept moves
 * later, so taking the earliest one left for each accept in turn gives the most pairs. A user that
 * was turned away first and served later can be a pair with itself. */
int fair_distance(const struct fair_view *view, struct fair_pair **ret_pairs, size_t *ret_count)
{
    _cleanup_(sides_free) struct sides sides = {0};
    size_t count = 0;
    int rc = sides_fill(&sides, view);
    if (rc)
        return rc;
    const struct side *accepts = &sides.accepts, *denials = &sides.denials;
    for (size_t a = 0; a < accepts->count && count < denials->count; a++)
        count += denials->v[count].key < accepts->v[a].key;
    struct fair_pair *pairs = malloc((count + 1) * sizeof *pairs);
    if (!pairs)
        return -(int)ERR_MEMORY;
    /* The last `count` accepts can be paired in order with the first `count` rejections as well,
     * and these pairs lie furthest apart, so they are the ones that convince. */
    for (size_t i = 0; i < count; i++)
        pairs[i] =
            (struct fair_pair){denials->v[i].index, accepts->v[accepts->count - count + i].index};
    *ret_pairs = pairs;
    *ret_count = count;
    return 0;
}

/* ---- power ---- */

static void read_spans(const void *context, size_t i, struct window_spans *ret_spans)
{
    struct fair_decision decision = fair_read(context, i);
    if (decision.accepted) {
        ret_spans->begins[ret_spans->begins_count++] = decision.accepted_released;
        ret_spans->ends[ret_spans->ends_count++] = decision.accepted_done;
    }
    if (decision.rejected) {
        ret_spans->begins[ret_spans->begins_count++] = decision.rejected_released;
        ret_spans->ends[ret_spans->ends_count++] = decision.rejected_done;
    }
}

static void count_pairs(void *context, const struct window *window)
{
    int64_t *pairs = context;
    for (size_t i = 0, before = 0; i < window->begins_count; i++) {
        while (before < window->ends_count && window->ends[before] < window->begins[i])
            before++;
        *pairs += (int64_t)(window->ends_before + before);
    }
}

int fair_power(const struct fair_view *view, int64_t *ret_ordered, int64_t *ret_all)
{
    size_t decisions = view->accepted + view->rejected;
    const struct windows_source source = {view, view->count, decisions, decisions, read_spans};
    int64_t pairs = 0, count = (int64_t)decisions;
    const struct windows_visitor visitor = {&pairs, NULL, count_pairs};
    int rc = windows_walk(&source, &visitor);
    if (rc)
        return rc;
    *ret_ordered = pairs;
    *ret_all = count < 2 ? 0 : count * (count - 1) / 2;
    return 0;
}
