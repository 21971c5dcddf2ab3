/* links: model verify */
/* Checks of the run as a whole. */
#include "base/cleanup.h"
#include "small_run.h"

static const struct finding *find(const struct small *small, const char *check)
{
    return findings_find(&small->run.findings, check);
}

Test(checks_run, drained)
{
    static const struct small_case table[] = {
        CASE("drained", PASS, "drained", NULL, 2, "A1 R2", .rows = "1"),
        CASE("lossy", FAIL, "drained_lossy", NULL, 2, "A1 A2 R3", .rows = "1",
             .outcome = DRAIN_DRAINED_LOSSY),
        CASE("lossy, without a row that shows whose table it is", UNKNOWN, NULL, NULL, 2, "A1 R2",
             .rows = "", .outcome = DRAIN_DRAINED_LOSSY),
        CASE("lossy, with rows of others only", UNKNOWN, NULL, NULL, 2, "A1 R2", .rows = "7",
             .outcome = DRAIN_DRAINED_LOSSY),
        CASE("moving", UNKNOWN, "moving", NULL, 2, "A1 R2", .rows = "", .outcome = DRAIN_MOVING),
        CASE("stalled", UNKNOWN, "stalled", NULL, 2, "A1 R2", .rows = "", .outcome = DRAIN_STALLED),
        CASE("no consumer", UNKNOWN, "no_consumer", NULL, 2, "A1 R2", .rows = "",
             .outcome = DRAIN_NO_CONSUMER),
        CASE("blocked", UNKNOWN, "blocked", NULL, 2, "A1 R2", .rows = "", .outcome = DRAIN_BLOCKED),
        CASE("quiet only", PASS, "quiet_only", NULL, 2, "A1 R2", .rows = "1",
             .outcome = DRAIN_QUIET_ONLY),
        CASE("not run", UNKNOWN, "not_run", NULL, 2, "A1 R2", .rows = "1", .not_run = true),
        CASE("a record is missing", UNKNOWN, "drained", NULL, 2, "A1 A2 R3", .rows = "1 2",
             .produced = "1"),
        CASE("records of all", PASS, "drained", NULL, 2, "A1 A2 R3", .rows = "1 2",
             .produced = "2 1"),
        CASE("put aside, so never sent", PASS, "drained", NULL, 2, "A1 A2 R3", .rows = "1 2",
             .produced = "1", .parked = "2"),
        CASE("a record of another", UNKNOWN, "drained", NULL, 2, "A1 A2 R3", .rows = "1 2",
             .produced = "1 3"),
        CASE("records that were not read", PASS, "drained", NULL, 2, "A1 A2 R3", .rows = "1 2",
             .produced = "-"),
        CASE("not asked for", PASS, "asserted at the last response", NULL, 2, "A1 R2", .rows = "",
             .wait = WAIT_LAST_RESPONSE, .outcome = DRAIN_STALLED),
    };
    JUDGE_ALL("drained", table);
}

/* ---- the burst ---- */

struct burst_row {
    const char *gate;
    ns_t spread, floor, allowed, promised; /* promised: by the scenario; 0: not */
    enum verdict verdict;
    const char *told; /* in the message */
};

static void judge_burst_row(const struct burst_row *row)
{
    const struct small_run text = {2, "A1@0-900 A2@0-900 R3@0-900", .rows = "1 2"};
    struct small *small = small_new(&text);
    struct spec_require require = {.spread = row->promised};
    small->phase.kind = LOAD_BURST;
    small->phase.burst.require = row->promised ? &require : NULL;
    small->scenario.load_count = 1;
    small_expect(small, "burst_simultaneous");
    struct load_phase_info *info = &small->run.load[0];
    *info = (struct load_phase_info){.kind = "burst",
                                     .floor_spread = row->floor,
                                     .require_spread = row->allowed,
                                     .require_in_flight = 3};
    snprintf(info->gate, sizeof info->gate, "%s", row->gate);
    small->run.history.v[2].released += row->spread;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *finding = find(small, "burst_simultaneous");
    cr_expect_eq(finding->verdict, row->verdict, "%s", finding->message);
    cr_expect(strstr(finding->message, row->told), "%s", finding->message);
    cr_expect_eq(!strstr(finding->hint, "--retry-invalid"), row->verdict == PASS);
    cr_expect_eq(!strstr(finding->hint, "cap_sys_nice"), row->verdict == PASS);
    cr_expect_eq(!strstr(finding->hint, "rushproof doctor"), row->verdict == PASS);
    small_free(small);
}

