/* links: model verify */
/* Races of whole runs: what else the run knows, what is no race, and how long it takes. */
#include "trace_story.h"
#include "verify/race.h"

#define COUNT    "select count(*) from coupon"
#define INSERT   "insert into coupon (user_id) values (?)"
#define MAX      "select max(n) from coupon"
#define NUMBERED "insert into coupon (user_id, n) values (?..)"
#define HELD     TRACE_HELD

/* Single requests have told that nobody comes to it who is told no. */
Test(race_runs, what_comes_late_by_the_single_requests_has_not_decided)
{
    const struct small_run text = {1, "A5@1-9 A6@1-9", .rows = "5 6", .curve = "0 2"};
    const struct told told[] = {
        {1.1, 1.5, 1, 'r', COUNT, "", "0"},   {1.2, 1.6, 2, 'r', COUNT, "", "0"},
        {2, 3, 1, 'r', MAX, "", "17", HELD},  {2.1, 3.1, 2, 'r', MAX, "", "17", HELD},
        {5, 6, 1, 'w', NUMBERED, "5 18", ""}, {5.1, 6.1, 2, 'w', NUMBERED, "6 18", ""}};
    struct small *small = small_new(&text);
    trace_told(&small->run.trace, told, 6);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_str_eq(small->run.trace.shapes[small->run.race.read].text, MAX);
    small->run.trace.shapes[small->run.race.read].late = true;
    cr_assert_eq(race_explain(&small->run, NULL), 0);
    cr_expect_str_eq(small->run.trace.shapes[small->run.race.read].text, COUNT);
    cr_expect_null(strstr(small->run.race.said[1], "cannot be told"), "%s",
                   small->run.race.said[1]);
    small_free(small);
}

/* What the run itself has done to the service belongs to the story. */
Test(race_runs, faults_are_named)
{
    const struct small_run text = {1, "A5@1-9 A6@1-9", .rows = "5 6", .curve = "0 2"};
    const struct told told[] = {{2, 3, 1, 'r', COUNT, "", "0"},
                                {2.1, 3, 2, 'r', COUNT, "", "0"},
                                {4, 5, 1, 'w', INSERT, "5", ""},
                                {4.1, 5, 2, 'w', INSERT, "6", ""}};
    struct small *small = small_new(&text);
    trace_told(&small->run.trace, told, 4);
    struct spec_fault fault = {.target = (char *)(uintptr_t) "apply", .action = FAULT_KILL};
    small->scenario.faults = &fault;
    small->scenario.faults_count = 1;
    run_event_add(&small->run, SMALL_ORIGIN, "warm-up: 3 of 3 answered");
    run_event_add(&small->run, SMALL_ORIGIN + 12 * NS_PER_MS, "kill apply");
    run_event_add(&small->run, SMALL_ORIGIN + 30 * NS_PER_MS, "restart apply");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const char *said = strstr(small->run.race.said[1], "; faults");
    cr_assert(said, "%s", small->run.race.said[1]);
    cr_expect_str_eq(said,
                     "; faults were active: kill apply after 12 ms, restart apply after 30 ms");
    small_free(small);
}

/* A place that a user of the run happens to name is no proof: a constant, or a limit. */
Test(race_runs, a_constant_is_no_user)
{
    const struct small_run text = {1, "A5@1-9 A6@1-9 R7@1-9", .rows = "5 6", .curve = "0 2"};
    const struct told told[] = {{2, 3, 1, 'r', "select n from t where event = ?", "7", "0"},
                                {2, 3, 2, 'r', "select n from t where event = ?", "7", "0"},
                                {2, 3, 3, 'r', "select n from t where event = ?", "7", "0"}};
    struct small *small = small_new(&text);
    trace_told(&small->run.trace, told, 3);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    for (int i = 0; i < 3; i++)
        cr_expect_neq(small->run.trace.v[i].how, OWNER_SEEN);
    small_free(small);
}

Test(race_runs, a_run_that_passes_has_none)
{
    struct small *small = small_new(&small_right);
    const struct told told[] = {{1.1, 1.2, 1, 'r', COUNT, "", "0"},
                                {1.3, 1.4, 1, 'w', INSERT, "1", ""}};
    trace_told(&small->run.trace, told, 2);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_not(small->run.race.found);
    cr_expect_eq(small->run.trace.v[1].how, OWNER_SEEN);
    small_free(small);
}

/* A hundred thousand statements are told apart in well under the time that a page may take. */
Test(race_runs, much_is_told_too)
{
    enum { REQUESTS = 20000 };
    const struct small_run text = {1, "A1", .rows = "1", .curve = "0 1"};
    struct small *small = small_new(&text);
    struct run *run = &small->run;
    history_free(&run->history);
    cr_assert_eq(history_init(&run->history, REQUESTS, NULL), 0);
    run->history.origin = SMALL_ORIGIN;
    run->history.count = REQUESTS;
    for (uint32_t i = 0; i < REQUESTS; i++) {
        run->history.v[i] = (struct request){.user = (int64_t)i + 1000000,
                                             .seq = i,
                                             .cls = CLASS_ACCEPTED,
                                             .attempt = 1,
                                             .planned = SMALL_ORIGIN + 1,
                                             .released = SMALL_ORIGIN + 1,
                                             .done = SMALL_ORIGIN + NS_PER_S};
        char user[16];
        snprintf(user, sizeof user, "%u", i + 1000000);
        const struct told told[] = {{2 + i / 1e4, 3 + i / 1e4, 1 + i % 10, 'r', COUNT, "", "0"},
                                    {4 + i / 1e4, 5 + i / 1e4, 1 + i % 10, 'w', INSERT, user, ""}};
        trace_told(&run->trace, told, 2);
        run->trace.v[i * 2].number = i * 2;
        run->trace.v[i * 2 + 1].number = i * 2 + 1;
    }
    run->verdict = VERDICT_FAIL;
    cr_assert_eq(race_explain(run, NULL), 0);
    cr_expect_eq(run->race.writers, REQUESTS, "%zu", run->race.writers);
    small_free(small);
}
