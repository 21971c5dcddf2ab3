/* links: model verify */
/* One headline, and it is about the first cause: the table of causes against every pair of checks
 * that fail, or are unknown, at once. */
#include "small_run.h"
#include "verify/causes.h"
#include "verify/explain.h"

/* As the row says that it is: with figures, answers and verdict that its place asks for. */
static void add_finding(struct small *small, const struct cause *cause, enum verdict verdict,
                        const char *message)
{
    struct finding *finding = findings_add(&small->run.findings, cause->check);
    finding_set(finding, verdict, "%s", message);
    finding_hint(finding, "do something about %s", message);
    finding_range(finding, 5, 5);
    finding_count(finding, cause->over_issue ? 7 : 3);
    if (cause->before_invalid && cause->when)
        small->run.tally.causes[CAUSE_AMBIGUOUS] = 1;
}

/* Is it a row that this verdict can be at? */
static bool can_be(const struct cause *cause, enum verdict verdict)
{
    static const char *const never_fail[] = {"burst_simultaneous", "not_vacuous"};
    bool only_unknown = cause->unknown || (cause->before_invalid && cause->when);
    for (size_t i = 0; cause->check && i < sizeof never_fail / sizeof *never_fail; i++)
        only_unknown |= !strcmp(cause->check, never_fail[i]);
    /* What is unknown of them stands at an earlier row. */
    bool only_fail = (cause->over_issue && cause->when) ||
                     (cause->check && !cause->unknown && !strcmp(cause->check, "drained"));
    return cause->check && !(only_unknown && verdict == FAIL) && !(only_fail && verdict == UNKNOWN);
}

/* Returns false when the two cannot be at once. */
static bool judge_pair(const struct cause *first, const struct cause *second, enum verdict verdict,
                       bool turned)
{
    bool same = !first->check || !second->check || !strcmp(first->check, second->check);
    if (same || !can_be(first, verdict) || !can_be(second, verdict))
        return false;
    struct small *small = small_new(&(struct small_run){5, "A1 A2 R3"});
    add_finding(small, turned ? second : first, verdict, turned ? "the second" : "the first");
    add_finding(small, turned ? first : second, verdict, turned ? "the first" : "the second");
    small->run.verdict = verdict;
    const struct finding *finding;
    const struct cause *cause = causes_first(&small->run, &finding);
    cr_assert_eq(cause, first, "%s before %s, %s: is %s", first->check, second->check,
                 verdict_name(verdict), cause ? cause->check : "none");
    cr_expect_str_eq(finding->message, "the first");
    explain_run(&small->run);
    cr_expect_null(strstr(small->run.explanation, "the second"), "%s and %s: %s", first->check,
                   second->check, small->run.explanation);
    cr_expect_null(strstr(small->run.advice, "the second"), "%s", small->run.advice);
    small_free(small);
    return true;
}

