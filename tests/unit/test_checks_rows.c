/* links: model verify */
/* Checks that join answers with rows, records and the counter: pass, fail and unknown for each. */
#include "small_run.h"

Test(checks_rows, cap_safety)
{
    static const struct small_case table[] = {
        CASE("at the limit", PASS, "2", "", 2, "A1 A2 R3", .rows = "1 2", .curve = "0 1 2 2"),
        CASE("over at the end", FAIL, "3", NULL, 2, "A1 A2 R3", .rows = "1 2 3",
             .curve = "0 1 2 2"),
        CASE("over for a moment", FAIL, "4", NULL, 2, "A1 A2 R3", .rows = "1 2",
             .curve = "0 4 3 2"),
        CASE("no sample read", UNKNOWN, NULL, NULL, 2, "A1 A2 R3", .rows = "1 2", .curve = "? ?"),
        CASE("no rows in the scenario", UNKNOWN, NULL, NULL, 2, "A1 A2 R3"),
        CASE("over, and the rows cannot be read", FAIL, "3", NULL, 2, "A1 A2 R3", .rows = "-",
             .curve = "0 3 3"),
        CASE("within, and the rows cannot be read", UNKNOWN, NULL, NULL, 2, "A1 A2 R3", .rows = "-",
             .curve = "0 2 2"),
        CASE("over, and nobody's who asked", UNKNOWN, NULL, NULL, 2, "A1 A2 R3", .rows = "7 8 9",
             .curve = "0 3 3"),
        CASE("over after an early assertion", PASS, "2", NULL, 2, "A1 A2 R3", .rows = "1 2",
             .curve = "0 2 3", .wait = WAIT_UNTIL_LIMIT),
    };
    JUDGE_ALL("cap_safety", table);
}

Test(checks_rows, cap_safety_counts_from_the_baseline_when_it_subtracts)
{
    const struct small_run text = {2, "A1 A2 R3", .rows = "1 2", .curve = "5 6 7 7"};
    struct small *small = small_new(&text);
    small->coupons.subtract = true;
    small->run.timeline.v[0].flags = SAMPLE_BASELINE;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(findings_find(&small->run.findings, "cap_safety")->verdict, PASS);
    small->run.timeline.v[0].flags = 0;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(findings_find(&small->run.findings, "cap_safety")->verdict, FAIL,
                 "only a reading from before the release is a baseline");
    small->coupons.subtract = false;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(findings_find(&small->run.findings, "cap_safety")->verdict, FAIL);
    small_free(small);
}

Test(checks_rows, cap_safety_names_the_first_sample_over)
{
    const struct small_run text = {2, "A1 A2 R3", .rows = "1 2", .curve = "0 2 3 4 2"};
    struct small *small = small_new(&text);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *finding = findings_find(&small->run.findings, "cap_safety");
    cr_assert_eq(finding->witnesses_count, 1);
    cr_expect_eq(finding->witnesses[0].row.value, 3);
    cr_expect_eq(finding->witnesses[0].at, SMALL_ORIGIN + 30 * NS_PER_MS);
    cr_expect_str_eq(finding->actual, "4");
    small_free(small);
}

