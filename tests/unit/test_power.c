/* links: model */
/* Which race a clean burst would have shown: by the slower of releases and answers, of those who
 * were told yes or no. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "model/power.h"

enum { REQUESTS = 1000, ROOM = 3 * REQUESTS };

struct burst {
    int64_t accepted, rejected; /* the rest of REQUESTS is unknown */
    ns_t releases, answers;     /* from the first to the last of them */
};

static void add(struct history *history, const struct burst *burst, int phase, ns_t from)
{
    for (int64_t i = 0; i < REQUESTS; i++) {
        bool yes = i < burst->accepted, no = !yes && i < burst->accepted + burst->rejected;
        ns_t released = from + burst->releases * i / (REQUESTS - 1);
        history->v[history->count++] =
            (struct request){.user = i,
                             .phase = (uint8_t)phase,
                             .released = released,
                             .done = from + NS_PER_S + burst->answers * i / (REQUESTS - 1),
                             .cls = yes  ? CLASS_ACCEPTED
                                    : no ? CLASS_REJECTED
                                         : CLASS_UNKNOWN};
    }
}

static struct power power_of_bursts(int64_t limit, const struct burst *bursts, unsigned count,
                                    bool are_bursts)
{
    static struct run run;
    static struct scenario scenario;
    struct spec_phase phases[3] = {0};
    struct power power;
    run_init(&run);
    cr_assert_eq(history_init(&run.history, ROOM, NULL), 0);
    for (unsigned i = 0; i < count; i++) {
        phases[i].kind = are_bursts ? LOAD_BURST : LOAD_WAVES;
        add(&run.history, &bursts[i], (int)i, 1 + i * 10 * NS_PER_S);
    }
    scenario = (struct scenario){.limit = limit, .load = phases, .load_count = count};
    run.scenario = &scenario;
    cr_assert_eq(tally_make(&run.history, TALLY_ALL_PHASES, &run.tally, NULL), 0);
    power_of(&run, &power);
    history_free(&run.history);
    return power;
}

#define MS       NS_PER_MS
#define ONE(...) power_of_bursts(100, &(struct burst){__VA_ARGS__}, 1, true)

Test(power, the_slower_of_releases_and_answers_counts)
{
    struct power quick = ONE(100, 900, 10 * MS, 5 * MS), slow = ONE(100, 900, 10 * MS, 50 * MS),
                 frozen = ONE(100, 900, 0, 50 * MS);
    cr_expect_eq(quick.kind, POWER_STATED);
    /* 9 ms hold 900 of them: 10 us each, and 4.6 times that. */
    cr_expect_leq(llabs(quick.window - 46052), 60, "%lld", (long long)quick.window);
    cr_expect_leq(llabs(slow.window - 5 * 46052), 300, "%lld", (long long)slow.window);
    cr_expect_eq(frozen.window, slow.window);
}

Test(power, only_those_who_were_told_yes_or_no_count)
{
    struct power half = ONE(100, 400, 10 * MS, 5 * MS);
    cr_expect_eq(half.decided, 500);
    cr_expect_leq(llabs(half.window - 46052), 120, "the same rate in half the span: %lld",
                  (long long)half.window);
    cr_expect_eq(ONE(0, 0, 10 * MS, 5 * MS).kind, POWER_UNDECIDED);
}

Test(power, without_a_race_nothing_is_stated)
{
    cr_expect_eq(ONE(100, 0, 10 * MS, 5 * MS).kind, POWER_NO_RACE, "no more than may win");
    cr_expect_eq(ONE(60, 900, 10 * MS, 5 * MS).kind, POWER_NOT_SOLD, "the limit was never reached");
    cr_expect_eq(ONE(0, 1000, 10 * MS, 5 * MS).kind, POWER_NOT_SOLD, "nobody won");
    struct burst waves = {100, 900, 10 * MS, 5 * MS};
    cr_expect_eq(power_of_bursts(100, &waves, 1, false).kind, POWER_NO_BURST);
}

/* The stamps of a burst that opens its connections are those of the connects. */
Test(power, of_connects_nothing_is_stated)
{
    const struct burst burst = {100, 900, 10 * MS, 5 * MS};
    static struct run run;
    struct spec_phase phase = {.kind = LOAD_BURST};
    const struct scenario scenario = {.limit = 100, .load = &phase, .load_count = 1};
    struct power power;
    run_init(&run);
    cr_assert_eq(history_init(&run.history, ROOM, NULL), 0);
    add(&run.history, &burst, 0, 1);
    run.scenario = &scenario;
    cr_assert_eq(tally_make(&run.history, TALLY_ALL_PHASES, &run.tally, NULL), 0);
    snprintf(run.load[0].gate, sizeof run.load[0].gate, "cold");
    power_of(&run, &power);
    cr_expect_eq(power.kind, POWER_COLD);
    cr_expect_eq(power.window, 0);
    history_free(&run.history);
}

Test(power, the_burst_in_which_the_limit_is_reached_is_the_one_that_counts)
{
    struct burst bursts[] = {
        {60, 0, 1 * MS, 1 * MS}, {40, 960, 20 * MS, 5 * MS}, {0, 1000, 1 * MS, 1 * MS}};
    struct power power = power_of_bursts(100, bursts, 3, true);
    cr_expect_eq(power.kind, POWER_STATED);
    cr_expect_leq(llabs(power.window - 2 * 46052), 120, "%lld", (long long)power.window);
}

Test(power, is_told_with_its_condition)
{
    char text[256];
    struct power power = {.kind = POWER_STATED, .window = 150 * NS_PER_US};
    cr_expect_str_eq(power_describe(&power, text, sizeof text),
                     "a check-then-act window of 150 us or more would have shown with 95 % "
                     "probability, if the service works on them as they arrive");
    power = (struct power){.kind = POWER_NO_BURST};
    cr_expect_str_eq(power_describe(&power, text, sizeof text), "");
}
