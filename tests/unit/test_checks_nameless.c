/* links: verify */
/* users.ids: none: rows and records are numbers of rows and records, and nobody is judged by name.
 */
#include "small_run.h"

Test(nameless, numbers_are_judged)
{
    static const struct small_case exact[] = {
        CASE("as many as may", VERDICT_PASS, "2", "", 2, "A1 A2 R3", .rows = "0 0"),
        CASE("one too many", VERDICT_FAIL, "3", "", 2, "A1 A2 R3", .rows = "0 0 0"),
        CASE("more than asked", VERDICT_FAIL, "4", "", 2, "A1 A2 R3", .rows = "0 0 0 0"),
        CASE("one too few", VERDICT_FAIL, "1", "", 2, "A1 A2 R3", .rows = "0"),
        CASE("one is parked", VERDICT_PASS, "2", "", 2, "A1 A2 R3", .rows = "0", .parked = "0"),
        CASE("fewer asked", VERDICT_PASS, "2", "", 5, "A1 A2", .rows = "9 9"),
    };
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
        struct small_case c = exact[i];
        c.run.nameless = true;
        small_judge("cap_exact", &c);
    }
    struct small_case curve = CASE("at one time", VERDICT_FAIL, NULL, "", 2, "A1 A2 R3",
                                   .rows = "0 0", .curve = "1 3 2", .nameless = true);
    small_judge("cap_safety", &curve);
}

Test(nameless, nobody_is_judged_by_name)
{
    static const char *const names[] = {"lost",       "parked",    "phantom",
                                        "unexpected", "duplicate", "retry"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct small_case c = CASE("not told", VERDICT_UNKNOWN, NULL, "", 2, "A1 A2 R3 R3",
                                         .rows = "0 7", .parked = "", .nameless = true);
        small_judge(names[i], &c);
    }
    const struct small_run text = {
        2, "A1 A2 R3 R3", .rows = "0 7", .parked = "", .nameless = true, .curve = "2 w2"};
    struct small *small = small_new(&text);
    struct err err = {0};
    cr_assert_eq(checks_run(&small->run, &err), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cr_expect_null(findings_find(&small->run.findings, names[i]), "%s", names[i]);
        cr_expect(strstr(small->run.not_checked, names[i]), "%s", small->run.not_checked);
    }
    cr_expect_eq(small->run.verdict, VERDICT_PASS, "%s", small->run.explanation);
    small_free(small);
}