Test(checks_run, a_burst_is_held_to_what_was_resolved)
{
    enum { MS = NS_PER_MS };
    static const struct burst_row rows[] = {
        {"last-byte", 8 * MS, 4 * MS, 12 * MS, 0, PASS, "left within 8 ms"},
        {"last-byte", 12 * MS, 4 * MS, 12 * MS, 0, PASS, "left within 12 ms"},
        {"last-byte", 13 * MS, 4 * MS, 12 * MS, 0, UNKNOWN,
         "allowed are 12 ms (this machine's floor beside the idle target is 4 ms)"},
        {"last-byte", 13 * MS, 10 * MS, 12 * MS, 12 * MS, UNKNOWN, "allowed are 12 ms"},
        {"last-byte", 11 * MS, 0, 0, 0, UNKNOWN, "allowed are 10 ms"},
        {"freeze", 0, 9 * MS, 27 * MS, 0, PASS, "all at once by construction"},
        {"freeze", 5 * MS, 9 * MS, 27 * MS, 0, PASS, "left within 5 ms"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        judge_burst_row(&rows[i]);
}

Test(checks_run, late)
{
    static const struct small_case table[] = {
        CASE("nothing", PASS, "none", NULL, 2, "A1 A2 R3", .rows = "1 2", .curve = "1 2 w2 w2"),
        CASE("a row too many came", FAIL, "rows from 2 to 3", NULL, 2, "A1 A2 R3", .rows = "1 2 3",
             .curve = "1 2 w2 w3"),
        CASE("a row of one who was told no came", FAIL, "rows from 2 to 3", NULL, 3, "A1 A2 R3",
             .rows = "1 2 3", .curve = "1 2 w2 w3"),
        CASE("a second row came", FAIL, "rows from 2 to 3", NULL, 3, "A1 A2 A3", .rows = "1 2 2",
             .curve = "1 2 w2 w3"),
        CASE("a stranger's row came", FAIL, "rows from 2 to 3", NULL, 3, "A1 A2", .rows = "1 2 9",
             .curve = "1 2 w2 w3"),
        CASE("a row went for good", FAIL, "rows from 2 to 1", NULL, 2, "A1 A2 R3", .rows = "1",
             .curve = "1 2 w1 w1", .outcome = DRAIN_DRAINED_LOSSY),
        CASE("a row that was owed came", PASS, "rows from 2 to 3", NULL, 3, "A1 A2 U3",
             .rows = "1 2 3", .curve = "1 2 w2 3 3 w3 w3"),
        CASE("growth before the window is fine", PASS, "none", NULL, 2, "A1 A2 R3", .rows = "1 2",
             .curve = "0 1 2 w2"),
        CASE("a row came between the last look and the window", FAIL, "rows from 2 to 3", NULL, 2,
             "A1 A2 R3", .rows = "1 2 3", .curve = "1 2 ? w3"),
        CASE("not watched", UNKNOWN, "not watched", NULL, 2, "A1 A2 R3", .rows = "1 2",
             .curve = "0 1 2"),
        CASE("nothing read in the window", UNKNOWN, "not watched", NULL, 2, "A1 A2 R3",
             .rows = "1 2", .curve = "0 1 2 w?"),
        CASE("no samples", UNKNOWN, NULL, NULL, 2, "A1 A2 R3", .rows = "1 2"),
    };
    JUDGE_ALL("late", table);
}

/* ---- sql, redis ---- */

static enum verdict asked(const char *check, bool known, const char *value, const char *equals,
                          const char *least, const char *most)
{
    struct small *small = small_new(&small_right);
    struct spec_expect *expect = small_expect(small, check);
    expect->query = (char *)(uintptr_t) "SELECT 1";
    expect->equals = (char *)(uintptr_t)equals;
    expect->least = (char *)(uintptr_t)least;
    expect->most = (char *)(uintptr_t)most;
    small->run.evidence.asked = calloc(1, sizeof *small->run.evidence.asked);
    small->run.evidence.asked_count = 1;
    small->run.evidence.asked[0] = (struct asked){known, value ? strdup(value) : NULL, NULL};
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    enum verdict verdict = find(small, check)->verdict;
    small_free(small);
    return verdict;
}

Test(checks_run, sql_and_redis)
{
    for (int i = 0; i < 2; i++) {
        const char *check = i ? "redis" : "sql";
        cr_expect_eq(asked(check, true, "100", "100", NULL, NULL), PASS);
        cr_expect_eq(asked(check, true, "100", "100.0", NULL, NULL), PASS, "numbers are numbers");
        cr_expect_eq(asked(check, true, "101", "100", NULL, NULL), FAIL);
        cr_expect_eq(asked(check, true, "9", NULL, "10", NULL), FAIL, "not compared as texts");
        cr_expect_eq(asked(check, true, "10", NULL, "9", "11"), PASS);
        cr_expect_eq(asked(check, true, "12", NULL, "9", "11"), FAIL);
        cr_expect_eq(asked(check, true, "9", NULL, "9", NULL), PASS, "at least is enough");
        cr_expect_eq(asked(check, true, "9", NULL, NULL, "9"), PASS, "at most is allowed");
        cr_expect_eq(asked(check, true, "9.5", NULL, NULL, "9.4"), FAIL);
        cr_expect_eq(asked(check, true, "9007199254740993", "9007199254740992", NULL, NULL), FAIL,
                     "whole numbers are compared exactly");
        cr_expect_eq(asked(check, true, "abc", "abc", NULL, NULL), PASS);
        cr_expect_eq(asked(check, true, "abd", "abc", NULL, NULL), FAIL);
        cr_expect_eq(asked(check, true, "100x", "100", NULL, NULL), FAIL, "not a number");
        cr_expect_eq(asked(check, true, "", "0", NULL, NULL), FAIL, "no text is not zero");
        cr_expect_eq(asked(check, true, NULL, "0", NULL, NULL), FAIL, "NULL is not zero");
        cr_expect_eq(asked(check, false, NULL, "0", NULL, NULL), UNKNOWN);
        cr_expect_eq(asked(check, true, "1", NULL, NULL, NULL), UNKNOWN, "nothing to compare with");
    }
}

/* Two of one check are told apart: by what the scenario calls them, or by where they stand. */
Test(checks_run, several_of_one_check_have_names)
{
    struct small *small = small_new(&small_right);
    struct spec_expect expects[] = {
        {.check = (char *)(uintptr_t) "sql"},
        {.check = (char *)(uintptr_t) "sql", .name = (char *)(uintptr_t) "paid orders"},
        {.check = (char *)(uintptr_t) "latency"}};
    char name[FINDING_NAME];
    small->scenario.expect = expects;
    small->scenario.expect_count = 3;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *first = find(small, "sql"), *next = first + 1;
    cr_expect_str_eq(finding_name(first, name, sizeof name), "sql: expect.0");
    cr_expect_str_eq(finding_name(next, name, sizeof name), "sql: paid orders");
    cr_expect_str_eq(finding_name(find(small, "latency"), name, sizeof name), "latency");
    cr_expect_str_eq(finding_name(find(small, "lost"), name, sizeof name), "lost");
    small->scenario.expect = NULL;
    small->scenario.expect_count = 0;
    small_free(small);
}

/* ---- bystander ---- */

static enum verdict bystander(int64_t transactions, int64_t errors, ns_t p99, bool present)
{
    struct small *small = small_new(&small_right);
    small_expect(small, "bystander")->p99 = 20 * NS_PER_MS;
    small->run.bystander[1] = (struct bystander_period){"during", transactions, errors, .p99 = p99};
    small->run.bystander_count = present ? 3 : 0;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    enum verdict verdict = find(small, "bystander")->verdict;
    small_free(small);
    return verdict;
}

Test(checks_run, bystander)
{
    cr_expect_eq(bystander(100, 0, 20 * NS_PER_MS, true), PASS);
    cr_expect_eq(bystander(100, 0, 21 * NS_PER_MS, true), FAIL);
    cr_expect_eq(bystander(100, 1, NS_PER_MS, true), FAIL);
    cr_expect_eq(bystander(0, 0, 0, true), FAIL, "a figure without samples fails");
    cr_expect_eq(bystander(100, 0, NS_PER_MS, false), UNKNOWN);
}