Test(checks_rows, cap_exact)
{
    static const struct small_case table[] = {
        CASE("exact", PASS, "2", NULL, 2, "A1 A2 R3", .rows = "2 1"),
        CASE("fewer asked than the limit", PASS, "2", NULL, 5, "A1 A2", .rows = "1 2"),
        CASE("one short", FAIL, "1", NULL, 2, "A1 A2 R3", .rows = "1"),
        CASE("one over", FAIL, "3", NULL, 2, "A1 A2 R3", .rows = "1 2 3"),
        CASE("a duplicate is no user", FAIL, "1", NULL, 2, "A1 A2 R3", .rows = "1 1"),
        CASE("parked counts", PASS, "2", NULL, 2, "A1 A2 R3", .rows = "1", .parked = "2"),
        CASE("parked and a coupon count once", PASS, "2", NULL, 2, "A1 A2 R3", .rows = "1 2",
             .parked = "2"),
        CASE("a stranger who is parked has nobody's coupon", FAIL, "1", NULL, 2, "A1 A2 R3",
             .rows = "1", .parked = "9"),
        CASE("unknowns: low end", PASS, "1", NULL, 3, "A1 U2 U3", .rows = "1"),
        CASE("unknowns: high end", PASS, "3", NULL, 3, "A1 U2 U3", .rows = "1 2 3"),
        CASE("unknowns: over", FAIL, "3", NULL, 2, "A1 U2 U3", .rows = "1 2 3"),
        CASE("who was refused did not try", PASS, "1", NULL, 3, "A1 C2 S3", .rows = "1"),
        CASE("undecided users did try", FAIL, "1", NULL, 2, "D1 D2 D3", .rows = "1",
             .cannot_tell = true),
        CASE("still moving", UNKNOWN, "1", NULL, 2, "A1 A2 R3", .rows = "1",
             .outcome = DRAIN_MOVING),
        CASE("still moving, but over already", FAIL, "3", NULL, 2, "A1 A2 R3", .rows = "1 2 3",
             .outcome = DRAIN_MOVING),
        CASE("never watched", UNKNOWN, "2", NULL, 2, "A1 A2 R3", .rows = "1 2", .not_run = true),
        CASE("asked early", FAIL, "1", NULL, 2, "A1 A2 R3", .rows = "1", .wait = WAIT_LAST_RESPONSE,
             .rows_max = 2),
        CASE("unreadable", UNKNOWN, NULL, NULL, 2, "A1 A2 R3", .rows = "-"),
        CASE("nobody asked", UNKNOWN, NULL, NULL, 2, "S1", .rows = ""),
    };
    JUDGE_ALL("cap_exact", table);
}

Test(checks_rows, too_few_proves_nothing_beside_rows_of_before)
{
    static const struct small_case table[] = {
        CASE("he had a row before, another is lost", UNKNOWN, NULL, NULL, 3, "A1 A2 A3 R4",
             .rows = "2 1", .before = "2", .outcome = DRAIN_DRAINED_LOSSY),
        CASE("nobody had", FAIL, NULL, NULL, 3, "A1 A2 A3 R4", .rows = "2 1",
             .outcome = DRAIN_DRAINED_LOSSY),
    };
    JUDGE_ALL("cap_exact", table);
}

