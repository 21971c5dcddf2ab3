/* links: verify */
/* Users whom a limiter turned away: nothing was applied for them, they are no demand, neither
 * refused nor served, and may ask again. */
#include "small_run.h"

Test(limited, a_row_for_who_was_only_limited_is_a_phantom)
{
    static const struct small_case phantom[] = {
        CASE("no row", PASS, "0", "", 2, "A1 A2 R3 L4", .rows = "1 2"),
        CASE("a row", FAIL, "1", "4", 2, "A1 R3 L4", .rows = "1 4"),
        CASE("beside one told no", FAIL, "2", "3 4", 2, "A1 R3 L4", .rows = "1 3 4"),
        CASE("told yes later", PASS, "0", "", 2, "A1 L2 A2 R3", .rows = "1 2"),
        CASE("no answer later", PASS, "0", "", 2, "A1 L2 U2 R3", .rows = "1 2"),
        CASE("told no later", FAIL, "1", "2", 2, "A1 L2 R2 A3", .rows = "1 2 3"),
    };
    JUDGE_ALL("phantom", phantom);
    static const struct small_case unexpected[] = {
        CASE("he asked", PASS, "0", "", 2, "A1 R3 L4", .rows = "1 4"),
        CASE("nobody asked", FAIL, "1", "9", 2, "A1 R3 L4", .rows = "1 9"),
    };
    JUDGE_ALL("unexpected", unexpected);
}

Test(limited, they_are_no_demand)
{
    static const struct small_case exact[] = {
        CASE("all that are left", PASS, "1", "", 2, "A1 L2 L3", .rows = "1"),
        CASE("more than the limit ask", PASS, "2", "", 2, "A1 A2 R3 L4", .rows = "1 2"),
        CASE("served after all", PASS, "2", "", 2, "A1 L2 A2 R3", .rows = "1 2"),
        CASE("one too many", FAIL, "3", "", 2, "A1 A2 R3 L4", .rows = "1 2 4"),
    };
    JUDGE_ALL("cap_exact", exact);
    static const struct small_case vacuous[] = {
        CASE("enough are left", PASS, NULL, "", 2, "A1 A2 R3 L4", .rows = "1 2"),
        CASE("too few are left", UNKNOWN, NULL, "", 2, "A1 L2 L3", .rows = "1"),
        CASE("nobody is left", UNKNOWN, NULL, "", 2, "L1 L2 L3", .rows = ""),
        CASE("fewer than the limit", PASS, NULL, "", 5, "A1 L2", .rows = "1"),
    };
    JUDGE_ALL("not_vacuous", vacuous);
    static const struct small_case counter[] = {
        CASE("not counted", PASS, NULL, "", 2, "A1 A2 R3 L4", .rows = "1 2", .counter_given = true,
             .counter = 3),
        CASE("counted", FAIL, NULL, "", 2, "A1 A2 R3 L4", .rows = "1 2", .counter_given = true,
             .counter = 4),
    };
    JUDGE_ALL("counter", counter);
    static const struct small_case errors[] = {
        CASE("no error", PASS, NULL, "", 2, "A1 A2 R3 L4", .rows = "1 2")};
    JUDGE_ALL("errors", errors);
    JUDGE_ALL("response_classified", errors);
}

Test(limited, they_are_neither_refused_nor_served)
{
    static const struct small_case fcfs[] = {
        CASE("a limiter before the last yes", PASS, NULL, "", 2, "A1@1-2 L2@3-4 A3@5-6 R4@7-8",
             .rows = "1 3"),
        CASE("a no before the last yes", FAIL, NULL, "2>3", 2, "A1@1-2 R2@3-4 A3@5-6 R4@7-8",
             .rows = "1 3"),
        CASE("limited, then told no", FAIL, NULL, "2>3", 2, "A1@1-2 L2@3-4 R2@5-6 A3@7-8 R4@9-10",
             .rows = "1 3"),
        CASE("limited first, served later", PASS, NULL, "", 2, "L1@1-2 A2@3-4 A1@5-6 R3@7-8",
             .rows = "1 2"),
    };
    JUDGE_ALL("fcfs", fcfs);
}

Test(limited, what_cannot_be_read_is_named_as_the_reason)
{
    static const struct small_case unread[] = {
        CASE("too long", UNKNOWN, NULL, "", 2, "A1 A2 R3 N4", .rows = "1 2")};
    JUDGE_ALL("response_classified", unread);
    const struct small_run text = {2, "A1 A2 R3 N4", .rows = "1 2", .curve = "2 w2"};
    struct small *small = small_new(&text);
    struct err err = {0};
    cr_assert_eq(checks_run(&small->run, &err), 0);
    const struct finding *finding = findings_find(&small->run.findings, "response_classified");
    cr_expect(strstr(finding->message, "longer than the 64 KB"), "%s", finding->message);
    cr_expect_eq(small->run.tally.limited, 0);
    small_free(small);
}
