/* links: model verify */
/* Checks that need answers and instants only: pass, fail and unknown for each. */
#include "small_run.h"

Test(checks_answers, response_classified)
{
    static const struct small_case table[] = {
        CASE("all", PASS, "0 of 3", "", 2, "A1 A2 R3"),
        CASE("one not", FAIL, "1 of 3", "2", 2, "A1 X2 R3"),
        CASE("one not, allowed", PASS, "1 of 3", "2", 2, "A1 X2 R3", .at_most = 1),
        CASE("a server error is an error", PASS, "0 of 3", "", 2, "A1 E2 R3"),
        CASE("nobody answered", UNKNOWN, "0 of 0", "", 2, "U1 C2"),
    };
    JUDGE_ALL("response_classified", table);
}

/* X are answers that speak of somebody else. */
Test(checks_answers, a_yes_for_another_user_is_proved)
{
    static const struct {
        const char *answers;
        enum request_cause cause;
        enum verdict verdict;
    } table[] = {
        {"X1 X2 R3", CAUSE_ANOTHER_YES, FAIL},
        {"X1 X2 R3", CAUSE_ANOTHER, UNKNOWN}, /* the rule may look at the wrong place */
        {"X1 X2 X3", CAUSE_ANOTHER_YES, FAIL},
        {"X1 X2 R3", CAUSE_UNCLASSIFIED, UNKNOWN},
        {"A1 X2 X3", CAUSE_UNCLASSIFIED,
         UNKNOWN}, /* no answer was a no: is the rule for it right? */
        {"A1 X2 R3", CAUSE_UNCLASSIFIED, FAIL},
        {"A1 X2 R3", CAUSE_ANOTHER, FAIL}, /* others were told of themselves */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct small *small = small_new(&(struct small_run){2, table[i].answers, .rows = "1"});
        for (size_t k = 0; k < small->run.history.count; k++)
            if (small->run.history.v[k].cause == CAUSE_UNCLASSIFIED)
                small->run.history.v[k].cause = (uint8_t)table[i].cause;
        cr_assert_eq(checks_run(&small->run, NULL), 0);
        const struct finding *finding = findings_find(&small->run.findings, "response_classified");
        cr_expect_eq(finding->verdict, table[i].verdict, "row %zu: %s", i, finding->message);
        small_free(small);
    }
}

Test(checks_answers, errors)
{
    static const struct small_case table[] = {
        CASE("none", PASS, "0 of 3", "", 2, "A1 A2 R3"),
        CASE("each kind", FAIL, "3 of 5", "2 3 4", 2, "A1 E2 U3 C4 R5"),
        CASE("allowed", PASS, "3 of 5", "2 3 4", 2, "A1 E2 U3 C4 R5", .at_most = 3),
        CASE("undecided and unclassified are answers", PASS, "0 of 2", "", 2, "D1 X2"),
        CASE("no samples", UNKNOWN, "0 of 0", "", 2, "S1"),
    };
    JUDGE_ALL("errors", table);
}

/* A slow service is told how to say so; beside server errors the log tells more. */
Test(checks_answers, timeouts_name_the_time_that_was_given)
{
    static const struct {
        const char *answers;
        bool names;
    } table[] = {{"A1 U2 U3 E4", true}, {"A1 U2 E3 E4", false}, {"A1 E2", false}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct small *small = small_new(&(struct small_run){2, table[i].answers});
        small->scenario.request.timeout = 10 * NS_PER_S;
        cr_assert_eq(checks_run(&small->run, NULL), 0);
        const struct finding *finding = findings_find(&small->run.findings, "errors");
        bool names =
            strstr(finding->hint, "within 10 s") && strstr(finding->hint, "request.timeout");
        cr_expect_eq(names, table[i].names, "%s: %s", table[i].answers, finding->hint);
        small_free(small);
    }
}