Test(checks_rows, lost)
{
    static const struct small_case table[] = {
        CASE("all there", PASS, "0", "", 2, "A1 A2 R3", .rows = "1 2"),
        CASE("one missing", FAIL, "1", "2", 2, "A1 A2 R3", .rows = "1"),
        CASE("not one row: is it the table?", UNKNOWN, NULL, NULL, 2, "A1 A2 R3", .rows = "",
             .outcome = DRAIN_DRAINED_LOSSY),
        CASE("rows of others only: is it the column?", UNKNOWN, NULL, NULL, 2, "A1 A2 R3",
             .rows = "7 8", .outcome = DRAIN_DRAINED_LOSSY),
        CASE("parked shows that it is the service", FAIL, "1", "2", 2, "A1 A2 R3", .rows = "",
             .parked = "1", .outcome = DRAIN_DRAINED_LOSSY),
        CASE("he had a row before", UNKNOWN, "0", "", 2, "A1 A2 R3", .rows = "2 1", .before = "2",
             .outcome = DRAIN_DRAINED_LOSSY),
        CASE("another had a row before", FAIL, "1", "3", 3, "A1 A2 A3 R4", .rows = "2 1",
             .before = "2", .outcome = DRAIN_DRAINED_LOSSY),
        CASE("one missing, one twice", FAIL, "1", "2", 2, "A1 A2 R3", .rows = "1 1"),
        CASE("parked is not lost", PASS, "0", "", 2, "A1 A2 R3", .rows = "1", .parked = "2"),
        CASE("unknown users may have none", PASS, "0", "", 2, "A1 U2 R3", .rows = "1"),
        CASE("not yet", UNKNOWN, "1", "2", 2, "A1 A2 R3", .rows = "1", .outcome = DRAIN_STALLED),
        CASE("asked early, came later", PASS, "0, 1 came later", "", 2, "A1 A2 R3", .rows = "1",
             .wait = WAIT_LAST_RESPONSE, .rows_max = 2),
        CASE("asked early, never came", FAIL, "1", "2", 2, "A1 A2 R3", .rows = "1",
             .wait = WAIT_SLEEP, .outcome = DRAIN_DRAINED_LOSSY),
        CASE("asked early, nobody knows", UNKNOWN, "1", "2", 2, "A1 A2 R3", .rows = "1",
             .wait = WAIT_SLEEP, .outcome = DRAIN_MOVING),
        CASE("asked early, quiet and too few", FAIL, "1", "2", 2, "A1 A2 R3", .rows = "1",
             .wait = WAIT_SLEEP, .outcome = DRAIN_QUIET_ONLY),
        CASE("asked early, quiet and enough", PASS, "0, 1 came later", "", 2, "A1 A2 R3",
             .rows = "1", .wait = WAIT_SLEEP, .outcome = DRAIN_QUIET_ONLY, .rows_max = 2),
        CASE("undecided: the topic tells", FAIL, "1", "2", 2, "D1 D2 D3", .rows = "1",
             .produced = "1 2", .cannot_tell = true),
        CASE("undecided: nobody tells", UNKNOWN, NULL, "", 2, "D1 D2 D3", .rows = "1",
             .cannot_tell = true),
        CASE("the consumer chooses", PASS, "1", "", 2, "D1 D2 D3", .rows = "1 2",
             .produced = "1 2 3", .cannot_tell = true),
        CASE("nobody was told yes", UNKNOWN, "nobody told yes", "", 2, "R1 R2 R3", .rows = ""),
        CASE("unreadable", UNKNOWN, NULL, "", 2, "A1 A2 R3", .rows = "-"),
    };
    JUDGE_ALL("lost", table);
}

Test(checks_rows, parked)
{
    static const struct small_case table[] = {
        CASE("nobody", PASS, "0", "", 2, "A1 A2 R3", .rows = "1 2", .parked = ""),
        CASE("one", FAIL, "1", "2", 2, "A1 A2 R3", .rows = "1", .parked = "2"),
        CASE("parked, and a coupon", UNKNOWN, "1", "2", 2, "A1 A2 R3", .rows = "1 2",
             .parked = "2"),
        CASE("served from there, as allowed", PASS, "1", "2", 2, "A1 A2 R3", .rows = "1 2",
             .parked = "2", .at_most = 1),
        CASE("one, allowed", PASS, "1", "2", 2, "A1 A2 R3", .rows = "1", .parked = "2",
             .at_most = 1),
        CASE("who was told no does not matter", PASS, "0", "", 2, "A1 A2 R3", .rows = "1 2",
             .parked = "3"),
        CASE("undecided: everybody matters", FAIL, "1", "3", 2, "D1 D2 D3", .rows = "1 2",
             .parked = "3", .cannot_tell = true),
        CASE("not in the scenario", UNKNOWN, NULL, "", 2, "A1 A2 R3", .rows = "1 2"),
    };
    JUDGE_ALL("parked", table);
}

