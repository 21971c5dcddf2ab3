/* links: model verify */
/* What is said about a run: one sentence, a warning, advice. */
#include "small_run.h"
#include "verify/explain.h"

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

Test(explain, one_of_several_checks_of_a_name_is_told_by_its_label)
{
    struct small *small = small_judged(&small_right);
    struct finding *finding = findings_add(&small->run.findings, "sql");
    snprintf(finding->label, sizeof finding->label, "paid orders");
    finding_set(finding, VERDICT_FAIL, "is 10, expected 11");
    small->run.verdict = VERDICT_FAIL;
    explain_run(&small->run);
    cr_expect_str_eq(small->run.explanation, "sql: paid orders: is 10, expected 11");
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

/* A unique user stops no user too many. */
Test(explain, advises_by_the_store)
{
    static char sql[] = "SELECT user_id FROM coupon", file[] = "sqlite:///shop.db";
    const struct small_run text = {1, "A1 A2 R3", .rows = "1 2", .curve = "0 2"};
    struct spec_rows rows[] = {{.postgres = sql}, {.mysql = sql}, {.query = sql, .url = file}};
    static const char *const wanted[] = {"FOR UPDATE", "FOR UPDATE", "BEGIN IMMEDIATE"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct small *small = small_new(&text);
        small->scenario.evidence.coupons = &rows[i];
        cr_assert_eq(checks_run(&small->run, NULL), 0);
        cr_expect(strstr(small->run.advice, wanted[i]), "%s", small->run.advice);
        cr_expect_null(strstr(small->run.advice, "unique"), "%s", small->run.advice);
        small_free(small);
    }
}

Test(explain, what_an_interrupted_run_did_not_see_is_no_tables_fault)
{
    struct small *small =
        small_new(&(struct small_run){2, "A1 A2 R3", .rows = "", .not_run = true});
    small->run.interrupted = true;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    for (size_t i = 0; i < small->run.findings.count; i++)
        cr_expect_null(strstr(small->run.findings.v[i].hint, "right table"), "%s: %s",
                       small->run.findings.v[i].check, small->run.findings.v[i].hint);
    cr_expect(strstr(findings_find(&small->run.findings, "lost")->hint, "interrupted"));
    small_free(small);
}

Test(explain, an_interruption_before_the_load_says_so)
{
    struct small *small = small_new(&(struct small_run){2, ""});
    small->run.interrupted = true;
    explain_run(&small->run);
    cr_expect_str_eq(small->run.explanation, "interrupted: no request was sent");
    small_free(small);
}

static struct spec_fault kill_apply = {.target = (char *)(uintptr_t) "apply", .action = FAULT_KILL};

/* Who is taken away by the scenario's own fault is not looked for in its rules. */
Test(explain, the_runs_own_fault_is_named)
{
    struct small *small = small_new(&(struct small_run){2, "R1 R2 U3 U4", .rows = ""});
    struct run *run = &small->run;
    small->scenario.faults = &kill_apply;
    small->scenario.faults_count = 1;
    run_event_add(run, SMALL_ORIGIN, "kill apply");
    cr_assert_eq(checks_run(run, NULL), 0);
    cr_expect(strstr(run->advice, "faults.0 (kill apply)"), "%s", run->advice);
    kill_apply.restart_after = NS_PER_S;
    cr_assert_eq(checks_run(run, NULL), 0);
    cr_expect_null(strstr(run->advice, "faults.0"), "%s", run->advice);
    kill_apply.restart_after = 0;
    small_free(small);
}

Test(explain, a_fault_that_stopped_the_consumer_is_named)
{
    struct spec_fault stop = {.target = (char *)(uintptr_t) "consumer", .action = FAULT_STOP};
    struct small *small = small_new(&(struct small_run){
        2, "A1 A2 R3", .rows = "1", .produced = "1 2", .outcome = DRAIN_NO_CONSUMER});
    struct run *run = &small->run;
    small->scenario.faults = &stop;
    small->scenario.faults_count = 1;
    run->processes[run->processes_count++] =
        (struct process_info){.name = "consumer", .exit_code = -1, .looked = SMALL_ORIGIN};
    run_event_add(run, SMALL_ORIGIN, "stop consumer");
    cr_assert_eq(checks_run(run, NULL), 0);
    const struct finding *drained = findings_find(&run->findings, "drained");
    cr_expect(strstr(drained->message, "consumer: stopped, by faults.0"), "%s", drained->message);
    cr_expect(strstr(drained->hint, "faults.0 (stop consumer)"), "%s", drained->hint);
    small_free(small);
}

Test(explain, who_ended_by_itself_during_the_load_is_named)
{
    struct small *small = small_new(&(struct small_run){2, "A1 A2 R3 C4", .rows = "1 2"});
    struct run *run = &small->run;
    run->processes[run->processes_count++] = (struct process_info){
        .name = "apply", .once = true, .ended = SMALL_ORIGIN + NS_PER_MS, .looked = SMALL_ORIGIN};
    cr_assert_eq(checks_run(run, NULL), 0);
    const struct finding *errors = findings_find(&run->findings, "errors");
    cr_expect(strstr(errors->hint, "apply ended by itself (exit code 0)"), "%s", errors->hint);
    small_free(small);
}

/* Winners whose answers came too late are no reason to doubt the rules. */
Test(explain, a_yes_that_nobody_waited_for_needs_a_longer_timeout)
{
    struct small *small = small_new(&(struct small_run){2, "R1 R2 U3 U4", .rows = "3 4"});
    small->scenario.request.timeout = 20 * NS_PER_MS;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect(strstr(small->run.advice, "request.timeout"), "%s", small->run.advice);
    cr_expect(strstr(small->run.explanation, "2 requests had no whole answer within 20 ms"), "%s",
              small->run.explanation);
    small->scenario.by_flags = true;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect(strstr(small->run.advice, "--timeout"), "%s", small->run.advice);
    small_free(small);
}

/* A table that the run made, beside a service that it started: neither remembers anybody. */
Test(explain, a_private_table_remembers_nobody)
{
    struct small *small = small_new(&(struct small_run){2, "A1 A2 R3", .rows = ""});
    small->scenario.stack.postgres = (char *)(uintptr_t) "private";
    small->scenario.processes_count = 1;
    small->coupons.postgres = (char *)(uintptr_t) "SELECT user_id FROM coupon";
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *lost = findings_find(&small->run.findings, "lost");
    cr_expect_eq(lost->verdict, UNKNOWN);
    cr_expect_null(strstr(lost->hint, "remembers"), "%s", lost->hint);
    small_free(small);
}

/* What the scenario does say of a record is not asked for again. */
Test(explain, a_pointer_that_leads_to_nothing_is_named)
{
    struct small *small =
        small_new(&(struct small_run){2, "A1 A2 R3", .rows = "1 2", .produced = "? ?"});
    small->pipeline.value = VALUE_JSON;
    small->pipeline.pointer = (char *)(uintptr_t) "/user_id";
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    bool named = false;
    for (size_t i = 0; i < small->run.findings.count; i++)
        named |= strstr(small->run.findings.v[i].hint,
                        "evidence.pipeline.pointer: '/user_id' leads to no user") != NULL;
    cr_expect(named);
    small_free(small);
}

Test(explain, a_column_that_is_no_user_was_answered)
{
    struct small *small =
        small_new(&(struct small_run){2, "A1 A2 R3", .rows = "-", .outcome = DRAIN_BLOCKED});
    snprintf(small->run.drain.detail, sizeof small->run.drain.detail,
             "row 1 of the coupons query has no user: its first column is '0001'");
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *drained = findings_find(&small->run.findings, "drained");
    cr_expect(strstr(drained->hint, "SELECT user_id::bigint"), "%s", drained->hint);
    cr_expect_null(strstr(drained->hint, "reached from here"), "%s", drained->hint);
    small_free(small);
}

/* Who mixed up the two rules need not look for an exception. */
Test(explain, rules_the_wrong_way_round_are_asked_for)
{
    const struct small_run text = {2, "R1 R2 A3 A4 A5", .rows = "1 2", .curve = "0 2"};
    struct small *small = small_new(&text);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *phantom = findings_find(&small->run.findings, "phantom");
    cr_expect(strstr(phantom->hint, "the wrong way round"), "%s", phantom->hint);
    small_free(small);
}

Test(explain, a_later_round_without_a_yes_asks_for_what_is_left)
{
    struct small *small = small_new(&(struct small_run){2, "R1 R2 R3", .rows = ""});
    small->run.round = 2;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect(strstr(small->run.advice, "reset that too"), "%s", small->run.advice);
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