/* Our patience is no bound of the service's, unless the scenario states one. */
Test(checks_answers, a_timeout_convicts_only_where_a_bound_is_stated)
{
    static const struct {
        const char *answers;
        int64_t stated; /* -1: not */
        enum verdict verdict;
    } table[] = {
        {"A1 U2 U3", -1, UNKNOWN}, {"A1 U2 U3", 0, FAIL},  {"A1 U2 U3", 1, FAIL},
        {"A1 U2 U3", 2, PASS},     {"A1 E2 U3", -1, FAIL}, {"A1 E2 U3", 1, FAIL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct small *small = small_new(&(struct small_run){2, table[i].answers});
        if (table[i].stated >= 0)
            small_expect(small, "errors")->at_most = table[i].stated;
        cr_assert_eq(checks_run(&small->run, NULL), 0);
        const struct finding *finding = findings_find(&small->run.findings, "errors");
        cr_expect_eq(finding->verdict, table[i].verdict, "row %zu: %s", i, finding->message);
        bool told = strstr(finding->hint, "expect: [{check: errors}]");
        cr_expect_eq(told, table[i].verdict == UNKNOWN, "row %zu: %s", i, finding->hint);
        small_free(small);
    }
}

Test(checks_answers, not_vacuous)
{
    static const struct small_case table[] = {
        CASE("a yes, a no, a row", PASS, NULL, NULL, 2, "A1 A2 R3", .rows = "1 2", .curve = "0 2"),
        CASE("no yes", UNKNOWN, "nobody was told yes", NULL, 2, "R1 R2 R3", .rows = "1"),
        CASE("no no", UNKNOWN, "nobody was told no, although more asked than the limit", NULL, 2,
             "A1 A2 A3", .rows = "1 2 3"),
        CASE("no no, and some unheard", UNKNOWN,
             "nobody was told no, and 1 request had no whole answer within 0 ns", NULL, 1, "A1 U2",
             .rows = "1"),
        CASE("no no, but enough for all", PASS, NULL, NULL, 3, "A1 A2 A3", .rows = "1 2"),
        CASE("no row", UNKNOWN, "no coupon row was read", NULL, 2, "A1 A2 R3", .rows = ""),
        CASE("no sample", UNKNOWN, "no sample of the rows was taken", NULL, 2, "A1 A2 R3",
             .rows = "1 2", .curve = "?"),
        CASE("nobody was answered", UNKNOWN, "nobody was answered", NULL, 2, "U1 U2 C3",
             .rows = ""),
        CASE("nobody came", UNKNOWN, "no request reached the service", NULL, 2, "C1 C2 S3",
             .rows = ""),
        CASE("answers do not tell, rows do", PASS, NULL, NULL, 2, "D1 D2 D3", .rows = "1 2",
             .cannot_tell = true),
    };
    JUDGE_ALL("not_vacuous", table);
}

Test(checks_answers, fcfs)
{
    static const struct small_case table[] = {
        CASE("all overlap", PASS, "one", "", 2, "A1 A2 R3"),
        CASE("in order", PASS, "one", "", 2, "A1@1-2 A2@3-4 R3@5-6"),
        CASE("last in, first out", FAIL, "none", "3>2", 2, "A1@1-2 R3@3-4 A2@5-6"),
        CASE("too many", FAIL, "none", "", 1, "A1 A2 R3"),
        CASE("turned away too early", FAIL, "none", "3", 2, "A1 R3"),
        CASE("a timeout took the other slot", PASS, "one", "", 2, "A1 U2 R3"),
        CASE("a timeout that came too late", FAIL, "none", "3", 2, "A1@1-2 R3@3-4 U2@5-9"),
        CASE("a 500 may have taken one", PASS, "one", "", 2, "A1 E2 R3"),
        CASE("a refused one has not", FAIL, "none", "3", 2, "A1 C2 R3"),
        CASE("already has one", PASS, "one", "", 2, "A1@1-2 R1@3-4 A2@5-6 R3@7-8"),
        CASE("turned away, then served", FAIL, "none", "1>1", 2, "R1@1-2 A1@3-4 A2@1-9 R3@8-9"),
        CASE("a no that was done at the very release of the yes", PASS, "one", "", 1,
             "R1@1-3 A1@3-9 R2"),
        CASE("nobody turned away", PASS, "one", "", 5, "A1 A2"),
        CASE("nobody at all", UNKNOWN, "nobody told yes", "", 2, "U1 U2"),
        CASE("answers do not tell", UNKNOWN, NULL, "", 2, "D1 D2", .cannot_tell = true),
        CASE("no yes: a wrong address", UNKNOWN, "nobody told yes", "", 2, "R1@1-2 R2@3-4"),
    };
    JUDGE_ALL("fcfs", table);
}

/* Each of a user's requests may have taken a slot, but no earlier than it was released; and his
 * "no" says "you have one already" only where the limit leaves him one. */
Test(checks_answers, fcfs_of_users_who_ask_again)
{
    static const struct small_case table[] = {
        CASE("again after the no of another", FAIL, "none", "2", 2, "A1@0-5 R2@10-20 A1@100-105"),
        CASE("again before it", UNKNOWN, "none", "", 2, "A1@0-5 A1@6-8 R2@10-20"),
        CASE("told yes twice, one slot", PASS, "one", "", 2, "A1@0-5 A2@0-5 R3@10-20 A1@21-30"),
        CASE("no, then yes", FAIL, "none", "1>1", 2, "R1@0-5 A1@10-15 A2@0-3"),
        CASE("no, then yes, side by side", PASS, "one", "", 1, "R1@0-5 A1@5-15"),
        CASE("his own unknown, and room", PASS, "one", "", 2, "U1@0-5 R1@1-5 A2@20-30 R3@40-50"),
        CASE("his own unknown, and no room", FAIL, "none", "1>3", 2,
             "U1@0-5 R1@1-5 A2@20-30 A3@21-30"),
        CASE("two of whom one had a slot", FAIL, "none", "2>4", 2,
             "U1@0-5 R1@1-5 U2@0-5 R2@1-6 A4@20-30"),
        CASE("no to both, and the slots are gone", PASS, "one", "", 2,
             "U1@0-5 R1@1-25 U2@0-5 R2@1-26 A4@20-30"),
        CASE("two unknown of one user", UNKNOWN, "none", "", 3, "U1@0-1 U1@0-2 A2@0-3 R3@5-6"),
        CASE("two unknown of two users", PASS, "one", "", 3, "U1@0-1 U4@0-2 A2@0-3 R3@5-6"),
        CASE("asked again too late", FAIL, "none", "3", 3, "U1@0-1 U1@9-20 A2@0-3 R3@5-6"),
        CASE("in another order", FAIL, "none", "2", 2, "A1@100-105 R2@10-20 A1@0-5"),
    };
    JUDGE_ALL("fcfs", table);
}

Test(checks_answers, fcfs_names_both_with_their_instants)
{
    const struct small_run text = {1, "R812@1-3.1 A77@3.4-9"};
    struct small *small = small_new(&text);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *finding = findings_find(&small->run.findings, "fcfs");
    cr_assert_eq(finding->verdict, FAIL);
    cr_expect_str_eq(finding->message,
                     "user 812 was turned away at 3.10 ms; user 77 asked at 3.40 ms and got one");
    const struct witness *witness = &finding->witnesses[0];
    cr_expect_eq(witness->done, SMALL_ORIGIN + 3100 * NS_PER_US);
    cr_expect_eq(witness->other_released, SMALL_ORIGIN + 3400 * NS_PER_US);
    small_free(small);
}

/* Stamps that may be late cannot convict, but ranks told twice are told twice. */
static enum verdict with_late_stamps(const char *check, const char *answers)
{
    const struct small_run text = {2, answers};
    struct small *small = small_new(&text);
    small->run.load[3].late_stamps = 1;
    small_expect(small, check);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    enum verdict verdict = findings_find(&small->run.findings, check)->verdict;
    small_free(small);
    return verdict;
}

Test(checks_answers, late_stamps_make_the_order_uncertain)
{
    cr_expect_eq(with_late_stamps("fcfs", "A1@1-2 R3@3-4 A2@5-6"), UNKNOWN);
    cr_expect_eq(with_late_stamps("fcfs", "A1 A2 R3"), PASS);
    cr_expect_eq(with_late_stamps("fcfs", "A1 A2 A3"), FAIL);
    cr_expect_eq(with_late_stamps("fcfs_distance", "A1@1-2 R3@3-4 A2@5-6"), UNKNOWN);
    cr_expect_eq(with_late_stamps("fcfs_rank", "A1=2@1-2 A2=1@3-4"), UNKNOWN);
    cr_expect_eq(with_late_stamps("fcfs_rank", "A1=1 A2=1"), FAIL);
}

Test(checks_answers, fcfs_distance)
{
    static const struct small_case table[] = {
        CASE("none", PASS, "0", "", 2, "A1 A2 R3"),
        CASE("two disjoint pairs", FAIL, "2", "3>1 4>2", 2, "R3@1-2 R4@1-3 A1@5-6 A2@7-8"),
        CASE("two pairs of one victim are one", FAIL, "1", "3>2", 2, "R3@1-2 A1@5-6 A2@7-8"),
        CASE("allowed", PASS, "1", "3>2", 2, "R3@1-2 A1@5-6 A2@7-8", .at_most = 1),
        CASE("nothing to compare", UNKNOWN, "0", "", 5, "A1 A2"),
    };
    JUDGE_ALL("fcfs_distance", table);
}

Test(checks_answers, fcfs_rank)
{
    static const struct small_case table[] = {
        CASE("in order", PASS, "0", "", 3, "A1=1@1-2 A2=2@3-4"),
        CASE("overlapping ranks may be in any order", PASS, "0", "", 3, "A1=2@1-5 A2=1@3-7"),
        CASE("overtaken", FAIL, "1", "1>2", 3, "A1=2@1-2 A2=1@3-4"),
        CASE("overtaken by the first of three", FAIL, "2", "1>3 2>3", 5,
             "A1=2@1-2 A2=3@1-2 A3=1@5-6"),
        CASE("the same rank", FAIL, "1", "2>1", 3, "A1=1 A2=1"),
        CASE("allowed", PASS, "1", "2>1", 3, "A1=1 A2=1", .at_most = 1),
        CASE("no ranks", UNKNOWN, "0", "", 3, "A1 A2"),
        CASE("beyond the limit", FAIL, "1", "2", 3, "A1=1 A2=4"),
        CASE("the last", PASS, "0", "", 3, "A1=1 A2=3"),
        CASE("from 0", PASS, "0", "", 3, "A1=0 A2=2"),
        CASE("from 0 and to the limit", FAIL, "1", "1", 3, "A1=0 A2=3"),
        CASE("from 0, and one beyond", FAIL, "2", "2>1 3", 2, "A1=0 A2=0 A3=2"),
        CASE("below 0", FAIL, "1", "2", 3, "A1=1 A2=-1"),
        CASE("the least number is a rank too", FAIL, "1", "2", 3, "A1=1 A2=-9223372036854775808"),
        CASE("his own rank once more", PASS, "0", "", 3, "A1=1@1-2 A2=2@3-4 A1=1@5-6"),
        CASE("another's rank later", FAIL, "1", "1>2", 3, "A1=1@1-2 A2=2@3-4 A1=2@1-6"),
        CASE("tied, one was overtaken", FAIL, "1", "1>3", 5, "A1=3@1-2 A2=3@1-9 A3=1@5-6"),
        CASE("the same, other rows", FAIL, "1", "1>3", 5, "A2=3@1-9 A1=3@1-2 A3=1@5-6"),
        CASE("tied, who was told first keeps it", FAIL, "1", "2>1", 5, "A2=1@1-9 A1=1@1-2"),
    };
    JUDGE_ALL("fcfs_rank", table);
}

Test(checks_answers, fcfs_power)
{
    static const struct small_case table[] = {
        CASE("all in a row", PASS, "100.0 %: 3 of 3", NULL, 2, "A1@1-2 A2@3-4 R3@5-6"),
        CASE("all at once", UNKNOWN, "0.0 %: 0 of 3", NULL, 2, "A1 A2 R3"),
        CASE("one alone", UNKNOWN, "0.0 %: 0 of 0", NULL, 2, "A1"),
    };
    JUDGE_ALL("fcfs_power", table);
}

/* ---- checks with limits of their own ---- */

static enum verdict latency_of(ns_t p50, ns_t p99, ns_t max, const char *answers)
{
    const struct small_run text = {2, answers};
    struct small *small = small_new(&text);
    struct spec_expect *expect = small_expect(small, "latency");
    expect->p50 = p50;
    expect->p99 = p99;
    expect->max = max;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    enum verdict verdict = findings_find(&small->run.findings, "latency")->verdict;
    small_free(small);
    return verdict;
}

Test(checks_answers, latency)
{
    const char *answers = "A1@0-10 A2@0-20 R3@0-90";
    ns_t ms = NS_PER_MS;
    cr_expect_eq(latency_of(21 * ms, 0, 0, answers), PASS);
    cr_expect_eq(latency_of(19 * ms, 0, 0, answers), FAIL);
    cr_expect_eq(latency_of(0, 0, 90 * ms, answers), PASS);
    cr_expect_eq(latency_of(0, 0, 89 * ms, answers), FAIL);
    cr_expect_eq(latency_of(21 * ms, 80 * ms, 0, answers), FAIL, "p99 is the one that is over");
    cr_expect_eq(latency_of(0, 0, 0, answers), UNKNOWN, "no limit given");
    cr_expect_eq(latency_of(1, 1, 1, "U1 U2"), FAIL, "a figure without samples fails");
}

static enum verdict burst_of(ns_t spread, int64_t in_flight, const char *answers)
{
    const struct small_run text = {2, answers, .rows = "1 2", .curve = "0 2 w2"};
    struct small *small = small_new(&text);
    struct spec_require require = {spread, in_flight};
    small->phase.burst.require = &require;
    small->phase.kind = LOAD_BURST;
    small->scenario.load_count = 1;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    enum verdict verdict = findings_find(&small->run.findings, "burst_simultaneous")->verdict;
    cr_expect_eq(small->run.invalid[0] != '\0', verdict == UNKNOWN);
    cr_expect_neq(small->run.verdict == PASS, verdict == UNKNOWN);
    small_free(small);
    return verdict;
}

Test(checks_answers, burst_simultaneous)
{
    const char *answers = "A1@0-10 A2@4-20 R3@5-90";
    ns_t ms = NS_PER_MS;
    cr_expect_eq(burst_of(5 * ms, 3, answers), PASS);
    cr_expect_eq(burst_of(4 * ms, 3, answers), UNKNOWN, "spread over more");
    cr_expect_eq(burst_of(5 * ms, 4, answers), UNKNOWN, "fewer in flight");
    cr_expect_eq(burst_of(5 * ms, -1, "A1@0-1 A2@2-3 R3@4-5"), PASS, "any number in flight");
    cr_expect_eq(burst_of(0, 0, "A1@0-1 A2@2-3 R3@4-5"), UNKNOWN, "90 %% in flight by default");
    cr_expect_eq(burst_of(0, 0, "A1@0-20 A2@9-30 R3@9-50"), PASS, "10 ms by default");
    cr_expect_eq(burst_of(0, 0, "A1@0-20 A2@9-30 R3@11-50"), UNKNOWN, "10 ms by default");
    cr_expect_eq(burst_of(0, 0, "S1 S2"), UNKNOWN, "never fired");
}

Test(checks_answers, burst_simultaneous_without_a_burst_is_unknown)
{
    static const struct small_case table[] = {
        CASE("no burst", UNKNOWN, NULL, NULL, 2, "A1 A2 R3"),
    };
    JUDGE_ALL("burst_simultaneous", table);
}

/* The second burst is judged by itself, and one that was none is enough. */
static enum verdict bursts_of(const char *answers)
{
    const struct small_run text = {2, answers};
    struct small *small = small_new(&text);
    struct spec_phase phases[2] = {{LOAD_BURST}, {LOAD_BURST}};
    small->scenario.load = phases;
    small->scenario.load_count = 2;
    for (size_t i = 2; i < small->run.history.count; i++)
        small->run.history.v[i].phase = 1;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    enum verdict verdict = findings_find(&small->run.findings, "burst_simultaneous")->verdict;
    small_free(small);
    return verdict;
}

Test(checks_answers, burst_simultaneous_judges_every_burst)
{
    cr_expect_eq(bursts_of("A1@0-20 A2@1-21 R3@100-120 R4@101-121"), PASS);
    cr_expect_eq(bursts_of("A1@0-20 A2@30-51 R3@100-120 R4@101-121"), UNKNOWN);
    cr_expect_eq(bursts_of("A1@0-20 A2@1-21 R3@100-120 R4@130-151"), UNKNOWN);
}

Test(checks_answers, errors_behind_listeners_may_be_of_an_old_pool)
{
    const struct small_run text = {2, "A1 A2 E3"};
    for (int listens = 0; listens < 3; listens++) {
        struct small *small = small_new(&text);
        small->run.round = listens == 2 ? 2 : 1; /* by then it has others */
        small->scenario.between.redis = listens ? (char *)(uintptr_t) "16379=6379" : NULL;
        small->run.answers.v[0] =
            (struct answer_kind){.status = 500, .cause = CAUSE_SERVER_ERROR, .count = 1};
        small->run.answers.count = 1;
        cr_assert_eq(checks_run(&small->run, NULL), 0);
        const struct finding *finding = findings_find(&small->run.findings, "errors");
        cr_expect_eq(finding->verdict, listens == 1 ? UNKNOWN : FAIL, "%d", listens);
        cr_expect_eq(strstr(finding->hint, "start it again once rushproof listens") != NULL,
                     listens == 1, "%s", finding->hint);
        small_free(small);
    }
}

Test(checks_answers, nobody_at_all)
{
    const struct small_run text = {2, ""};
    struct small *small = small_new(&text);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    cr_expect_eq(findings_find(&small->run.findings, "errors")->verdict, UNKNOWN);
    cr_expect_eq(small->run.verdict, UNKNOWN);
    small_free(small);
}