Test(checks_rows, phantom)
{
    static const struct small_case table[] = {
        CASE("none", PASS, "0", "", 2, "A1 A2 R3 R4", .rows = "1 2"),
        CASE("two", FAIL, "2", "3 4", 2, "A1 A2 R4 R3", .rows = "1 3 4"),
        CASE("an unknown user may have one", PASS, "0", "", 2, "A1 U2 R3", .rows = "1 2"),
        CASE("no after yes is `already`", PASS, "0", "", 2, "A1@1-2 R1@3-4 R3", .rows = "1"),
        CASE("no after a timeout may be `already`", PASS, "0", "", 2, "U1@1-2 R1@3-4 A2 R3",
             .rows = "1"),
        CASE("a row of before the run", PASS, "0", "", 2, "A1 A2 R3", .rows = "3 1 2",
             .before = "3"),
        CASE("answers do not tell", UNKNOWN, NULL, "", 2, "D1 D2", .rows = "1",
             .cannot_tell = true),
        CASE("a no among answers that do not tell", FAIL, "1", "2", 2, "D1 R2", .rows = "1 2",
             .cannot_tell = true),
        CASE("nobody was told yes", UNKNOWN, NULL, "", 2, "R1 R2", .rows = "1"),
        CASE("parked", FAIL, "1", "3", 2, "A1 A2 R3 R4", .rows = "1 2", .parked = "3"),
        CASE("parked, who was told yes", PASS, "0", "", 2, "A1 A2 R3", .rows = "1", .parked = "2"),
        CASE("parked, asked again and told no", PASS, "0", "", 2, "A1@1-2 R1@3-4 R3", .rows = "",
             .parked = "1"),
        CASE("a coupon, and another parked", FAIL, "2", "3 4", 2, "A1 R3 R4", .rows = "1 3",
             .parked = "4"),
        CASE("perhaps parked before", UNKNOWN, "1", "3", 2, "A1 A2 R3", .rows = "1 2",
             .parked = "3", .unclean = true),
        CASE("unreadable", UNKNOWN, NULL, "", 2, "A1 R2", .rows = "-"),
    };
    JUDGE_ALL("phantom", table);
}

Test(checks_rows, duplicate)
{
    static const struct small_case table[] = {
        CASE("none", PASS, "0 rows, 0 records", "", 2, "A1 A2 R3", .rows = "1 2",
             .produced = "1 2"),
        CASE("a row of before the run", PASS, "0 rows, 0 records", "", 2, "A1 A2 R3",
             .rows = "1 1 2", .before = "1"),
        CASE("a topic for retries", PASS, "0 rows, 0 records", "", 2, "A1 A2 R3", .rows = "1 2",
             .produced = "1 2 2+"),
        CASE("twice in the topic for retries", FAIL, "0 rows, 1 records", "2", 2, "A1 A2 R3",
             .rows = "1 2", .produced = "1 2 2+ 2+"),
        CASE("a row", FAIL, "1 rows, 0 records", "1", 2, "A1 A2 R3", .rows = "1 2 1",
             .produced = "1 2"),
        CASE("three rows", FAIL, "2 rows, 0 records", "1 1", 2, "A1 A2 R3", .rows = "1 1 1",
             .produced = "1"),
        CASE("a record", FAIL, "0 rows, 1 records", "2", 2, "A1 A2 R3", .rows = "1 2",
             .produced = "1 2 2"),
        CASE("a record, allowed", PASS, "0 rows, 1 records", "2", 2, "A1 A2 R3", .rows = "1 2",
             .produced = "1 2 2", .at_most = 1),
        CASE("a row is never allowed", FAIL, "1 rows, 0 records", "1", 2, "A1 A2 R3", .rows = "1 1",
             .produced = "1", .at_most = 9),
        CASE("a stranger's", FAIL, "1 rows, 0 records", "99", 2, "A1 A2 R3", .rows = "1 99 99"),
        CASE("rows alone", PASS, "0 rows, 0 records", "", 2, "A1 A2 R3", .rows = "1 2"),
        CASE("records unreadable", UNKNOWN, NULL, "", 2, "A1 A2 R3", .rows = "1 2",
             .produced = "-"),
        CASE("rows unreadable", UNKNOWN, NULL, "", 2, "A1 A2 R3", .rows = "-", .produced = "1 2"),
        CASE("neither", UNKNOWN, NULL, "", 2, "A1 A2 R3"),
    };
    JUDGE_ALL("duplicate", table);
}

