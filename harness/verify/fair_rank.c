/* Ranks against real time, each other and the limit: who was told a worse rank than somebody who
 * came later, the rank of somebody else, or one that is no place at all. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/order.h"
#include "model/history.h"
#include "verify/fairness.h"

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

/* One rank that a user was told. An answer that repeats the rank of an earlier one is the same. */
struct ranked {
    struct keyed *v; /* owned; by rank, then user; index: the answer; note: see since */
    size_t count;
    ns_t *since; /* owned; of users with several requests, by note - 1: when the first was released
                    that may have been served */
    size_t since_count;
};

static void ranked_free(struct ranked *ranked)
{
    free(ranked->v);
    free(ranked->since);
}

static struct fair_answer answer_of(const struct fair_view *view, const struct ranked *ranked,
                                    size_t item)
{
    const struct keyed *keyed = &ranked->v[item];
    struct fair_answer answer;
    view->source->answer(view->context, keyed->index, &answer);
    if (keyed->note)
        answer.released = ranked->since[keyed->note - 1];
    return answer;
}

/* ---- gathering ---- */

static void add_answers(const struct fair_view *view, size_t i,
                        const struct fair_decision *decision, struct ranked *ranked)
{
    uint32_t note = 0;
    if (decision->requests > 1) {
        ranked->since[ranked->since_count++] = decision->accepted_released;
        note = (uint32_t)ranked->since_count;
    }
    for (size_t k = 0; k < decision->requests; k++) {
        size_t request = view->source->request(view->context, i, k);
        struct fair_answer answer;
        view->source->answer(view->context, request, &answer);
        if (answer.rank.known)
            ranked->v[ranked->count++] =
                (struct keyed){.key = answer.rank.value, .index = (uint32_t)request, .note = note};
    }
}

static bool has_ties(const struct ranked *ranked)
{
    for (size_t i = 1; i < ranked->count; i++)
        if (ranked->v[i].key == ranked->v[i - 1].key)
            return true;
    return false;
}

/* By user within a rank, so that nothing depends on the order in which the requests are. */
static int order_ties(const struct fair_view *view, struct ranked *ranked)
{
    for (size_t i = 0; i < ranked->count; i++)
        ranked->v[i].key = answer_of(view, ranked, i).who;
    int rc = order_pairs(ranked->v, ranked->count);
    for (size_t i = 0; i < ranked->count; i++)
        ranked->v[i].key = answer_of(view, ranked, i).rank.value;
    return rc ? rc : order_pairs(ranked->v, ranked->count);
}

/* Keeps the earliest of the answers that tell one user the same rank. */
static void drop_repeats(const struct fair_view *view, struct ranked *ranked)
{
    size_t kept = 0;
    for (size_t i = 0; i < ranked->count; i++) {
        struct fair_answer answer = answer_of(view, ranked, i), last = {0};
        bool again = kept && ranked->v[kept - 1].key == ranked->v[i].key;
        if (again)
            last = answer_of(view, ranked, kept - 1);
        if (!again || last.who != answer.who)
            ranked->v[kept++] = ranked->v[i];
        else if (answer.done < last.done)
            ranked->v[kept - 1] = ranked->v[i];
    }
    ranked->count = kept;
}

static int ranked_init(struct ranked *ranked, const struct fair_view *view)
{
    ranked->v = malloc((view->ranked + 1) * sizeof *ranked->v);
    ranked->since = malloc((view->repeated + 1) * sizeof *ranked->since);
    if (!ranked->v || !ranked->since)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < view->count && ranked->count < view->ranked; i++) {
        struct fair_decision decision = fair_read(view, i);
        if (decision.accepted)
            add_answers(view, i, &decision, ranked);
    }
    int rc = order_pairs(ranked->v, ranked->count);
    if (rc || !has_ties(ranked))
        return rc;
    rc = order_ties(view, ranked);
    if (!rc)
        drop_repeats(view, ranked);
    return rc;
}

/* ---- judging ---- */

/* Which ranks are no places: below 0 and over the limit, and where both 0 and the limit were told,
 * which only one way of counting knows, the ones that fewer users were told. */
struct places {
    int64_t low, high;
};

static struct places find_places(const struct fair_view *view, const struct ranked *ranked)
{
    size_t firsts = 0, lasts = 0;
    for (size_t i = 0; i < ranked->count; i++) {
        firsts += ranked->v[i].key == 0;
        lasts += ranked->v[i].key == view->limit;
    }
    struct places places = {0, view->limit};
    if (firsts && lasts && firsts <= lasts)
        places.low = 1;
    else if (firsts && lasts)
        places.high = view->limit - 1;
    return places;
}

/* The best that was seen so far: who came last among the better ranks. */
struct front {
    ns_t latest;
    uint32_t by;
};

/* One rank and those who were told it: v[begin] to v[end - 1]. */
struct group {
    size_t begin, end;
    bool beyond;  /* no place at all */
    size_t owner; /* of several: whose the rank may be; end: nobody's, all were overtaken */
};

