/* links: model verify */
/* The linear and log-linear fairness algorithms against exhaustive search: every order of effects
 * that real time allows, every sell-out instant, every matching, on random small histories. */
#include "fair_small.h"

/* ---- exhaustive: does any order of effects make this a first-come-first-served counter? ---- */

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
    int64_t fair = 0, reasons[FAIR_DOUBLED + 1] = {0};
    for (int h = 0; h < HISTORIES; h++) {
        struct small small = random_small(&rng);
        struct fair_view view = view_of(&small);
        struct fair_sellout sellout;
        cr_assert_eq(fair_judge(&view, &sellout), 0);
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
    cr_assert_eq(fair_judge(&view, &sellout), 0);
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
