/* links: model verify */
/* Rows, failed events and records of users who did not ask. */
#include "small_run.h"

Test(checks_strangers, unexpected)
{
    static const struct small_case table[] = {
        CASE("none", PASS, "0", "", 2, "A1 A2 R3", .rows = "1 2"),
        CASE("a stranger", FAIL, "1", "99", 2, "A1 A2 R3", .rows = "1 99"),
        CASE("a stranger below all users", FAIL, "1", "-5", 2, "A1 A2 R3", .rows = "-5 1"),
        CASE("never arrived", FAIL, "1", "3", 2, "A1 A2 C3", .rows = "1 2 3"),
        CASE("never sent", FAIL, "1", "3", 2, "A1 A2 S3", .rows = "1 2 3"),
        CASE("several left over", UNKNOWN, "2", "3 1", 2, "A1 A2 R3", .rows = "3 1 2",
             .before = "3 1"),
        CASE("left over, of a user who asks again", UNKNOWN, "1", "1", 2, "A1 A2 R3", .rows = "1 2",
             .before = "1"),
        CASE("a stranger among the parked", FAIL, "1", "9", 2, "A1 A2 R3", .rows = "1 2",
             .parked = "9"),
        CASE("who was told no may be parked", PASS, "0", "", 2, "A1 A2 R3", .rows = "1 2",
             .parked = "3"),
        CASE("a stranger in a table that was not empty", UNKNOWN, "1", "9", 2, "A1 A2 R3",
             .rows = "1 2", .parked = "9", .unclean = true),
        CASE("unreadable", UNKNOWN, NULL, "", 2, "A1 R2", .rows = "-"),
    };
    JUDGE_ALL("unexpected", table);
}

/* Without rows to read the records are all there is: a right number of them may hide a wrong one.
 */
Test(checks_strangers, drained)
{
    static const struct small_case table[] = {
        CASE("all there", PASS, "drained", NULL, 2, "A1 A2 R3", .produced = "1 2",
             .outcome = DRAIN_DRAINED),
        CASE("one of somebody else", UNKNOWN, "drained", NULL, 2, "A1 A2 R3", .produced = "1 9",
             .outcome = DRAIN_DRAINED),
        CASE("one more, of somebody else", UNKNOWN, "drained", NULL, 2, "A1 A2 R3",
             .produced = "1 2 9", .outcome = DRAIN_DRAINED),
        CASE("waited for in vain", FAIL, "drained_lossy", NULL, 2, "A1 A2 R3", .produced = "1 9",
             .outcome = DRAIN_DRAINED_LOSSY),
    };
    JUDGE_ALL("drained", table);
}
