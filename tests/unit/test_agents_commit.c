/* links: agents */
/* The commit point: nothing fires without `go`, everything that was not taken back fires, and what
 * was taken back in time fires nowhere that can still look. */
#include <criterion/criterion.h>

#include "agents/commit.h"
#include "base/rng.h"
#include "often.h"

enum { AGENTS = 4 };

/* A world of milliseconds: a store that may be away, and agents that look at it. */
struct world {
    struct rng rng;
    ns_t now, away_from, away_to, coordinator_ends;
    ns_t lost_at[AGENTS]; /* 0: never */
    ns_t go, margin;      /* in the store */
    ns_t abort_at;        /* when it was written; 0: never */
    bool staged[AGENTS], armed[AGENTS];
    struct commit_agent agents[AGENTS];
    struct commit_look looks[AGENTS];
    bool fired[AGENTS], left[AGENTS];
    struct commit_coordinator coordinator;
    enum commit_order last;
};

static bool is_away(const struct world *world)
{
    return world->now >= world->away_from && world->now < world->away_to;
}

static bool is_lost(const struct world *world, int i)
{
    return world->lost_at[i] && world->now >= world->lost_at[i];
}

static bool coordinates(const struct world *world)
{
    return !world->coordinator_ends || world->now < world->coordinator_ends;
}

static void step_agent(struct world *world, int i)
{
    struct commit_agent *agent = &world->agents[i];
    if (is_lost(world, i) || world->fired[i] || world->left[i])
        return;
    if (!is_away(world) && !rng_below(&world->rng, 10))
        world->looks[i] =
            (struct commit_look){.asked = world->now,
                                 /* A lease lives for a while longer than who holds it. */
                                 .coordinator = coordinates(world) ||
                                                world->now < world->coordinator_ends + 6 * NS_PER_S,
                                 .mine = true,
                                 .abort = world->abort_at != 0,
                                 .go = world->go,
                                 .margin = world->margin};
    if (!world->staged[i])
        return;
    switch (commit_agent_step(agent, &world->looks[i], world->now, 0, false)) {
    case COMMIT_WAIT:
        break;
    case COMMIT_ARM:
        world->armed[i] = !is_away(world);
        break;
    case COMMIT_FIRE:
        world->fired[i] = true;
        break;
    case COMMIT_LEAVE:
        world->left[i] = true;
        break;
    }
}

static void step_coordinator(struct world *world)
{
    struct commit_facts facts = {
        .now = world->now, .size = AGENTS, .round_trip = NS_PER_MS, .deadline = 20 * NS_PER_S};
    for (int i = 0; i < AGENTS; i++) {
        facts.staged += world->staged[i];
        facts.armed += world->armed[i];
        facts.lost |= is_lost(world, i) && world->now > world->lost_at[i] + 2 * NS_PER_S;
    }
    if (!coordinates(world))
        return;
    world->last = commit_coordinator_step(&world->coordinator, &facts);
    if (world->last == COMMIT_GIVE_UP)
        world->coordinator_ends = world->now; /* it says why, and goes */
    if (world->last == COMMIT_SET_GO && !is_away(world)) {
        world->go = world->coordinator.go;
        world->margin = world->coordinator.margin;
        commit_coordinator_set(&world->coordinator);
    }
    if (world->last == COMMIT_SET_ABORT && !is_away(world)) {
        world->abort_at = world->now;
        commit_coordinator_aborted(&world->coordinator, world->now);
    }
}

static void run(struct world *world, ns_t until)
{
    for (; world->now < until; world->now += NS_PER_MS) {
        for (int i = 0; i < AGENTS; i++) {
            if (!world->staged[i] && !is_lost(world, i) && !is_away(world) &&
                world->now >= NS_PER_S + i * 300 * NS_PER_MS) {
                world->staged[i] = true;
                commit_agent_begin(&world->agents[i], world->now);
            }
            step_agent(world, i);
        }
        step_coordinator(world);
    }
}

static int count(const bool *v)
{
    int sum = 0;
    for (int i = 0; i < AGENTS; i++)
        sum += v[i];
    return sum;
}

Test(agents_commit, when_all_is_well_all_fire)
{
    struct world world = {.now = NS_PER_S};
    rng_seed(&world.rng, 1);
    run(&world, 10 * NS_PER_S);
    cr_expect_eq(count(world.fired), AGENTS);
    cr_expect_eq(world.last, COMMIT_RELEASED);
    cr_expect(world.coordinator.set && !world.coordinator.aborting);
}

Test(agents_commit, who_is_lost_before_it_staged_keeps_all_from_firing)
{
    struct world world = {.now = NS_PER_S, .lost_at = {[3] = 1500 * NS_PER_MS}};
    rng_seed(&world.rng, 2);
    run(&world, 60 * NS_PER_S);
    cr_expect_eq(count(world.fired), 0);
    cr_expect_eq(world.last, COMMIT_GIVE_UP);
    cr_expect_eq(world.coordinator.fault, COMMIT_LOST);
    cr_expect_eq(world.go, 0);
}

Test(agents_commit, a_dead_coordinator_fires_nothing_that_has_no_go)
{
    struct world world = {.now = NS_PER_S, .coordinator_ends = 1700 * NS_PER_MS};
    rng_seed(&world.rng, 3);
    run(&world, 30 * NS_PER_S);
    cr_expect_eq(count(world.fired), 0);
    cr_expect_eq(count(world.left), AGENTS, "and they leave");
    for (int i = 0; i < AGENTS; i++)
        cr_expect_eq(world.agents[i].why, COMMIT_ORPHANED);
}

