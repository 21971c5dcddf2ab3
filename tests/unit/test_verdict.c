/* links: model verify */
/* Which checks run, and what their findings come to: verdict and exit code. */
#include "base/cleanup.h"
#include "small_run.h"

static const struct finding *find(const struct small *small, const char *check)
{
    return findings_find(&small->run.findings, check);
}

/* ---- which checks run ---- */

Test(verdict, a_right_run_passes_every_default_check)
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

Test(verdict, default_checks_without_evidence_are_listed_not_judged)
{
    const struct small_run text = {2, "D1 D2 D3", .rows = "1 2", .curve = "0 2 w2",
                                   .cannot_tell = true};
    struct small *small = small_judged(&text);
    cr_expect_str_eq(small->run.not_checked, "lost, parked, phantom, counter, slots_burned, fcfs");
    cr_expect_eq(small->run.verdict, PASS);
    small_free(small);
}

Test(verdict, an_explicit_check_without_evidence_is_unknown_and_says_what_to_add)
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

Test(verdict, promised_evidence_that_is_missing_is_unknown)
{
    struct small_run text = small_right;
    text.parked = "-";
    struct small *small = small_judged(&text);
    cr_expect_eq(find(small, "parked")->verdict, UNKNOWN);
    cr_expect_eq(small->run.verdict, UNKNOWN);
    small_free(small);
}

Test(verdict, a_check_that_does_not_exist_is_unknown)
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

Test(verdict, the_same_run_gives_the_same_findings)
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
Test(verdict, a_fault_that_never_came_proves_nothing)
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
                     "faults.1 (kill consumer) was never carried out: it was due 60 s after the "
                     "release, and the run was over by then; a shorter `at`, or a longer load");
    run->invalid[0] = '\0';
    run_event_add(run, SMALL_ORIGIN, "kill consumer");
    cr_assert_eq(checks_run(run, NULL), 0);
    cr_expect_eq(run->verdict, VERDICT_PASS, "%s", run->explanation);
    small_free(small);
}

/* ---- merging and exit codes ---- */

Test(verdict, fail_beats_unknown_beats_pass)
{
    struct small_run text = small_right;
    text.parked = "-";
    text.rows = "1 2 3";
    struct small *small = small_judged(&text);
    cr_expect_eq(small->run.verdict, FAIL);
    cr_expect_eq(small->run.exit_code, 1);
    small_free(small);
}

Test(verdict, an_invalid_run_never_passes)
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

Test(verdict, interrupted_and_error_decide_the_exit_code)
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
Test(verdict, what_an_error_cut_short_is_unknown_whatever_fails)
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

Test(verdict, a_run_that_proves_nothing_is_invalid)
{
    const struct small_run text = {5, "C1 C2", .rows = ""};
    struct small *small = small_judged(&text);
    cr_expect_str_eq(small->run.invalid, "the run proves nothing: no request reached the service");
    cr_expect_neq(small->run.verdict, PASS);
    small_free(small);
}

Test(verdict, a_history_from_elsewhere_is_judged_by_its_rows)
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

Test(verdict, the_table_has_every_check_once)
{
    size_t count;
    const struct check *table = checks_table(&count);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(checks_find(table[i].name), &table[i]);
        cr_expect(table[i].help[0]);
    }
    cr_expect_null(checks_find("happiness"));
}