Test(causes, of_any_two_the_earlier_is_the_headline)
{
    size_t count, pairs = 0;
    const struct cause *table = causes_table(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            for (int turned = 0; turned < 2; turned++) {
                pairs += judge_pair(&table[i], &table[k], FAIL, turned);
                pairs += judge_pair(&table[i], &table[k], UNKNOWN, turned);
            }
    cr_expect_gt(pairs, 1000, "%zu", pairs);
}

Test(causes, every_check_has_a_place)
{
    size_t checks_count, count;
    const struct check *checks = checks_table(&checks_count);
    const struct cause *table = causes_table(&count);
    for (size_t i = 0; i < checks_count; i++) {
        bool found = false;
        for (size_t k = 0; k < count && table[k].check; k++)
            found |= !strcmp(table[k].check, checks[i].name) && !table[k].when;
        cr_expect(found, "%s", checks[i].name);
    }
    for (size_t k = 0; k < count && table[k].check; k++)
        cr_expect(checks_find(table[k].check), "%s", table[k].check);
}

static void expect_headline(const struct small_run *text, const char *headline)
{
    struct small *small = small_judged(text);
    cr_expect_str_eq(small->run.explanation, headline);
    small_free(small);
}

Test(causes, a_wrong_count_is_framed_by_its_cause)
{
    struct small_run text = {.limit = 3,
                             .answers = "A1@1-2 A2@3-4 A2@5-6 R3@7-8 R4@9-10",
                             .rows = "1 2 2",
                             .curve = "0 3"};
    expect_headline(&text, "expected: 3, but was: 2 (with more than one coupon or record: user 2)");
    text = (struct small_run){.limit = 2, .answers = "A1 A2 A3 R4", .rows = "1 2 3", .curve = "3"};
    expect_headline(&text, "expected: 2, but was: 3 (3 told yes, limit 2)");
    text = (struct small_run){.limit = 2, .answers = "A1 A2 R3 R4", .rows = "1 2 3", .curve = "3"};
    expect_headline(&text, "expected: 2, but was: 3 (told no and with a coupon: user 3)");
    text = (struct small_run){.limit = 3, .answers = "A1 A2 E3 E4", .rows = "1 2", .curve = "2"};
    text.outcome = DRAIN_DRAINED_LOSSY;
    struct small *small = small_judged(&text);
    cr_expect(strstr(small->run.explanation, "2 requests got no decision"), "%s",
              small->run.explanation);
    small_free(small);
}

/* A loss does not explain that there are too many. */
Test(causes, too_many_is_not_explained_by_a_loss)
{
    const struct small_run text = {
        .limit = 2, .answers = "A1 A2 A3 A4 R5", .rows = "1 2 3", .curve = "3"};
    expect_headline(&text, "expected: 2, but was: 3 (4 told yes, limit 2)");
}

Test(causes, a_crash_comes_before_what_it_left_undone)
{
    struct small_run text = {
        .limit = 2, .answers = "A1 A2 R3", .rows = "1", .outcome = DRAIN_DRAINED_LOSSY};
    struct small *small = small_new(&text);
    small->run.processes_count = 1;
    small->run.processes[0] = (struct process_info){.name = "consumer",
                                                    .exit_code = -1,
                                                    .signal = 11,
                                                    .unexpected = true,
                                                    .ended = SMALL_ORIGIN + NS_PER_S,
                                                    .looked = SMALL_ORIGIN + NS_PER_S};
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect(strstr(small->run.explanation, "expected: 2, but was: 1; consumer ended by itself: "
                                             "signal 11 (SIGSEGV)"),
              "%s", small->run.explanation);
    small_free(small);
}

Test(causes, a_slot_that_nobody_got_is_why_there_are_too_few)
{
    const struct small_run text = {.limit = 3,
                                   .answers = "A1@1-2 A2@3-4 E3@3-5 R4@7-8",
                                   .rows = "1 2",
                                   .produced = "1 2",
                                   .counter_given = true,
                                   .counter = 4,
                                   .curve = "2",
                                   .outcome = DRAIN_DRAINED_LOSSY};
    struct small *small = small_new(&text);
    small_expect(small, "errors")->at_most = 9;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_str_eq(small->run.explanation,
                     "expected: 3, but was: 2; 1 slot was burned: counted, but nobody got it");
    cr_expect(strstr(small->run.advice, "give its slot back"), "%s", small->run.advice);
    small_free(small);
}

/* A sentence about what is left stands beside whatever the detail says of it; advice about a
 * consumer's group needs one; and whoever has ended is named, by whatever it was ended. */
Test(causes, drained_says_who_has_ended)
{
    struct small_run text = {
        .limit = 2, .answers = "A1 A2 R3", .rows = "1", .outcome = DRAIN_NO_CONSUMER};
    for (int pipeline = 0; pipeline < 2; pipeline++)
        for (int ended = 0; ended < 2; ended++) {
            text.produced = pipeline ? "1 2" : NULL;
            struct small *small = small_new(&text);
            small->run.processes_count = 1;
            small->run.processes[0] = (struct process_info){
                .name = "consumer", .exit_code = -1, .looked = SMALL_ORIGIN + 2 * NS_PER_S};
            if (ended) {
                small->run.processes[0].signal = 1;
                small->run.processes[0].ended = SMALL_ORIGIN + NS_PER_S;
                strcpy(small->run.processes[0].asked, "fault");
            }
            small_expect(small, "drained");
            cr_assert_eq(checks_run(&small->run, NULL), 0);
            const struct finding *finding = findings_find(&small->run.findings, "drained");
            cr_expect_eq(finding->verdict, UNKNOWN);
            cr_expect_eq(strstr(finding->message, "; consumer: signal 1 (SIGHUP), by a fault") !=
                             NULL,
                         ended, "%s", finding->message);
            cr_expect_null(strstr(finding->message, "something is left"), "%s", finding->message);
            cr_expect_eq(strstr(finding->hint, "pipeline.group") != NULL, pipeline && !ended, "%s",
                         finding->hint);
            cr_expect(finding->hint[0]);
            small_free(small);
        }
}
