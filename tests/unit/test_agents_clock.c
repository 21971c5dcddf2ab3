/* links: agents */
/* How clocks stand to each other: whatever the delays are, the truth is within the bound. */
#include <criterion/criterion.h>

#include "agents/offset.h"
#include "base/rng.h"

/* A clock that is ahead by `ahead` at 0 and gains so many ppm; and the way of a question. */
struct world {
    ns_t ahead;
    int64_t ppm;
    ns_t there_least, there_most, back_least, back_most;
};

static ns_t other_clock(const struct world *world, ns_t own)
{
    return own + world->ahead + own / 1000000 * world->ppm;
}

static struct offset_question ask(const struct world *world, struct rng *rng, ns_t now)
{
    ns_t there = rng_between(rng, world->there_least, world->there_most);
    ns_t back = rng_between(rng, world->back_least, world->back_most);
    ns_t said = other_clock(world, now + there);
    return (struct offset_question){now, now + there + back, said - said % OFFSET_TICK};
}

static void add_points(const struct world *world, struct rng *rng, ns_t from, ns_t to,
                       struct offsets *offsets)
{
    struct err err;
    for (ns_t at = from; at < to; at += 100 * NS_PER_MS) {
        struct offset_question v[8];
        for (int i = 0; i < 8; i++)
            v[i] = ask(world, rng, at + i * NS_PER_MS);
        struct offset_point point = offset_best(v, 8);
        cr_assert_eq(offsets_add(offsets, &point, &err), 0);
    }
}

static const struct world worlds[] = {
    {5 * NS_PER_S, 0, 20000, 60000, 20000, 60000},
    {-5 * NS_PER_S, 200, 20000, 60000, 20000, 60000},
    {INT64_C(1790000000) * NS_PER_S, -200, 20000, 60000, 20000, 60000},
    {123456789, 0, 1000000, 1000000, 20000, 20000},         /* one way is far longer */
    {0, 200, 50000, 30 * NS_PER_MS, 50000, 30 * NS_PER_MS}, /* jitter */
};

Test(agents_clock, the_truth_is_within_the_bound)
{
    struct rng rng;
    rng_seed(&rng, 1);
    for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++) {
        const struct world *world = &worlds[w];
        struct offsets offsets = {0};
        add_points(world, &rng, NS_PER_S, 4 * NS_PER_S, &offsets);
        for (int i = 0; i < 1000; i++) {
            ns_t own = rng_between(&rng, NS_PER_S, 4 * NS_PER_S);
            struct offset_point point = offsets_at(&offsets, own);
            ns_t wrong = own + point.offset - other_clock(world, own);
            cr_assert(wrong <= point.bound && -wrong <= point.bound,
                      "world %zu: off by %lld, bound %lld", w, (long long)wrong,
                      (long long)point.bound);
            cr_assert(offsets_bound(&offsets, NS_PER_S, 4 * NS_PER_S) >= point.bound);
        }
        offsets_free(&offsets);
    }
}

Test(agents_clock, without_delay_the_bound_is_half_a_round_trip)
{
    struct rng rng;
    rng_seed(&rng, 2);
    struct offsets offsets = {0};
    const struct world near = {NS_PER_S, 10, 20000, 60000, 20000, 60000};
    add_points(&near, &rng, NS_PER_S, 3 * NS_PER_S, &offsets);
    cr_expect(offsets_bound(&offsets, NS_PER_S, 2 * NS_PER_S) < 100 * NS_PER_US);
    offsets_free(&offsets);
}

/* Each question was held up on one of its ways, so that the best alone knows 0.5 ms, and all
 * together what the ways are at least. */
Test(agents_clock, the_shortest_ways_of_several_questions_count_together)
{
    const ns_t ahead = 3 * NS_PER_S, at = NS_PER_S, step = 2 * NS_PER_MS;
    struct offset_question v[2] = {
        {at, at + 1000000, at + ahead + 50000},
        {at + step, at + step + 1000000, at + step + ahead + 950000},
    };
    struct offset_point both = offset_best(v, 2), one = offset_best(v, 1);
    cr_expect_geq(one.bound, 500000);
    cr_expect_leq(both.bound, 54000, "%lld", (long long)both.bound);
    ns_t wrong = both.offset - ahead;
    cr_expect(wrong <= both.bound && -wrong <= both.bound);
    v[1].there += NS_PER_S; /* and a clock that was set in between is not averaged away */
    cr_expect_eq(offset_best(v, 2).offset, one.offset);
    cr_expect_eq(offset_best(v, 2).bound, one.bound);
}

