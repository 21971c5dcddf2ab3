/* links: model verify */
/* Checks of the run as a whole, the choice of checks, merging, exit codes. */
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

/* ---- which checks run ---- */

Test(checks_run, a_right_run_passes_every_default_check)
{
    struct small *small = small_judged(&small_right);
    cr_expect_eq(small->run.verdict, PASS);
    cr_expect_eq(small->run.exit_code, 0);
    cr_expect_str_empty(small->run.not_checked);
    static const char *const names[] = {"not_vacuous",  "response_classified",
                                        "errors",       "drained",
                                        "cap_safety",   "cap_exact",
                                        "lost",         "parked",
                                        "phantom",      "unexpected",
                                        "duplicate",    "counter",
                                        "slots_burned", "fcfs",
                                        "fcfs_rank",    "late"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_expect(find(small, names[i]), "%s was not judged", names[i]);
    cr_expect_eq(small->run.findings.count, sizeof names / sizeof *names);
    small_free(small);
}

Test(checks_run, default_checks_without_evidence_are_listed_not_judged)
{
    const struct small_run text = {2, "D1 D2 D3", .rows = "1 2", .curve = "0 2 w2",
                                   .cannot_tell = true};
    struct small *small = small_judged(&text);
    cr_expect_str_eq(small->run.not_checked, "lost, parked, phantom, counter, slots_burned, fcfs");
    cr_expect_eq(small->run.verdict, PASS);
    small_free(small);
}

Test(checks_run, an_explicit_check_without_evidence_is_unknown_and_says_what_to_add)
{
    struct small_run text = small_right;
    text.counter_given = false;
    struct small *small = small_new(&text);
    small_expect(small, "counter");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(find(small, "counter")->verdict, UNKNOWN);
    cr_expect(strstr(find(small, "counter")->hint, "evidence.counter"));
    cr_expect_eq(small->run.exit_code, 2);
    small_free(small);
}

Test(checks_run, promised_evidence_that_is_missing_is_unknown)
{
    struct small_run text = small_right;
    text.parked = "-";
    struct small *small = small_judged(&text);
    cr_expect_eq(find(small, "parked")->verdict, UNKNOWN);
    cr_expect_eq(small->run.verdict, UNKNOWN);
    small_free(small);
}

Test(checks_run, a_check_that_does_not_exist_is_unknown)
{
    struct small *small = small_new(&small_right);
    small_expect(small, "happiness");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(find(small, "happiness")->verdict, UNKNOWN);
    small_free(small);
}

/* As they are told: between members there is room that holds anything. */
static void same_witness(const struct witness *a, const struct witness *b)
{
    _cleanup_(buf_free) struct buf one, other;
    buf_init(&one, 4096);
    buf_init(&other, 4096);
    cr_assert_eq(witness_describe(a, NULL, SMALL_ORIGIN, &one), 0);
    cr_assert_eq(witness_describe(b, NULL, SMALL_ORIGIN, &other), 0);
    cr_expect_str_eq(buf_text(&one), buf_text(&other));
}

Test(checks_run, the_same_run_gives_the_same_findings)
{
    struct small_run text = small_right;
    text.rows = "1 1 3 99";
    struct small *small = small_judged(&text);
    struct findings first = small->run.findings;
    small->run.findings = (struct findings){0};
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_assert_eq(small->run.findings.count, first.count);
    for (size_t i = 0; i < first.count; i++) {
        const struct finding *a = &first.v[i], *b = &small->run.findings.v[i];
        cr_expect_eq(a->verdict, b->verdict);
        cr_expect_str_eq(a->message, b->message);
        cr_assert_eq(a->witnesses_count, b->witnesses_count);
        for (size_t w = 0; w < a->witnesses_count; w++)
            same_witness(&a->witnesses[w], &b->witnesses[w]);
    }
    findings_free(&first);
    small_free(small);
}

/* What a scenario wanted to see happen, and did not, makes no pass. */
Test(checks_run, a_fault_that_never_came_proves_nothing)
{
    struct small *small = small_new(&small_right);
    struct spec_fault faults[] = {
        {.target = (char *)(uintptr_t) "consumer",
         .action = FAULT_KILL,
         .when = WHEN_ROWS,
         .count = 2},
        {.target = (char *)(uintptr_t) "consumer",
         .action = FAULT_KILL,
         .when = WHEN_TIME,
         .at = 60 * NS_PER_S},
    };
    struct run *run = &small->run;
    small->scenario.faults = faults;
    small->scenario.faults_count = 2;
    run_event_add(run, SMALL_ORIGIN, "kill consumer");
    cr_assert_eq(checks_run(run, NULL), 0);
    cr_expect_eq(run->verdict, VERDICT_UNKNOWN);
    cr_expect_eq(run->exit_code, 2);
    cr_expect_str_eq(run->invalid,
                     "the fault \"kill consumer\" was never carried out: it was due 60 s "
                     "after the release");
    run->invalid[0] = '\0';
    run_event_add(run, SMALL_ORIGIN, "kill consumer");
    cr_assert_eq(checks_run(run, NULL), 0);
    cr_expect_eq(run->verdict, VERDICT_PASS, "%s", run->explanation);
    small_free(small);
}

/* ---- merging and exit codes ---- */

Test(checks_run, fail_beats_unknown_beats_pass)
{
    struct small_run text = small_right;
    text.parked = "-";
    text.rows = "1 2 3";
    struct small *small = small_judged(&text);
    cr_expect_eq(small->run.verdict, FAIL);
    cr_expect_eq(small->run.exit_code, 1);
    small_free(small);
}

Test(checks_run, an_invalid_run_never_passes)
{
    struct small *small = small_new(&small_right);
    snprintf(small->run.invalid, sizeof small->run.invalid, "the burst was a trickle");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(small->run.verdict, UNKNOWN);
    cr_expect_eq(small->run.exit_code, 2);
    cr_expect_str_eq(small->run.invalid, "the burst was a trickle");
    cr_expect_str_eq(small->run.explanation, "invalid run: the burst was a trickle");
    small_free(small);
}

Test(checks_run, interrupted_and_error_decide_the_exit_code)
{
    struct small *small = small_new(&small_right);
    small->run.interrupted = true;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(small->run.verdict, UNKNOWN);
    cr_expect_eq(small->run.exit_code, 130);
    small->run.interrupted = false;
    snprintf(small->run.error, sizeof small->run.error, "redis-server did not start");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(small->run.exit_code, 4);
    small_free(small);
}

/* As the run itself ended, so it is judged again from its files. */
Test(checks_run, what_an_error_cut_short_is_unknown_whatever_fails)
{
    struct small_run text = small_right;
    text.rows = "1 1 3 99";
    struct small *small = small_new(&text);
    snprintf(small->run.error, sizeof small->run.error, "the database went away");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(small->run.verdict, UNKNOWN);
    cr_expect_eq(small->run.exit_code, 4);
    small->run.exit_code = 3;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(small->run.exit_code, 3);
    small_free(small);
}

Test(checks_run, a_run_that_proves_nothing_is_invalid)
{
    const struct small_run text = {5, "C1 C2", .rows = ""};
    struct small *small = small_judged(&text);
    cr_expect_str_eq(small->run.invalid, "the run proves nothing: no request reached the service");
    cr_expect_neq(small->run.verdict, PASS);
    small_free(small);
}

Test(checks_run, a_history_from_elsewhere_is_judged_by_its_rows)
{
    const struct small_run text = {2, "A1 A2 R3", .rows = "1 2", .not_run = true};
    struct small *small = small_new(&text);
    small->run.phases[PHASE_STACK].started = 0;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(find(small, "cap_exact")->verdict, PASS);
    cr_expect_null(find(small, "drained"));
    cr_expect_eq(small->run.verdict, PASS);
    small_free(small);
}

Test(checks_run, the_table_has_every_check_once)
{
    size_t count;
    const struct check *table = checks_table(&count);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(checks_find(table[i].name), &table[i]);
        cr_expect(table[i].help[0]);
    }
    cr_expect_null(checks_find("happiness"));
}
