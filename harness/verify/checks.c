#include "verify/checks.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/exit_code.h"
#include "verify/case.h"
#include "verify/checks/judges.h"
#include "verify/explain.h"
#include "verify/missed.h"
#include "verify/sources.h"

/* ---- which default checks make sense for a run ---- */

static bool has_burst(const struct case_file *facts)
{
    const struct scenario *scenario = facts->run->scenario;
    for (unsigned i = 0; i < scenario->load_count; i++)
        if (scenario->load[i].burst)
            return true;
    return false;
}

/* Where only a no can be told, and no record says who won, nobody was promised anything. */
static bool has_promises(const struct case_file *facts)
{
    return facts->run->scenario->responses.accepted_count || facts->requests_accepted ||
           facts->given & NEEDS_PRODUCED || !facts->requests_rejected;
}

static bool users_repeat(const struct case_file *facts)
{
    return facts->twice > 0;
}

static bool ranks_given(const struct case_file *facts)
{
    const struct spec_responses *responses = &facts->run->scenario->responses;
    for (unsigned i = 0; i < responses->accepted_count; i++)
        if (responses->accepted[i].rank)
            return true;
    return facts->fair.ranked > 0;
}

static bool has_pipeline(const struct case_file *facts)
{
    return !facts->foreign && (facts->given & (NEEDS_TIMELINE | NEEDS_PRODUCED)) != 0;
}

/* Runs of before there was this check have nobody who looked. */
static bool processes_watched(const struct case_file *facts)
{
    bool any = facts->run->target.looked > 0 && facts->answered;
    for (unsigned i = 0; i < facts->run->processes_count; i++)
        any |= facts->run->processes[i].looked > 0 || facts->run->processes[i].unexpected;
    return any && !facts->foreign;
}

static bool waits_for_drained(const struct case_file *facts)
{
    return !facts->early && has_pipeline(facts);
}

/* Who is saved: with a coupon, or parked. */
#define ROWS (NEEDS_COUPONS | NEEDS_PARKED)
/* Not there, and not to come; and somebody at least was told yes, or the target may be the wrong
 * one. */
#define GONE (NEEDS_PROOF | NEEDS_DECISIONS)