Test(agents_clock, there_and_back_is_the_same_instant)
{
    struct rng rng;
    rng_seed(&rng, 3);
    struct offsets offsets = {0};
    const struct world world = {-7 * NS_PER_S, 200, 20000, 60000, 20000, 60000};
    add_points(&world, &rng, NS_PER_S, 4 * NS_PER_S, &offsets);
    ns_t before = INT64_MIN;
    size_t near[2] = {0};
    for (ns_t own = NS_PER_S; own < 4 * NS_PER_S; own += 1234567) {
        ns_t there = offsets_there(&offsets, own, &near[0]);
        ns_t back = offsets_here(&offsets, there, &near[1]);
        cr_assert(back - own <= 2 && own - back <= 2, "%lld", (long long)(back - own));
        cr_assert(there > before, "orders stay");
        before = there;
    }
    cr_expect_eq(offsets_there(&offsets, 0, &near[0]), 0, "never stays never");
    cr_expect_eq(offsets_here(&offsets, 0, &near[1]), 0);
    offsets_free(&offsets);
}

Test(agents_clock, a_gap_makes_the_bound_wider)
{
    struct offsets offsets = {0};
    struct err err;
    const struct offset_point points[] = {{NS_PER_S, 100, 50000}, {3 * NS_PER_S, 100, 50000}};
    for (int i = 0; i < 2; i++)
        cr_assert_eq(offsets_add(&offsets, &points[i], &err), 0);
    ns_t middle = offsets_at(&offsets, 2 * NS_PER_S).bound;
    cr_expect_eq(middle, 50000 + NS_PER_S / 1000000 * OFFSET_STRAY_PPM);
    cr_expect(offsets_at(&offsets, 4 * NS_PER_S).bound > middle, "outside even more");
    cr_expect_eq(offsets_at(&(struct offsets){0}, 5).bound, OFFSET_NO_BOUND);
    offsets_free(&offsets);
}

/* One question in ten was held up; the others know how the clock was then. */
Test(agents_clock, who_was_held_up_while_he_asked_makes_nothing_wider)
{
    struct offsets offsets = {0};
    struct err err;
    for (int i = 0; i < 21; i++) {
        ns_t at = NS_PER_S + i * 100 * NS_PER_MS;
        bool late = i % 10 == 5 || i == 6;
        struct offset_point point = {at, late ? 900000 : 1000, late ? NS_PER_MS + i : 50000};
        if (i == 18) /* what no bound explains stays */
            point = (struct offset_point){at, 20 * NS_PER_MS, NS_PER_MS};
        cr_assert_eq(offsets_add(&offsets, &point, &err), 0);
    }
    cr_expect_geq(offsets_bound(&offsets, NS_PER_S, 2500 * NS_PER_MS), NS_PER_MS);
    offsets_thin(&offsets);
    cr_expect_eq(offsets.count, 18);
    cr_expect_leq(offsets_bound(&offsets, NS_PER_S, 2500 * NS_PER_MS), 65000);
    cr_expect_eq(offsets.v[15].offset, 20 * NS_PER_MS);
    offsets_free(&offsets);
    offsets_thin(&offsets);
    cr_expect_eq(offsets.count, 0);
}

Test(agents_clock, a_clock_that_was_set_is_noticed)
{
    struct offsets offsets = {0};
    struct err err;
    ns_t by = 0;
    for (int i = 0; i < 20; i++) {
        ns_t at = NS_PER_S + i * 100 * NS_PER_MS;
        struct offset_point point = {at, i < 10 ? 0 : 20 * NS_PER_MS, 50000};
        cr_assert_eq(offsets_add(&offsets, &point, &err), 0);
    }
    cr_expect(offsets_stepped(&offsets, NS_PER_S, 3 * NS_PER_S, &by));
    cr_expect_eq(by, 20 * NS_PER_MS);
    cr_expect_not(offsets_stepped(&offsets, NS_PER_S, NS_PER_S + 500 * NS_PER_MS, &by),
                  "not before");
    cr_expect_not(offsets_stepped(&offsets, 2500 * NS_PER_MS, 3 * NS_PER_S, &by), "nor after");
    offsets_free(&offsets);
}
