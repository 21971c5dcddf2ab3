/* links: model verify */
/* The linear and log-linear fairness algorithms against exhaustive search: every order of effects
 * that real time allows, every sell-out instant, every matching, on random small histories. */
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

static void read_small(const void *context, size_t i, struct fair_decision *ret_decision)
{
    const struct asked_by *one = &((const struct small *)context)->v[i];
    *ret_decision = (struct fair_decision){0};
    if (one->told == TOLD_YES) {
        ret_decision->accepted = true;
        ret_decision->accepted_released = one->released;
        ret_decision->accepted_done = one->done;
        ret_decision->rank = maybe_of(one->rank);
    } else if (one->told == TOLD_NO) {
        ret_decision->rejected = true;
        ret_decision->rejected_released = one->released;
        ret_decision->rejected_done = one->done;
    } else {
        ret_decision->open = 1;
        ret_decision->open_released = one->released;
    }
}

static struct fair_view view_of(const struct small *small)
{
    struct fair_view view;
    fair_view_init(&view, small, small->count, small->limit, read_small);
    return view;
}

/* Half of the histories come from a fair service whose answers are then left alone or disturbed, so
 * that explained and contradicted ones are both frequent. */
static struct small random_small(struct rng *rng)
{
    struct small small = {.count = 1 + rng_below(rng, MOST),
                          .limit = 1 + (int64_t)rng_below(rng, 4)};
    for (size_t i = 0; i < small.count; i++) {
        struct asked_by *one = &small.v[i];
        one->told = rng_below(rng, 5) == 0 ? TOLD_NOTHING : (enum told)rng_below(rng, 2);
        one->released = 1 + (ns_t)rng_below(rng, TIMES);
        one->done = one->released + 1 + (ns_t)rng_below(rng, TIMES / 2);
        one->rank = 1 + (int64_t)rng_below(rng, small.count + 1);
    }
    if (rng_below(rng, 2))
        return small;
    ns_t sellout = 2 + (ns_t)rng_below(rng, TIMES);
    for (size_t i = 0; i < small.count; i++)
        if (small.v[i].told != TOLD_NOTHING)
            small.v[i].told = small.v[i].released <= sellout ? TOLD_YES : TOLD_NO;
    return small;
}

static void show(const struct small *small, const char *what)
{
    fprintf(stderr, "%s: limit %" PRId64 "\n", what, small->limit);
    for (size_t i = 0; i < small->count; i++)
        fprintf(stderr, "  %zu: %s [%" PRId64 ", %" PRId64 "] rank %" PRId64 "\n", i,
                (const char *[]){"yes", "no", "unknown"}[small->v[i].told], small->v[i].released,
                small->v[i].done, small->v[i].rank);
}

/* ---- exhaustive: does any order of effects make this a first-come-first-served counter? ---- */

/* May i take effect next? Not when one that finished before i was released is still to come. A
 * request without an answer never finished. */
static bool may_be_next(const struct small *small, unsigned left, size_t i)
{
    for (size_t j = 0; j < small->count; j++)
        if ((left & 1U << j) && j != i && small->v[j].told != TOLD_NOTHING &&
            small->v[j].done < small->v[i].released)
            return false;
    return true;
}

/* left: requests that have yet to take effect. taken: slots given out so far. */
static bool linearises(const struct small *small, unsigned left, int64_t taken)
{
    if (!left)
        return true;
    for (size_t i = 0; i < small->count; i++) {
        if (!(left & 1U << i) || !may_be_next(small, left, i))
            continue;
        enum told told = small->v[i].told;
        bool free_slot = taken < small->limit;
        if ((told == TOLD_YES && !free_slot) || (told == TOLD_NO && free_slot))
            continue;
        bool takes = told == TOLD_YES || (told == TOLD_NOTHING && free_slot);
        if (linearises(small, left & ~(1U << i), taken + takes))
            return true;
    }
    return false;
}

/* Every subset of the unanswered requests may never have taken effect at all. */
static bool explained_by_search(const struct small *small)
{
    unsigned all = (1U << small->count) - 1, open = 0;
    for (size_t i = 0; i < small->count; i++)
        open |= small->v[i].told == TOLD_NOTHING ? 1U << i : 0;
    for (unsigned never = open;; never = (never - 1) & open) {
        if (linearises(small, all & ~never, 0))
            return true;
        if (!never)
            return false;
    }
}

/* ---- exhaustive: distance, both ways ---- */