Test(agents_commit, with_go_they_fire_also_when_everything_else_is_gone)
{
    struct world world = {.now = NS_PER_S,
                          .coordinator_ends = 2700 * NS_PER_MS,
                          .away_from = 2700 * NS_PER_MS,
                          .away_to = 30 * NS_PER_S};
    rng_seed(&world.rng, 4);
    run(&world, 30 * NS_PER_S);
    cr_expect_eq(count(world.fired), AGENTS);
}

Test(agents_commit, without_the_store_who_has_no_go_leaves)
{
    struct world world = {.now = NS_PER_S, .away_from = 1850 * NS_PER_MS, .away_to = 60 * NS_PER_S};
    rng_seed(&world.rng, 5);
    run(&world, 30 * NS_PER_S);
    cr_expect_eq(count(world.fired), 0);
    for (int i = 0; i < AGENTS; i++)
        cr_expect(!world.staged[i] || world.agents[i].why == COMMIT_CUT_OFF);
}

/* Whatever goes wrong and whenever: the promises. */
Test(agents_commit, ten_thousand_troubles)
{
    int partial = 0, all = 0, none = 0;
    for (uint64_t seed = 0; seed < (uint64_t)often(10000); seed++) {
        struct world world = {.now = NS_PER_S};
        rng_seed(&world.rng, seed);
        if (rng_below(&world.rng, 2)) {
            world.away_from = rng_between(&world.rng, NS_PER_S, 4 * NS_PER_S);
            world.away_to = world.away_from + rng_between(&world.rng, 0, 3 * NS_PER_S);
        }
        if (rng_below(&world.rng, 2))
            world.lost_at[rng_below(&world.rng, AGENTS)] =
                rng_between(&world.rng, NS_PER_S, 4 * NS_PER_S);
        if (rng_below(&world.rng, 2))
            world.coordinator_ends = rng_between(&world.rng, NS_PER_S, 4 * NS_PER_S);
        run(&world, 30 * NS_PER_S);
        int fired = count(world.fired);
        cr_assert(!fired || world.go, "seed %llu: fired without a go", (unsigned long long)seed);
        if (world.coordinator.aborted && world.away_to <= world.abort_at)
            cr_assert_eq(fired, 0, "seed %llu: fired what was taken back",
                         (unsigned long long)seed);
        for (int i = 0; i < AGENTS; i++)
            cr_assert(is_lost(&world, i) || !world.staged[i] || world.fired[i] || world.left[i],
                      "seed %llu: agent %d waits for ever", (unsigned long long)seed, i);
        partial += fired && fired < AGENTS;
        all += fired == AGENTS;
        none += !fired;
    }
    cr_expect(partial && all && none, "%d %d %d", partial, all, none);
}

Test(agents_commit, a_blurred_clock_is_given_up_before_anything_fires)
{
    struct commit_coordinator state = {0};
    const struct commit_facts facts = {.now = NS_PER_S,
                                       .size = 2,
                                       .staged = 2,
                                       .bound = 6 * NS_PER_MS,
                                       .bound_most = 5 * NS_PER_MS,
                                       .deadline = 20 * NS_PER_S};
    cr_expect_eq(commit_coordinator_step(&state, &facts), COMMIT_GIVE_UP);
    cr_expect_eq(state.fault, COMMIT_BLUR);
}

Test(agents_commit, the_instant_is_twenty_slow_round_trips_ahead)
{
    struct commit_coordinator state = {0};
    struct commit_facts facts = {.now = NS_PER_S,
                                 .size = 2,
                                 .staged = 2,
                                 .round_trip = 200 * NS_PER_MS,
                                 .deadline = 20 * NS_PER_S};
    cr_expect_eq(commit_coordinator_step(&state, &facts), COMMIT_SET_GO);
    cr_expect_eq(state.go, NS_PER_S + 4 * NS_PER_S);
    state = (struct commit_coordinator){0};
    facts.round_trip = NS_PER_MS;
    cr_expect_eq(commit_coordinator_step(&state, &facts), COMMIT_SET_GO);
    cr_expect_eq(state.go, 2 * NS_PER_S);
}

Test(agents_commit, who_sees_it_too_late_does_not_fire)
{
    struct commit_agent agent;
    commit_agent_begin(&agent, NS_PER_S);
    const struct commit_look look = {.asked = 3 * NS_PER_S,
                                     .coordinator = true,
                                     .mine = true,
                                     .go = 2 * NS_PER_S,
                                     .margin = 250 * NS_PER_MS};
    cr_expect_eq(commit_agent_step(&agent, &look, 3 * NS_PER_S, 0, false), COMMIT_LEAVE);
    cr_expect_eq(agent.why, COMMIT_LATE);
}

Test(agents_commit, a_second_of_one_rank_leaves)
{
    struct commit_agent agent;
    commit_agent_begin(&agent, NS_PER_S);
    const struct commit_look look = {.asked = 2 * NS_PER_S, .coordinator = true};
    cr_expect_eq(commit_agent_step(&agent, &look, 2 * NS_PER_S, 0, false), COMMIT_LEAVE);
    cr_expect_eq(agent.why, COMMIT_SUPERSEDED);
    cr_expect_str_eq(commit_why_text(agent.why), "another agent has its rank");
}