Test(checks_rows, counter)
{
    static const struct small_case table[] = {
        CASE("every request", PASS, "3", NULL, 2, "A1 A2 R3", .counter_given = true, .counter = 3),
        CASE("one too few", FAIL, "2", NULL, 2, "A1 A2 R3", .counter_given = true, .counter = 2),
        CASE("one too many", FAIL, "4", NULL, 2, "A1 A2 R3", .counter_given = true, .counter = 4),
        CASE("went back", FAIL, "-7", NULL, 2, "A1 A2 R3", .counter_given = true, .counter = -7),
        CASE("a stock by the look of it", UNKNOWN, "-3", NULL, 2, "A1 A2 R3", .counter_given = true,
             .counter = -3),
        CASE("a stock", PASS, "3", NULL, 2, "A1 A2 R3", .counter_given = true, .counter = -3,
             .down = true),
        CASE("a stock that fell too far", FAIL, "4", NULL, 2, "A1 A2 R3", .counter_given = true,
             .counter = -4, .down = true),
        CASE("a stock that rose", FAIL, "-2", NULL, 2, "A1 A2 R3", .counter_given = true,
             .counter = 2, .down = true),
        CASE("each user once", PASS, "3", NULL, 2, "A1 R1 A2 R3", .counter_given = true,
             .counter = 3, .counts_users = true),
        CASE("each user once, but one twice", FAIL, "4", NULL, 2, "A1 R1 A2 R3",
             .counter_given = true, .counter = 4, .counts_users = true),
        CASE("fewer, and more may follow", UNKNOWN, "2", NULL, 2, "A1 A2 R3", .counter_given = true,
             .counter = 2, .outcome = DRAIN_MOVING),
        CASE("some alike, some told no", PASS, "2", NULL, 2, "D1 D2 R3", .counter_given = true,
             .counter = 2, .rows = "1 2", .counts_accepts = true, .cannot_tell = true),
        CASE("unknown may have counted", PASS, "3", NULL, 2, "A1 A2 U3", .counter_given = true,
             .counter = 3),
        CASE("unknown need not have", PASS, "2", NULL, 2, "A1 A2 U3", .counter_given = true,
             .counter = 2),
        CASE("refused cannot have", FAIL, "3", NULL, 2, "A1 A2 C3", .counter_given = true,
             .counter = 3),
        CASE("accepts", PASS, "2", NULL, 2, "A1 A2 R3", .counter_given = true, .counter = 2,
             .counts_accepts = true),
        CASE("accepts, but all were counted", FAIL, "3", NULL, 2, "A1 A2 R3", .counter_given = true,
             .counter = 3, .counts_accepts = true),
        CASE("accepts, one was not counted", FAIL, "1", NULL, 2, "A1 A2 R3", .counter_given = true,
             .counter = 1, .counts_accepts = true),
        CASE("accepts cannot be told", UNKNOWN, NULL, NULL, 2, "D1 D2", .counter_given = true,
             .counter = 2, .counts_accepts = true, .cannot_tell = true),
        CASE("a stock that was given back what it lacked", PASS, "2", NULL, 2, "A1 A2 R3 R3",
             .counter_given = true, .counter = -2, .down = true, .counts_any = true),
        CASE("a stock that was given back too little", FAIL, "5", NULL, 2, "A1 A2 R3 R3",
             .counter_given = true, .counter = -5, .down = true, .counts_any = true),
        CASE("nothing was counted", FAIL, "0", NULL, 2, "D1 D2 R3", .counter_given = true,
             .rows = "1 2", .cannot_tell = true, .counts_any = true),
        CASE("not in the scenario", UNKNOWN, NULL, NULL, 2, "A1 A2 R3"),
        CASE("nothing arrived", UNKNOWN, NULL, NULL, 2, "C1", .counter_given = true),
    };
    JUDGE_ALL("counter", table);
}

