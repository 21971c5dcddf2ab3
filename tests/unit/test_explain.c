/* links: model verify */
/* What is said about a run: one sentence, a warning, advice. */
#include "small_run.h"

Test(explain, says_that_it_was_asked_too_early)
{
    const struct small_run text = {3,
                                   "A1 A2 A3 R4",
                                   .rows = "1",
                                   .produced = "1 2 3",
                                   .wait = WAIT_LAST_RESPONSE,
                                   .rows_max = 3,
                                   .curve = "0 1"};
    struct small *small = small_new(&text);
    small->run.drain.lag_at_assert = 2;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(small->run.exit_code, 1);
    cr_expect_str_eq(small->run.explanation,
                     "expected: 3, but was: 1 (not lost: 2 records were still in coupon_create; "
                     "they were all rows 412 ms later)");
    cr_expect(strstr(small->run.advice, "wait: drained"));
    cr_expect(small->run.warning[0]);
    small_free(small);
}

static struct small *judged_burst(const struct small_run *text)
{
    struct small *small = small_new(text);
    small->phase.kind = LOAD_BURST;
    small->scenario.load_count = 1;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    return small;
}

Test(explain, a_window_is_promised_only_when_more_asked_than_may_win)
{
    const struct small_run race = {1, "A1@1-9 R2@2-9 R3@3-9", .rows = "1", .curve = "0 1 w1"},
                           no_race = {3, "A1@1-9 A2@2-9 A3@3-9", .rows = "1 2 3",
                                      .curve = "0 3 w3"};
    struct small *small = judged_burst(&race);
    cr_expect(strstr(small->run.explanation, "; a check-then-act window of"), "%s",
              small->run.explanation);
    small_free(small);
    small = judged_burst(&no_race);
    cr_expect_str_eq(small->run.explanation,
                     "3 coupons for 3 requests, limit 3, watched for 1.99 s after the last answer; "
                     "no more asked than may win: too many "
                     "could not show");
    small_free(small);
}

Test(explain, names_who_is_lost)
{
    struct small_run text = small_right;
    text.rows = "1";
    text.outcome = DRAIN_DRAINED_LOSSY;
    struct small *small = small_judged(&text);
    cr_expect_str_eq(small->run.explanation,
                     "expected: 2, but was: 1 (told yes and without a coupon: user 2)");
    small_free(small);
}

Test(explain, warns_that_until_cannot_see_more)
{
    const struct small_run text = {
        2, "A1 A2 R3", .rows = "1 2", .wait = WAIT_UNTIL_LIMIT, .rows_max = 3, .curve = "0 2 3"};
    struct small *small = small_judged(&text);
    cr_expect_eq(small->run.verdict, PASS);
    cr_expect_str_eq(
        small->run.warning,
        "a wait until the count is 2 cannot see coupon 3: it returns at the first match; "
        "later there were 3 rows");
    small_free(small);
}

Test(explain, says_how_much_of_a_sleep_was_wasted)
{
    struct small_run text = small_right;
    text.wait = WAIT_SLEEP;
    struct small *small = small_new(&text);
    small->scenario.wait_span = 10 * NS_PER_S;
    small->run.drain.asserted = SMALL_ORIGIN + 10437 * NS_PER_MS;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect(strstr(small->run.warning, "of the sleep of 10 s, 10 s were wasted"), "%s",
              small->run.warning);
    small->run.drain.asserted = SMALL_ORIGIN + 337 * NS_PER_MS;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect(strstr(small->run.warning, "100 ms too short"), "%s", small->run.warning);
    small_free(small);
}

Test(explain, unknown_is_explained_by_the_drain)
{
    struct small_run text = small_right;
    text.rows = "1";
    text.outcome = DRAIN_STALLED;
    struct small *small = small_new(&text);
    snprintf(small->run.drain.detail, sizeof small->run.drain.detail,
             "coupon_create[1] committed 17 of 34, unchanged for 3 s");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(small->run.exit_code, 2);
    cr_expect(strstr(small->run.explanation, "coupon_create[1] committed 17 of 34"));
    small_free(small);
}

Test(explain, advises_what_the_service_has)
{
    const struct small_run text = {1, "A1 A2 R3", .rows = "1 2", .curve = "0 2"};
    struct small *small = small_new(&text);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_null(strstr(small->run.advice, "Lua"), "%s", small->run.advice);
    cr_expect(strstr(small->run.advice, "an UPDATE with its condition"), "%s", small->run.advice);
    run_server_add(&small->run, &(struct server_info){.name = "redis", .kind = "private"}, "");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect(strstr(small->run.advice, "Lua"), "%s", small->run.advice);
    small_free(small);
}

Test(explain, a_run_that_was_interrupted_says_so)
{
    struct small *small = small_new(&(struct small_run){2, "U1 U2", .rows = ""});
    small->run.interrupted = true;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect(strstr(small->run.explanation, "interrupted"), "%s", small->run.explanation);
    cr_expect_null(strstr(small->run.advice, "right service"), "%s", small->run.advice);
    small_free(small);
}

Test(explain, a_burst_says_that_it_was_not_asked_who_came_first)
{
    const struct small_run text = {1, "A1@1-9 R2@2-9 R3@3-9", .rows = "1", .curve = "0 1 w1"};
    struct small *small = small_new(&text);
    small->phase.kind = LOAD_BURST;
    small->scenario.load_count = 1;
    small_expect(small, "fcfs");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_str_eq(findings_find(&small->run.findings, "fcfs")->actual,
                     "not testable in a burst");
    cr_expect(strstr(small->run.explanation, "who came first could not be told in this burst"),
              "%s", small->run.explanation);
    small_free(small);
}

Test(explain, an_error_is_its_own_advice)
{
    struct small *small = small_new(&(struct small_run){2, "S1", .rows = "-"});
    snprintf(small->run.error, sizeof small->run.error, "not clean before the load: 3 rows");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_str_eq(small->run.advice, "");
    small_free(small);
}

/* A user is a witness by each row too many, and by each record. */
Test(explain, names_a_user_once)
{
    const struct small_run text = {4, "A32@1-2 A34@3-4 R5@5-6 R6@7-8", .rows = "34 32 34 32 32",
                                   .produced = "32 34 32 34 32", .curve = "0 5"};
    struct small *small = small_judged(&text);
    cr_expect_str_eq(small->run.explanation,
                     "expected: 4, but was: 2 (with more than one coupon or record: users 32, 34)");
    small_free(small);
}

Test(explain, counts_whom_it_does_not_name)
{
    const struct small_run text = {9, "A1 A2 A3 A4 A5 A6 A7 R8 R9",
                                   .rows = "1 1 2 2 3 3 4 4 5 5 6 6 7 7",
                                   .produced = "1 1 2 2 3 3 4 4 5 5 6 6 7 7", .curve = "0 14"};
    struct small *small = small_judged(&text);
    cr_expect(strstr(small->run.explanation, ": users 1, 2, 3, 4, 5 and 2 more)"), "%s",
              small->run.explanation);
    small_free(small);
}