static bool contradict(const struct small *small, size_t no, size_t yes)
{
    return small->v[no].told == TOLD_NO && small->v[yes].told == TOLD_YES &&
           small->v[no].done < small->v[yes].released;
}

static size_t least_contradictions(const struct small *small)
{
    size_t least = MOST;
    /* Instants between the whole numbers add nothing: a sell-out at t + 1/2 is contradicted by all
     * that contradict t or t + 1 on one side each. They are tried all the same, as halves. */
    for (int64_t half = 0; half <= 2 * 3 * TIMES; half++) {
        size_t wrong = 0;
        for (size_t i = 0; i < small->count; i++) {
            const struct asked_by *one = &small->v[i];
            wrong += one->told == TOLD_YES && 2 * one->released > half;
            wrong += one->told == TOLD_NO && 2 * one->done < half;
        }
        least = wrong < least ? wrong : least;
    }
    return least;
}

static size_t most_pairs(const struct small *small, size_t yes, unsigned used)
{
    if (yes == small->count)
        return 0;
    size_t most = most_pairs(small, yes + 1, used);
    for (size_t no = 0; no < small->count; no++) {
        if ((used & 1U << no) || !contradict(small, no, yes))
            continue;
        size_t here = 1 + most_pairs(small, yes + 1, used | 1U << no);
        most = here > most ? here : most;
    }
    return most;
}

/* ---- the tests ---- */

Test(fairness, sellout_agrees_with_every_linearisation, .timeout = 120)
{
    struct rng rng;
    rng_seed(&rng, 20240601);
    int64_t fair = 0, reasons[4] = {0};
    for (int h = 0; h < HISTORIES; h++) {
        struct small small = random_small(&rng);
        struct fair_view view = view_of(&small);
        struct fair_sellout sellout;
        fair_judge(&view, &sellout);
        bool expected = explained_by_search(&small);
        if ((sellout.reason == FAIR_EXPLAINED) != expected) {
            show(&small, expected ? "search finds an order" : "search finds no order");
            cr_assert_fail("history %d: reason %d", h, (int)sellout.reason);
        }
        fair += expected;
        reasons[sellout.reason]++;
    }
    /* Both answers and every reason must have been exercised, or the agreement proves little. */
    cr_expect_gt(fair, HISTORIES / 20);
    for (int r = 0; r < 4; r++)
        cr_expect_gt(reasons[r], HISTORIES / 100, "reason %d came up %" PRId64 " times", r,
                     reasons[r]);
}

Test(fairness, distance_agrees_with_every_instant_and_every_matching, .timeout = 120)
{
    struct rng rng;
    rng_seed(&rng, 7);
    int64_t positive = 0;
    for (int h = 0; h < HISTORIES; h++) {
        struct small small = random_small(&rng);
        struct fair_view view = view_of(&small);
        struct fair_pair *pairs = NULL;
        size_t count = 99;
        cr_assert_eq(fair_distance(&view, &pairs, &count), 0);
        if (count != least_contradictions(&small) || count != most_pairs(&small, 0, 0)) {
            show(&small, "distance");
            cr_assert_fail("history %d: %zu pairs, least %zu, most %zu", h, count,
                           least_contradictions(&small), most_pairs(&small, 0, 0));
        }
        unsigned seen_no = 0, seen_yes = 0;
        for (size_t i = 0; i < count; i++) {
            cr_assert(contradict(&small, pairs[i].rejected, pairs[i].accepted));
            cr_assert(!(seen_no & 1U << pairs[i].rejected));
            cr_assert(!(seen_yes & 1U << pairs[i].accepted));
            seen_no |= 1U << pairs[i].rejected;
            seen_yes |= 1U << pairs[i].accepted;
        }
        positive += count > 0;
        free(pairs);
    }
    cr_expect_gt(positive, HISTORIES / 20);
}

/* Victims straight from the definition: somebody with a better rank was released after I was done.
 */
static uint32_t overtaken_by(const struct small *small, size_t victim)
{
    uint32_t times = 0;
    for (size_t i = 0; i < small->count; i++)
        times += small->v[i].told == TOLD_YES && small->v[i].rank < small->v[victim].rank &&
                 small->v[i].released > small->v[victim].done;
    return times;
}

static bool shares_rank(const struct small *small, size_t victim)
{
    for (size_t i = 0; i < victim; i++)
        if (small->v[i].told == TOLD_YES && small->v[i].rank == small->v[victim].rank)
            return true;
    return false;
}