/* Whose the shared rank may be: of those whom nobody overtook the one who was answered first. */
static size_t find_owner(const struct fair_view *view, const struct ranked *ranked,
                         const struct group *group, const struct front *front)
{
    size_t owner = group->end;
    ns_t first = INT64_MAX;
    for (size_t i = group->begin; i < group->end; i++) {
        ns_t done = answer_of(view, ranked, i).done;
        if (done < front->latest || (owner < group->end && done >= first))
            continue;
        owner = i;
        first = done;
    }
    return owner;
}

static bool judge_item(const struct ranked *ranked, const struct group *group, size_t item,
                       ns_t done, const struct front *front, struct fair_overtake *ret_overtake)
{
    uint32_t index = ranked->v[item].index;
    if (group->beyond)
        *ret_overtake = (struct fair_overtake){.victim = index, .by = index, .wrong = RANK_BEYOND};
    else if (done < front->latest)
        *ret_overtake =
            (struct fair_overtake){.victim = index, .by = front->by, .wrong = RANK_OVERTAKEN};
    else if (item != group->owner)
        *ret_overtake = (struct fair_overtake){
            .victim = index, .by = ranked->v[group->owner].index, .wrong = RANK_SHARED};
    else
        return false;
    return true;
}

static void count_overtake(struct fair_overtakes *overtakes, const struct fair_overtake *overtake)
{
    if (overtakes->v)
        overtakes->v[overtakes->count] = *overtake;
    overtakes->count++;
    overtakes->by_kind[overtake->wrong]++;
}

/* From `begin` on, which is set. */
static void find_group(const struct fair_view *view, const struct ranked *ranked,
                       const struct places *places, const struct front *front, struct group *group)
{
    int64_t rank = ranked->v[group->begin].key;
    group->beyond = rank < places->low || rank > places->high;
    group->end = group->begin + 1;
    group->owner = group->begin;
    while (group->end < ranked->count && ranked->v[group->end].key == rank)
        group->end++;
    if (group->end - group->begin > 1)
        group->owner = find_owner(view, ranked, group, front);
}

/* Walks the users by rank. Writes overtakes when there is room for them (v not NULL), and who
 * overtook how many where the released instants are counted. */
static void walk_ranks(const struct fair_view *view, const struct ranked *ranked,
                       struct counted *counted, struct fair_overtakes *overtakes)
{
    struct places places = find_places(view, ranked);
    struct front front = {INT64_MIN, 0}, here = front;
    for (struct group group = {0}; group.begin < ranked->count; group.begin = group.end) {
        find_group(view, ranked, &places, &front, &group);
        for (size_t i = group.begin; i < group.end; i++) {
            struct fair_answer answer = answer_of(view, ranked, i);
            struct fair_overtake overtake;
            if (judge_item(ranked, &group, i, answer.done, &front, &overtake)) {
                if (counted && overtake.wrong == RANK_OVERTAKEN)
                    overtake.times = (uint32_t)counted_later(counted, answer.done);
                count_overtake(overtakes, &overtake);
            }
            if (answer.released > here.latest)
                here = (struct front){answer.released, ranked->v[i].index};
        }
        overtakes->certain += group.end - group.begin - !group.beyond;
        for (size_t i = group.begin; counted && i < group.end; i++)
            counted_add(counted, answer_of(view, ranked, i).released);
        front = here;
    }
}

static int counted_init(struct counted *counted, const struct fair_view *view,
                        const struct ranked *ranked)
{
    counted->count = ranked->count;
    counted->instants = malloc((counted->count + 1) * sizeof *counted->instants);
    counted->tree = calloc(counted->count + 1, sizeof *counted->tree);
    if (!counted->instants || !counted->tree)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < counted->count; i++)
        counted->instants[i] = answer_of(view, ranked, i).released;
    return order_keys(counted->instants, counted->count);
}

/* Counting who overtook whom costs memory and time, and is needed only when somebody did. */
static int list_overtakes(const struct fair_view *view, const struct ranked *ranked, size_t count,
                          struct fair_overtakes *ret_overtakes)
{
    _cleanup_(counted_free) struct counted counted = {0};
    struct fair_overtakes overtakes = {.v = calloc(count, sizeof *overtakes.v)};
    int rc = overtakes.v ? counted_init(&counted, view, ranked) : -(int)ERR_MEMORY;
    if (rc) {
        free(overtakes.v);
        return rc;
    }
    walk_ranks(view, ranked, &counted, &overtakes);
    *ret_overtakes = overtakes;
    return 0;
}

int fair_ranks(const struct fair_view *view, struct fair_overtakes *ret_overtakes)
{
    _cleanup_(ranked_free) struct ranked ranked = {0};
    struct fair_overtakes overtakes = {0};
    int rc = ranked_init(&ranked, view);
    if (rc)
        return rc;
    walk_ranks(view, &ranked, NULL, &overtakes);
    if (overtakes.count)
        return list_overtakes(view, &ranked, overtakes.count, ret_overtakes);
    *ret_overtakes = overtakes;
    return 0;
}