Test(checks_rows, slots_burned)
{
    static const struct small_case table[] = {
        CASE("each became a record", PASS, "2", NULL, 2, "A1 A2 R3", .produced = "1 2",
             .counter_given = true, .counter = 3),
        CASE("one burned", FAIL, "1", NULL, 2, "A1 E2 R3", .produced = "1", .counter_given = true,
             .counter = 3),
        CASE("one is on its way", UNKNOWN, "1", NULL, 2, "A1 A2 R3", .produced = "1",
             .counter_given = true, .counter = 3, .outcome = DRAIN_MOVING),
        CASE("one is stuck", UNKNOWN, "1", NULL, 2, "A1 A2 R3", .produced = "1",
             .counter_given = true, .counter = 3, .outcome = DRAIN_STALLED),
        CASE("a user who applied thrice took three", PASS, "3", NULL, 3, "A1 A1 A1 R4",
             .produced = "1 1 1", .counter_given = true, .counter = 4),
        CASE("a stock, one burned", FAIL, "1", NULL, 2, "A1 E2 R3", .produced = "1",
             .counter_given = true, .counter = -3, .down = true),
        CASE("one too many", FAIL, "3", NULL, 2, "A1 A2 A3", .produced = "1 2 3",
             .counter_given = true, .counter = 3),
        CASE("below the limit", PASS, "1", NULL, 2, "A1", .produced = "1", .counter_given = true,
             .counter = 1),
        CASE("a record that nobody can read", UNKNOWN, NULL, NULL, 2, "A1 A2 R3", .produced = "1 ?",
             .counter_given = true, .counter = 3),
        CASE("without Kafka: coupons", PASS, "2", NULL, 2, "A1 A2 R3", .rows = "1", .parked = "2",
             .counter_given = true, .counter = 3),
        CASE("without Kafka: burned", FAIL, "1", NULL, 2, "A1 E2 R3", .rows = "1",
             .counter_given = true, .counter = 3),
        CASE("without Kafka, not yet", UNKNOWN, "1", NULL, 2, "A1 A2 R3", .rows = "1",
             .counter_given = true, .counter = 3, .outcome = DRAIN_MOVING),
        CASE("without Kafka, asked early, served later", PASS, "2", NULL, 2, "A1 A2 R3",
             .rows = "1", .counter_given = true, .counter = 3, .wait = WAIT_SLEEP, .rows_max = 2),
        CASE("without Kafka, asked early, never served", FAIL, "1", NULL, 2, "A1 A2 R3",
             .rows = "1", .counter_given = true, .counter = 3, .wait = WAIT_SLEEP),
        CASE("no slot", UNKNOWN, NULL, NULL, 2, "C1", .produced = "", .counter_given = true),
        CASE("records unreadable", UNKNOWN, NULL, NULL, 2, "A1", .rows = "1", .produced = "-",
             .counter_given = true, .counter = 1),
        CASE("counter not in the scenario", UNKNOWN, NULL, NULL, 2, "A1", .produced = "1"),
    };
    JUDGE_ALL("slots_burned", table);
}

Test(checks_rows, retry)
{
    static const struct small_case table[] = {
        CASE("one row each", PASS, NULL, "", 2, "A1@1-2 R1@3-4 A2 R3", .rows = "1 2"),
        CASE("two rows", FAIL, "1 with several, 0 with none", "1", 2, "A1@1-2 A1@3-4 A2 R3",
             .rows = "1 1 2"),
        CASE("two rows of one who asked once", PASS, NULL, "", 3, "A1@1-2 R1@3-4 A2 R3",
             .rows = "1 2 2"),
        CASE("no row", FAIL, "0 with several, 1 with none", "1", 2, "E1@1-2 A1@3-4 A2 R3",
             .rows = "2"),
        CASE("no row yet", UNKNOWN, NULL, "", 2, "E1@1-2 A1@3-4 A2 R3", .rows = "2",
             .outcome = DRAIN_MOVING),
        CASE("nobody asked twice", UNKNOWN, NULL, "", 2, "A1 A2 R3", .rows = "1 2"),
        CASE("unreadable", UNKNOWN, NULL, "", 2, "A1@1-2 R1@3-4", .rows = "-"),
    };
    JUDGE_ALL("retry", table);
}