/* The order is the order of reports: was it a fair test, then what it showed. */
static const struct check table[] = {
    {"burst_simultaneous", true, 0, 0, 0, 0, 0,
     "the burst was one: spread and peak in flight within `require`, or else within what this "
     "machine manages; otherwise the run is invalid",
     judge_burst_simultaneous, has_burst},
    {"not_vacuous", true, 0, 0, 0, 0, 0,
     "the run can prove something: a decision and a store that was read, one accept, one reject "
     "when "
     "more ask than the limit, one row",
     judge_not_vacuous, NULL},
    {"response_classified", true, 0, 0, 0, NEEDS_DECISIONS, 0,
     "each answer that is no server error matches exactly one rule of `responses`",
     judge_response_classified, NULL},
    {"errors", true, 0, 0, 0, NEEDS_DECISIONS, 0,
     "at most `at_most` requests end in a server error, a refused or broken connection, a timeout",
     judge_errors, NULL},
    {"processes", true, 0, 0, 0, 0, 0,
     "no process that the run started ended by a signal or with a code while nobody had asked "
     "(workers' deaths only as far as their supervisor ends with them), and a service that it did "
     "not start still takes a connection at the end",
     judge_ends, processes_watched},
    {"drained", true, 0, 0, 0, 0, ROWS | GONE,
     "the pipeline came to rest before the rows were judged, and nobody is missing: offsets, ends "
     "and rows say so",
     judge_drained, has_pipeline},
    {"cap_safety", true, NEEDS_ROW_SAMPLES, 0, NEEDS_COUPONS, 0, 0,
     "no sample of the rows, at any time, is over the limit", judge_cap_safety, NULL},
    {"cap_exact", true, NEEDS_COUPONS, 0, ROWS | NEEDS_REST, 0, ROWS | GONE,
     "users with a coupon or parked are exactly the limit, or all who tried when they are fewer",
     judge_cap_exact, NULL},
    {"lost", true, NEEDS_COUPONS, NEEDS_DECISIONS | NEEDS_PRODUCED, NEEDS_COUPONS, 0, ROWS | GONE,
     "everybody who was told yes has a coupon or is parked", judge_lost, has_promises},
    {"parked", true, NEEDS_PARKED, 0, NEEDS_PARKED, 0, NEEDS_COUPONS | GONE,
     "at most `at_most` users who were told yes ended in the table or topic of failed events",
     judge_parked, NULL},
    {"phantom", true, NEEDS_COUPONS | NEEDS_DECISIONS, 0, NEEDS_COUPONS, 0, 0,
     "nobody who was told no has a coupon", judge_phantom, NULL},
    {"unexpected", true, NEEDS_COUPONS, 0, NEEDS_COUPONS, 0, 0,
     "every coupon belongs to a user who asked in this run", judge_unexpected, NULL},
    {"duplicate", true, 0, NEEDS_COUPONS | NEEDS_PRODUCED, NEEDS_COUPONS | NEEDS_PRODUCED, 0, 0,
     "nobody has two coupons, and at most `at_most` records were produced twice", judge_duplicate,
     NULL},
    {"counter", true, NEEDS_COUNTER, 0, NEEDS_COUNTER, 0, NEEDS_COUNTER | GONE,
     "the counter grew (a stock fell) by the requests, accepts or users that `counts` names",
     judge_counter, NULL},
    {"slots_burned", true, NEEDS_COUNTER, NEEDS_PRODUCED | NEEDS_COUPONS,
     NEEDS_COUNTER | NEEDS_PRODUCED, 0, ROWS | NEEDS_COUNTER | NEEDS_PRODUCED | GONE,
     "every slot that was counted within the limit became a record (a coupon, without Kafka)",
     judge_slots_burned, NULL},
    {"retry", true, NEEDS_COUPONS, 0, NEEDS_COUPONS | NEEDS_REST, 0, ROWS | GONE,
     "users who asked more than once have one coupon when told yes, and never two", judge_retry,
     users_repeat},
    {"fcfs", true, NEEDS_DECISIONS, 0, 0, 0, 0,
     "first come, first served: one sell-out instant explains every decision", judge_fcfs, NULL},
    {"fcfs_distance", false, NEEDS_DECISIONS, 0, 0, 0, 0,
     "at most `at_most` disjoint pairs were turned away before another was released and served",
     judge_fcfs_distance, NULL},
    {"fcfs_rank", true, NEEDS_DECISIONS, 0, 0, 0, 0,
     "ranks are places within the limit, in the order of time: at most `at_most` users are "
     "overtaken or share one",
     judge_fcfs_rank, ranks_given},
    {"fcfs_power", false, NEEDS_DECISIONS, 0, 0, 0, 0,
     "at least `power_percent` of all pairs of decisions were ordered in time, so unfairness shows",
     judge_fcfs_power, NULL},
    {"late", true, NEEDS_TIMELINE, 0, 0, 0, 0,
     "what changes in the late window after drained is nothing wrong", judge_late,
     waits_for_drained},
    {"latency", false, 0, 0, 0, 0, 0,
     "p50, p90, p99 and max from the scheduled start are within limits", judge_latency, NULL},
    {"sql", false, 0, 0, 0, 0, 0, "the value of `query` in the database compares as it says",
     judge_sql, NULL},
    {"redis", false, 0, 0, 0, 0, 0, "the value of `query` in Redis compares as it says",
     judge_redis, NULL},
    {"bystander", false, NEEDS_BYSTANDER, 0, 0, 0, 0,
     "another user of the database stays within p50, p90, p99, max during the run", judge_bystander,
     NULL},
};

#define TABLE_COUNT (sizeof table / sizeof *table)

const struct check *checks_table(size_t *ret_count)
{
    *ret_count = TABLE_COUNT;
    return table;
}

const struct check *checks_find(const char *name)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (!strcmp(table[i].name, name))
            return &table[i];
    return NULL;
}

/* ---- the guard: what the table says, over every judge (verify/sources.h) ---- */

static bool has_all(const struct check *check, unsigned bits)
{
    return (check->needs & ~bits) == 0 && (!check->needs_one || (check->needs_one & bits));
}

/* What the check cannot do without; of those that do for each other the one that was promised. */
static unsigned missing_of(const struct check *check, const struct case_file *facts)
{
    unsigned missing = check->needs & ~facts->known, promised = check->needs_one & facts->given;
    return missing ? missing : promised ? promised : check->needs_one;
}

/* A pass or a failure that rests on something that is not whole is taken back. */
static void guard(const struct case_file *facts, const struct check *check, struct finding *finding)
{
    unsigned rests_on = 0;
    if (finding->verdict == VERDICT_PASS)
        rests_on = check->passes_on;
    else if (finding->verdict == VERDICT_FAIL)
        rests_on = finding->absent ? check->absent_on : check->fails_on;
    unsigned missing = rests_on & facts->given & ~facts->whole;
    if (missing)
        sources_missing(facts, missing, finding);
}

/* ---- running them ---- */

