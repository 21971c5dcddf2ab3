/* links: model verify */
/* Ranks: the log-linear walk against the definition, on random small histories. */
#include "fair_small.h"

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

/* Is the rank no place, however ranks are counted? Where both 0 and the limit were told, those that
 * fewer were told are none. */
static bool is_beyond(const struct small *small, int64_t rank)
{
    size_t firsts = 0, lasts = 0;
    for (size_t i = 0; i < small->count; i++) {
        firsts += small->v[i].told == TOLD_YES && small->v[i].rank == 0;
        lasts += small->v[i].told == TOLD_YES && small->v[i].rank == small->limit;
    }
    bool from_0 = rank >= 0 && rank < small->limit, from_1 = rank >= 1 && rank <= small->limit;
    if (!firsts || !lasts)
        return !from_0 && !from_1;
    return firsts <= lasts ? !from_1 : !from_0;
}

/* Of the users with one rank at most one may keep it, and only one whom nobody overtook. */
static size_t count_wrong(const struct small *small)
{
    size_t wrong = 0;
    for (int64_t rank = -1; rank <= MOST + 1; rank++) {
        size_t told = 0, overtaken = 0;
        for (size_t i = 0; i < small->count; i++) {
            bool here = small->v[i].told == TOLD_YES && small->v[i].rank == rank;
            told += here;
            overtaken += here && overtaken_by(small, i);
        }
        bool keeps = told > overtaken && !is_beyond(small, rank);
        wrong += told - keeps;
    }
    return wrong;
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

static void check_overtake(const struct small *small, const struct fair_overtake *o)
{
    const struct asked_by *victim = &small->v[o->victim], *by = &small->v[o->by];
    switch (o->wrong) {
    case RANK_BEYOND:
        cr_assert(is_beyond(small, victim->rank));
        break;
    case RANK_SHARED:
        cr_assert(by->rank == victim->rank && o->by != o->victim);
        cr_assert(!overtaken_by(small, o->by) && !overtaken_by(small, o->victim));
        break;
    case RANK_OVERTAKEN:
        cr_assert_eq(o->times, overtaken_by(small, o->victim));
        cr_assert(by->released > victim->done && by->rank < victim->rank);
        break;
    }
}

static size_t wrong_ranks(const struct small *small)
{
    struct fair_view view = view_of(small);
    struct fair_overtakes overtakes = {0};
    cr_assert_eq(fair_ranks(&view, &overtakes), 0);
    for (size_t i = 0; i < overtakes.count; i++)
        check_overtake(small, &overtakes.v[i]);
    cr_assert_leq(overtakes.certain, overtakes.count);
    free(overtakes.v);
    return overtakes.count;
}

Test(fairness_ranks, agree_with_the_definition, .timeout = 120)
{
    struct rng rng;
    rng_seed(&rng, 99);
    int64_t with_victims = 0;
    for (int h = 0; h < HISTORIES; h++) {
        struct small small = random_small(&rng);
        if (rng_below(&rng, 2))
            small.limit = MOST;
        size_t expected = count_wrong(&small), count = wrong_ranks(&small);
        if (count != expected)
            show(&small, "ranks");
        cr_assert_eq(count, expected, "history %d: %zu victims, expected %zu", h, count, expected);
        unsigned accepted = 0;
        for (size_t i = 0; i < small.count; i++)
            accepted |= small.v[i].told == TOLD_YES ? 1U << i : 0;
        if (!count)
            cr_assert(ranks_linearise(&small, accepted));
        with_victims += count > 0;
        /* The order of the records says nothing about the service. */
        struct asked_by moved = small.v[0];
        memmove(&small.v[0], &small.v[1], (small.count - 1) * sizeof moved);
        small.v[small.count - 1] = moved;
        cr_assert_eq(wrong_ranks(&small), expected);
    }
    cr_expect_gt(with_victims, HISTORIES / 20);
    cr_expect_lt(with_victims, HISTORIES * 19 / 20);
}