/* The witness has the instants of the request that decided, and the row that it is about. */
Test(checks_rows, witnesses_carry_timings_and_rows)
{
    const struct small_run text = {2, "U3@1-2 R3@4-5 A1@1-6 A1@7-8 A2 R4@2-9", .rows = "9 4 1 2",
                                   .produced = "1 2"};
    struct small *small = small_new(&text);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct witness *phantom = findings_find(&small->run.findings, "phantom")->witnesses;
    cr_assert_not_null(phantom);
    cr_expect_eq(phantom->user.value, 4);
    cr_expect_eq(phantom->row.value, 2);
    cr_expect_eq(phantom->released, SMALL_ORIGIN + 2 * NS_PER_MS);
    cr_expect_eq(phantom->done, SMALL_ORIGIN + 9 * NS_PER_MS);
    const struct witness *unexpected = findings_find(&small->run.findings, "unexpected")->witnesses;
    cr_assert_not_null(unexpected);
    cr_expect_eq(unexpected->user.value, 9);
    cr_expect_eq(unexpected->row.value, 1);
    small_free(small);
}

Test(checks_rows, the_first_yes_speaks_for_a_user)
{
    const struct small_run text = {2, "R1@1-2 U1@3-4 A1@5-6 A1@7-8 R2", .rows = ""};
    struct small *small = small_new(&text);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct witness *lost = findings_find(&small->run.findings, "lost")->witnesses;
    cr_assert_not_null(lost);
    cr_expect_eq(lost->released, SMALL_ORIGIN + 5 * NS_PER_MS);
    cr_expect_eq(lost->done, SMALL_ORIGIN + 6 * NS_PER_MS);
    small_free(small);
}

Test(checks_rows, lost_and_parked_name_record_and_row)
{
    const struct small_run text = {3, "A1 A2 A3 R4", .rows = "1", .produced = "1 2 3",
                                   .parked = "9 3"};
    struct small *small = small_new(&text);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct witness *lost = findings_find(&small->run.findings, "lost")->witnesses;
    cr_assert_not_null(lost);
    cr_expect_eq(lost->user.value, 2);
    cr_expect_eq(lost->offset.value, 1);
    cr_expect_eq(lost->lane, 0);
    const struct witness *parked = findings_find(&small->run.findings, "parked")->witnesses;
    cr_assert_not_null(parked);
    cr_expect_eq(parked->user.value, 3);
    cr_expect_eq(parked->row.value, 2);
    small_free(small);
}

Test(checks_rows, expected_says_of_how_many)
{
    const struct small_run text = {2, "A1 A2 R3 R4 R5", .rows = "1 2"};
    struct small *small = small_new(&text);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_str_eq(findings_find(&small->run.findings, "lost")->expected, "0 of 2");
    cr_expect_str_eq(findings_find(&small->run.findings, "phantom")->expected, "0 of 3");
    small_free(small);
}

Test(checks_rows, duplicates_name_row_partition_and_offset)
{
    const struct small_run text = {2, "A1 A2 R3", .rows = "1 2 1", .produced = "1 2 2"};
    struct small *small = small_new(&text);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *finding = findings_find(&small->run.findings, "duplicate");
    cr_assert_eq(finding->witnesses_count, 2);
    cr_expect_eq(finding->witnesses[0].row.value, 3);
    cr_expect_eq(finding->witnesses[1].offset.value, 2);
    cr_expect_eq(finding->witnesses[1].lane, 0);
    small_free(small);
}
