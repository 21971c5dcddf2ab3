#include "verify/checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/exit_code.h"
#include "verify/applies.h"
#include "verify/case.h"
#include "verify/checks/judges.h"
#include "verify/columns.h"
#include "verify/explain.h"
#include "verify/ledger.h"
#include "verify/missed.h"
#include "verify/race.h"
#include "verify/sources.h"

/* What belongs to the rows of model/check.h. */
static const struct {
    check_judge *judge;
    check_applies *applies;
} judges[] = {
#define CHECK(word, other, applies, ...) {judge_##word, applies_##applies},
#include "model/check_rows.h"
#undef CHECK
};

static size_t check_place(const struct check *check)
{
    size_t count;
    return (size_t)(check - checks_table(&count));
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

static bool names_users(const struct finding *finding)
{
    for (size_t i = 0; i < finding->witnesses_count; i++)
        if (finding->witnesses[i].user.known)
            return true;
    return false;
}

/* What a wrong query looks like is said before what a wrong service could have done; where another
 * column holds the very users who were told yes, the service did nothing wrong by the user. */
static void doubt(const struct case_file *facts, const struct check *check, struct finding *finding)
{
    bool rests = (check->needs | check->needs_one) & NEEDS_COUPONS, certain = false;
    rests |= !strcmp(check->name, "drained");
    const char *hint = finding->verdict == VERDICT_FAIL && rests && !facts->foreign
                           ? columns_doubt(facts, &certain)
                           : NULL;
    if (!hint)
        return;
    if (certain && (finding->absent || names_users(finding)))
        finding_set(finding, VERDICT_UNKNOWN,
                    "the rows are not looked up by the user, so whose they are is not known");
    finding_hint(finding, "%s", hint);
}

/* What a hold spoils is shown and not judged; but what a service did whose stores were too slow for
 * it is no evidence. */
static void spare(const struct case_file *facts, const struct check *check, struct finding *finding)
{
    const struct scenario *scenario = facts->run->scenario;
    if (!scenario->hold || !check->spoiled || finding->verdict == VERDICT_PASS)
        return;
    bool hurt = !strcmp(check->name, "errors") && !scenario->faults_count;
    _cleanup_free_ char *message = strdup(finding->message);
    finding_set(finding, hurt ? VERDICT_UNKNOWN : VERDICT_PASS, "%s: %s",
                hurt ? "the service could not bear that answers were held"
                     : "not judged, as answers were held",
                message ? message : "");
    if (hurt)
        finding_hint(finding, "a smaller hold.deadline");
    else
        finding_expect(finding, "not judged: answers were held");
}

/* What an interrupted run did not get to see nobody can mend but by letting it run. */
static void note_interrupted(const struct case_file *facts, struct finding *finding)
{
    if (facts->run->interrupted && finding->verdict == VERDICT_UNKNOWN)
        finding_hint(finding, "the run was interrupted: let it run to its end");
}

/* ---- running them ---- */

/* Several of one check are told apart by what the scenario calls them, or by where they stand. */
static void label(const struct scenario *scenario, const struct spec_expect *expect,
                  struct finding *finding)
{
    unsigned place = 0, alike = 0;
    for (unsigned i = 0; i < scenario->expect_count; i++) {
        place = &scenario->expect[i] == expect ? i : place;
        alike += !strcmp(scenario->expect[i].check, finding->check);
    }
    if (expect->name)
        snprintf(finding->label, sizeof finding->label, "%s", expect->name);
    else if (alike > 1)
        snprintf(finding->label, sizeof finding->label, "expect.%u", place);
}

static int judge_one(struct run *run, const struct case_file *facts, const struct check *check,
                     const struct spec_expect *expect, struct err *err)
{
    struct finding *finding = findings_add(&run->findings, check->name);
    if (!finding)
        return err_set(err, ERR_MEMORY, "no room for the finding of %s", check->name);
    if (expect->check)
        label(run->scenario, expect, finding);
    if (has_all(check, facts->known))
        judges[check_place(check)].judge(facts, expect, finding);
    else
        sources_missing(facts, missing_of(check, facts), finding);
    guard(facts, check, finding);
    doubt(facts, check, finding);
    spare(facts, check, finding);
    note_interrupted(facts, finding);
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
    if (named || !check->by_default || !judges[check_place(check)].applies(facts))
        return 0;
    if (has_all(check, facts->given))
        return judge_one(run, facts, check, &none, err);
    note_not_checked(run, check);
    return 0;
}

static bool is_named(const struct scenario *scenario, const struct check *check)
{
    for (unsigned i = 0; i < scenario->expect_count; i++)
        if (!strcmp(scenario->expect[i].check, check->name))
            return true;
    return false;
}

static void foresee(const struct case_file *facts, const struct check *check, struct dry_check *ret)
{
    unsigned missing = check->needs & ~facts->given;
    struct finding finding = {0};
    *ret = (struct dry_check){.check = check, .made = has_all(check, facts->given)};
    if (ret->made)
        return;
    sources_missing(facts, missing ? missing : check->needs_one, &finding);
    snprintf(ret->why, sizeof ret->why, "%.*s", (int)sizeof ret->why - 1, finding.message);
    snprintf(ret->add, sizeof ret->add, "%s", finding.hint);
}

int checks_foresee(const struct run *run, struct dry_run *dry, struct err *err)
{
    _cleanup_(case_free) struct case_file facts = {0};
    size_t count;
    const struct check *table = checks_table(&count);
    int rc = case_build(run, &facts, err);
    dry->checks_count = 0;
    for (size_t i = 0; i < count && !rc && dry->checks_count < DRY_CHECKS_MAX; i++) {
        bool applies = table[i].by_default && judges[i].applies(&facts);
        if (applies || is_named(run->scenario, &table[i]))
            foresee(&facts, &table[i], &dry->checks[dry->checks_count++]);
    }
    return rc;
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

/* What is proven stands beside it: only a pass would have no proof. */
static void excuse_proofs(struct run *run)
{
    static const char nothing[] = "the run proves nothing: ";
    for (size_t i = 0; i < run->findings.count; i++) {
        struct finding *finding = &run->findings.v[i];
        char what[sizeof finding->message];
        if (strncmp(finding->message, nothing, strlen(nothing)) != 0 ||
            findings_verdict(&run->findings) != VERDICT_FAIL)
            continue;
        snprintf(what, sizeof what, "%s", finding->message + strlen(nothing));
        finding_set(finding, finding->verdict, "a pass would prove nothing: %s", what);
    }
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
    size_t count;
    const struct check *table = checks_table(&count);
    for (size_t i = 0; i < count && !rc; i++)
        rc = judge_check(run, &facts, &table[i], err);
    if (!rc)
        rc = judge_unheard_of(run, err);
    if (rc)
        return rc;
    run->watched = watched(run);
    excuse_proofs(run);
    find_invalid(run);
    decide(run);
    explain_run(run);
    return race_explain(run, err);
}