/* Is the order of ranks itself an order of effects that real time allows? */
static bool ranks_linearise(const struct small *small, unsigned left)
{
    if (!left)
        return true;
    size_t best = MOST;
    for (size_t i = 0; i < small->count; i++)
        if ((left & 1U << i) && (best == MOST || small->v[i].rank < small->v[best].rank))
            best = i;
    return may_be_next(small, left, best) && ranks_linearise(small, left & ~(1U << best));
}

Test(fairness, ranks_agree_with_the_definition, .timeout = 120)
{
    struct rng rng;
    rng_seed(&rng, 99);
    int64_t with_victims = 0;
    for (int h = 0; h < HISTORIES; h++) {
        struct small small = random_small(&rng);
        struct fair_view view = view_of(&small);
        struct fair_overtake *overtakes = NULL;
        size_t count = 0, expected = 0;
        bool unique = true;
        unsigned accepted = 0;
        cr_assert_eq(fair_ranks(&view, &overtakes, &count), 0);
        for (size_t i = 0; i < small.count; i++) {
            if (small.v[i].told != TOLD_YES)
                continue;
            accepted |= 1U << i;
            unique &= !shares_rank(&small, i);
            expected += overtaken_by(&small, i) > 0 || shares_rank(&small, i);
        }
        if (count != expected)
            show(&small, "ranks");
        cr_assert_eq(count, expected, "history %d: %zu victims, expected %zu", h, count, expected);
        for (size_t i = 0; i < count; i++) {
            const struct fair_overtake *o = &overtakes[i];
            cr_assert_eq(o->times, overtaken_by(&small, o->victim));
            if (o->same_rank)
                cr_assert(small.v[o->by].rank == small.v[o->victim].rank && o->by != o->victim);
            else
                cr_assert(small.v[o->by].released > small.v[o->victim].done &&
                          small.v[o->by].rank < small.v[o->victim].rank);
        }
        if (unique)
            cr_assert_eq(count == 0, ranks_linearise(&small, accepted));
        with_victims += count > 0;
        free(overtakes);
    }
    cr_expect_gt(with_victims, HISTORIES / 20);
    cr_expect_lt(with_victims, HISTORIES * 19 / 20);
}

Test(fairness, power_counts_every_ordered_pair)
{
    struct rng rng;
    rng_seed(&rng, 3);
    for (int h = 0; h < HISTORIES; h++) {
        struct small small = random_small(&rng);
        struct fair_view view = view_of(&small);
        int64_t ordered = -1, all = -1, expected = 0, decided = 0;
        cr_assert_eq(fair_power(&view, &ordered, &all), 0);
        for (size_t i = 0; i < small.count; i++) {
            decided += small.v[i].told != TOLD_NOTHING;
            for (size_t j = 0; j < small.count; j++)
                expected += small.v[i].told != TOLD_NOTHING && small.v[j].told != TOLD_NOTHING &&
                            small.v[i].done < small.v[j].released;
        }
        cr_assert_eq(ordered, expected);
        cr_assert_eq(all, decided * (decided - 1) / 2);
    }
}

/* ---- by hand ---- */

static struct fair_sellout judge(const struct small *small)
{
    struct fair_view view = view_of(small);
    struct fair_sellout sellout;
    fair_judge(&view, &sellout);
    return sellout;
}

Test(fairness, names_the_pair)
{
    const struct small small = {
        {{TOLD_YES, 1, 2, 1}, {TOLD_NO, 2, 4, 0}, {TOLD_YES, 5, 6, 2}}, 3, 2};
    struct fair_sellout sellout = judge(&small);
    cr_expect_eq(sellout.reason, FAIR_INVERTED);
    struct fair_view view = view_of(&small);
    cr_expect_eq(view.first_rejected, 1);
    cr_expect_eq(view.last_accepted, 2);
}

Test(fairness, a_release_at_the_very_end_of_a_rejection_is_concurrent)
{
    const struct small small = {{{TOLD_NO, 1, 4, 0}, {TOLD_YES, 4, 6, 1}}, 2, 1};
    cr_expect_eq(judge(&small).reason, FAIR_EXPLAINED);
}

Test(fairness, a_timeout_may_have_taken_the_slot_but_only_after_its_release)
{
    const struct small before = {{{TOLD_NOTHING, 1, 0, 0}, {TOLD_NO, 1, 4, 0}}, 2, 1};
    const struct small after = {{{TOLD_NOTHING, 5, 0, 0}, {TOLD_NO, 1, 4, 0}}, 2, 1};
    cr_expect_eq(judge(&before).reason, FAIR_EXPLAINED);
    cr_expect_eq(judge(&after).reason, FAIR_TOO_EARLY);
}
