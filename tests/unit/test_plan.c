/* links: explore */
#include <criterion/criterion.h>

#include "explore/plan.h"

Test(plan, the_limit_is_small_only_where_the_service_gets_it_and_there_is_an_edge)
{
    static char *run[] = {"shop", "--limit=${limit}"};
    static struct spec_process process = {.name = "shop", .run = run, .run_count = 2};
    struct spec_phase load = {.kind = LOAD_BURST, .burst.requests = 1000};
    struct scenario scenario = {.limit = 100,
                                .request.url = "http://x",
                                .users.repeat = 1,
                                .processes = &process,
                                .processes_count = 1,
                                .load = &load,
                                .load_count = 1};
    cr_expect_eq(plan_limit(&scenario), PLAN_LIMIT);
    run[1] = "--limit=100";
    cr_expect_eq(plan_limit(&scenario), 100);
    struct spec_setup setup = {.postgres = "UPDATE sale SET stock = ${limit}"};
    scenario.setup = &setup;
    scenario.setup_count = 1;
    cr_expect_eq(plan_limit(&scenario), PLAN_LIMIT, "what is in its store is the service's limit");
    setup.postgres = "UPDATE sale SET stock = 100";
    cr_expect_eq(plan_limit(&scenario), 100);
    run[1] = "--limit=${limit}";
    scenario.users.repeat = 10; /* by a hundred users */
    cr_expect_eq(plan_limit(&scenario), 100);
    cr_expect_eq(plan_users(&scenario), 100);
}

/* With one place left a second copy of a request finds nothing to take, and shows nothing. */
Test(plan, copies_of_a_request_need_room_for_two)
{
    static char *run[] = {"shop", "--limit=${limit}"};
    static struct spec_process process = {.name = "shop", .run = run, .run_count = 2};
    struct spec_phase load = {.kind = LOAD_BURST, .burst.requests = 5};
    struct scenario scenario = {.limit = 1,
                                .request.url = "http://x",
                                .users.repeat = 1,
                                .processes = &process,
                                .processes_count = 1,
                                .load = &load,
                                .load_count = 1};
    cr_expect_eq(plan_limit(&scenario), 1);
    scenario.users.repeat = 5;
    cr_expect_eq(plan_limit(&scenario), PLAN_LIMIT);
    run[1] = "--limit=1";
    cr_expect_eq(plan_limit(&scenario), 1, "the service has it from elsewhere");
}

Test(plan, what_is_held_and_who_is_killed)
{
    static char *names[] = {"latency", "sql", "lost"};
    static struct spec_expect expects[3];
    static const char *const answers[] = {"GET session", "GET stock"};
    struct spec_phase load = {.kind = LOAD_BURST, .burst.requests = 100};
    struct scenario scenario = {.limit = 3,
                                .users.repeat = 1,
                                .load = &load,
                                .load_count = 1,
                                .expect = expects,
                                .expect_count = 3};
    static struct plan plan;
    for (int i = 0; i < 3; i++)
        expects[i].check = names[i];
    plan_make(&scenario, 3, PLAN_EDGE, 5, &plan);
    cr_expect_null(plan.scenario.hold);
    cr_expect_eq(plan.scenario.expect_count, 2, "a value that is written down is another load's");
    plan_hold(&plan, answers, 2, 800 * NS_PER_MS);
    cr_expect_eq(plan.scenario.hold->answers_count, 2);
    cr_expect_str_eq(plan.scenario.hold->answers[1], "GET stock");
    cr_expect_eq(plan.scenario.hold->together, 5);
    cr_expect_geq(plan.scenario.hold->budget, 800 * NS_PER_MS);
    plan_crash(&plan, "apply");
    cr_assert_eq(plan.scenario.faults_count, 1);
    cr_expect_eq(plan.scenario.faults[0].when, WHEN_HELD);
    cr_expect_gt(plan.scenario.hold->together, 5, "nothing is let go before the process is killed");
    cr_assert_eq(plan.scenario.load_count, 3);
    cr_expect_eq(plan.scenario.load[2].kind, LOAD_RETRY);
}

Test(plan, nobody_asks_who_would_not_by_the_scenarios_own_load)
{
    struct spec_phase load = {.kind = LOAD_BURST, .burst.requests = 100};
    struct scenario scenario = {
        .limit = 100, .users.repeat = 10, .load = &load, .load_count = 1, .faults_count = 3};
    struct plan plan;
    plan_make(&scenario, 100, PLAN_TRACE, 0, &plan);
    cr_assert_eq(plan.scenario.load_count, 3);
    cr_expect_eq(plan.single, 0);
    cr_expect_eq(plan.scenario.load[2].closed.requests, 10, "one user, ten times");
    cr_expect_eq(plan.scenario.faults_count, 0);
    scenario.limit = 5; /* ten users and five places */
    plan_make(&scenario, 5, PLAN_TRACE, 0, &plan);
    cr_assert_eq(plan.scenario.load_count, 1 + PLAN_LIMIT + PLAN_NO);
    cr_expect_eq(plan.single, 1);
    cr_expect_eq(plan.scenario.load[0].closed.requests, 20, "two of five before");
    plan_make(&scenario, 5, PLAN_EDGE, 20, &plan);
    cr_assert_eq(plan.scenario.load_count, 2);
    cr_expect_eq(plan.scenario.load[0].closed.requests, 40);
    cr_expect_eq(plan.scenario.load[0].closed.connections, 1);
    cr_expect_eq(plan.scenario.load[1].burst.requests, 20);
    plan_make(&scenario, 1, PLAN_EDGE, 5, &plan);
    cr_expect_eq(plan.scenario.load_count, 1, "the last place is the first");
}