static int judge_one(struct run *run, const struct case_file *facts, const struct check *check,
                     const struct spec_expect *expect, struct err *err)
{
    struct finding *finding = findings_add(&run->findings, check->name);
    if (!finding)
        return err_set(err, ERR_MEMORY, "no room for the finding of %s", check->name);
    if (has_all(check, facts->known))
        check->judge(facts, expect, finding);
    else
        sources_missing(facts, missing_of(check, facts), finding);
    guard(facts, check, finding);
    return 0;
}

static void note_not_checked(struct run *run, const struct check *check)
{
    size_t used = strlen(run->not_checked);
    snprintf(run->not_checked + used, sizeof run->not_checked - used, "%s%s", used ? ", " : "",
             check->name);
}

/* Every expectation that names the check, else its default. */
static int judge_check(struct run *run, const struct case_file *facts, const struct check *check,
                       struct err *err)
{
    static const struct spec_expect none = {.power_percent = 10};
    const struct scenario *scenario = run->scenario;
    bool named = false;
    for (unsigned i = 0; i < scenario->expect_count; i++) {
        if (strcmp(scenario->expect[i].check, check->name) != 0)
            continue;
        named = true;
        int rc = judge_one(run, facts, check, &scenario->expect[i], err);
        if (rc)
            return rc;
    }
    if (named || !check->by_default || (check->applies && !check->applies(facts)))
        return 0;
    if (has_all(check, facts->given))
        return judge_one(run, facts, check, &none, err);
    note_not_checked(run, check);
    return 0;
}

static int judge_unheard_of(struct run *run, struct err *err)
{
    for (unsigned i = 0; i < run->scenario->expect_count; i++) {
        const char *name = run->scenario->expect[i].check;
        if (checks_find(name))
            continue;
        struct finding *finding = findings_add(&run->findings, name);
        if (!finding)
            return err_set(err, ERR_MEMORY, "no room for the finding of %s", name);
        finding_set(finding, VERDICT_UNKNOWN, "there is no check of that name");
    }
    return 0;
}

/* What the verdict is a statement up to. */
static ns_t watched(const struct run *run)
{
    const struct evidence *evidence = &run->evidence;
    const ns_t asked[] = {evidence->coupons.known ? evidence->coupons.asked : 0,
                          evidence->parked.known ? evidence->parked.asked : 0,
                          evidence->produced.known ? evidence->produced.asked : 0,
                          evidence->counter.known ? evidence->counter.asked : 0};
    ns_t last = 0;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        last = asked[i] > last ? asked[i] : last;
    return last > run->tally.last_response ? last - run->tally.last_response : 0;
}

/* A burst that was none, a fault that never came and a run that proves nothing make the whole run
 * invalid. */
static void find_invalid(struct run *run)
{
    static const char *const validity[] = {"burst_simultaneous", "not_vacuous"};
    for (size_t i = 0; i < sizeof validity / sizeof *validity && !run->invalid[0]; i++) {
        const struct finding *finding = findings_find(&run->findings, validity[i]);
        if (finding && finding->verdict == VERDICT_UNKNOWN)
            snprintf(run->invalid, sizeof run->invalid, "%.*s", (int)sizeof run->invalid - 1,
                     finding->message);
    }
    if (!run->invalid[0] && !run->interrupted)
        missed_fault(run, run->invalid, sizeof run->invalid);
}

static void decide(struct run *run)
{
    bool misused = run->exit_code == EXIT_USAGE;
    run->verdict = findings_verdict(&run->findings);
    if (run->invalid[0])
        run->verdict = verdict_merge(run->verdict, VERDICT_UNKNOWN);
    if (run->interrupted)
        run->verdict = verdict_merge(run->verdict, VERDICT_UNKNOWN);
    /* What an error cut short proves nothing, also when it is judged again from its files, but for
     * a process that crashed; whether the scenario or the environment was wrong is then known
     * already. */
    const struct finding *processes = findings_find(&run->findings, "processes");
    bool crashed = processes && processes->verdict == VERDICT_FAIL;
    if (run->error[0])
        run->verdict = crashed ? VERDICT_FAIL : VERDICT_UNKNOWN;
    run->exit_code = (int)exit_code_of_run(run, misused ? EXIT_USAGE : EXIT_ENVIRONMENT);
}

int checks_run(struct run *run, struct err *err)
{
    _cleanup_(case_free) struct case_file facts = {0};
    int rc = case_build(run, &facts, err);
    if (rc)
        return rc;
    findings_free(&run->findings);
    run->not_checked[0] = '\0';
    for (size_t i = 0; i < TABLE_COUNT && !rc; i++)
        rc = judge_check(run, &facts, &table[i], err);
    if (!rc)
        rc = judge_unheard_of(run, err);
    if (rc)
        return rc;
    run->watched = watched(run);
    find_invalid(run);
    decide(run);
    explain_run(run);
    return 0;
}
