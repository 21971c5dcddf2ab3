#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "verify/checks/judges.h"
#include "verify/gone.h"

/* The detail follows the message: it says what is left, so the message does not. */
static const struct {
    enum verdict verdict;
    const char *message;
    const char *hint;
    const char *without; /* the hint where there is no pipeline; NULL: the same */
} outcomes[DRAIN_OUTCOME_COUNT] = {
    [DRAIN_NOT_RUN] = {VERDICT_UNKNOWN, "the run ended before the pipeline was watched",
                       "let it run to its end", NULL},
    [DRAIN_DRAINED] = {VERDICT_PASS, "nothing was left to come, and everything is accounted for",
                       "", NULL},
    [DRAIN_DRAINED_LOSSY] =
        {VERDICT_FAIL, "nothing more came, and somebody has no row",
         "see `lost` for their names; a pipeline that takes longer needs a "
         "longer drain.timeout",
         "see `lost` for their names; a service that saves later needs a longer "
         "drain.timeout"},
    [DRAIN_MOVING] = {VERDICT_UNKNOWN, "not at rest at the deadline: not yet, rather than lost",
                      "give it more time: drain.timeout", NULL},
    [DRAIN_STALLED] = {VERDICT_UNKNOWN, "not committed to the end, and nothing moves",
                       "see the consumer's log in the run's directory; one that commits rarely "
                       "needs a longer drain.timeout",
                       NULL},
    [DRAIN_NO_CONSUMER] = {VERDICT_UNKNOWN, "not at its end, and nobody is there to go on",
                           "is the consumer running, and is evidence.pipeline.group its group? one "
                           "that comes later needs a longer drain.timeout",
                           "see `processes` and the logs in the run's directory for what ended"},
    [DRAIN_QUIET_ONLY] =
        {VERDICT_PASS, "there was nothing to wait for",
         "add evidence.coupons and evidence.pipeline for proof by rows and records", NULL},
    [DRAIN_BLOCKED] = {VERDICT_UNKNOWN, "a store could not be read",
                       "is it up, and can it be reached from here? see rushproof.log in the run's "
                       "directory",
                       NULL},
};

static const char *hint_of(const struct case_file *facts, unsigned outcome)
{
    if (outcome == DRAIN_DRAINED_LOSSY && !facts->run->scenario->evidence.coupons)
        return "a pipeline that takes longer needs a longer drain.timeout";
    const struct spec_pipeline *pipeline = facts->run->scenario->evidence.pipeline;
    if (outcome == DRAIN_NO_CONSUMER && pipeline && !pipeline_kind(pipeline)->group)
        return "is the consumer running, and does it read that queue? one that comes later needs a "
               "longer drain.timeout";
    return pipeline || !outcomes[outcome].without ? outcomes[outcome].hint
                                                  : outcomes[outcome].without;
}

static const struct process_info *find_ended(const struct run *run)
{
    for (unsigned i = 0; i < run->processes_count; i++) {
        const struct process_info *process = &run->processes[i];
        if (process->ended && (!process->once || process->unexpected))
            return process;
    }
    return NULL;
}

static void hint_at(const struct case_file *facts, unsigned outcome, struct finding *finding)
{
    const struct process_info *ended = find_ended(facts->run);
    char gone[sizeof finding->hint];
    bool unknown = finding->verdict == VERDICT_UNKNOWN && outcome != DRAIN_NOT_RUN;
    if (unknown && gone_describe(facts->run, gone, sizeof gone))
        finding_hint(finding, "%s", gone);
    else if (outcome == DRAIN_BLOCKED && strstr(facts->run->drain.detail, "has no user"))
        finding_hint(finding, "the store answers, and its first column is no user as it was sent: "
                              "have the query give that, as in SELECT user_id::bigint, or "
                              "btrim(user_id); texts that are neither numbers nor UUIDs need "
                              "users.anonymous: true");
    else if (outcome == DRAIN_NO_CONSUMER && ended)
        finding_hint(finding, "see `processes`, and logs/%s.log for why it ended", ended->name);
    else
        finding_hint(finding, "%s", hint_of(facts, outcome));
}

/* What a scenario did instead of waiting for evidence. */
static void judge_other_wait(const struct case_file *facts, struct finding *finding)
{
    char span[32];
    units_format_duration(facts->run->scenario->wait_span, span, sizeof span);
    finding_expect(finding, "what `wait` asks for");
    switch (facts->run->scenario->wait) {
    case WAIT_LAST_RESPONSE:
        finding_actual(finding, "asserted at the last response");
        break;
    case WAIT_SLEEP:
        finding_actual(finding, "asserted after a sleep of %s", span);
        break;
    default:
        finding_actual(finding, "asserted when rows == limit, or at the deadline");
        break;
    }
    finding_set(finding, VERDICT_PASS,
                "not asked for: the scenario %s instead of waiting for evidence", finding->actual);
    finding_hint(finding, "wait: drained decides from %s",
                 facts->run->scenario->evidence.pipeline ? "ends, commits and rows" : "rows");
}

/* "; consumer: signal 9 (SIGKILL), by faults.0": whoever has ended takes nothing any more, nor who
 * is stopped. One that may end is told of when it did so while the load went on. */
static void add_ended(const struct run *run, struct finding *finding)
{
    for (unsigned i = 0; i < run->processes_count; i++) {
        const struct process_info *process = &run->processes[i];
        bool meant = process->once && !process->unexpected &&
                     !(run->history.origin && process->ended >= run->history.origin);
        int fault = gone_fault(run, process->name);
        char how[64] = "stopped", by[32] = "";
        size_t used = strlen(finding->message);
        if (process->ended)
            gone_how_ended(process, how, sizeof how);
        if (fault >= 0)
            snprintf(by, sizeof by, ", by faults.%d", fault);
        else if (*process->asked)
            snprintf(by, sizeof by, ", by a %s", process->asked);
        if (process->ended ? !meant : fault >= 0)
            snprintf(finding->message + used, sizeof finding->message - used, "; %s: %s%s",
                     process->name, how, by);
    }
}

/* Records of users who were told no, and of no others, became no rows: that is nobody's loss. */
static bool only_refused_are_missing(const struct case_file *facts)
{
    return facts->run->drain.outcome == DRAIN_DRAINED_LOSSY && !facts->undecided &&
           facts->accepted && facts->whole & NEEDS_COUPONS && !case_missing(facts);
}

/* Told yes, with a row, and in none of the queues that they pass through. */
static int64_t unannounced(const struct case_file *facts)
{
    int64_t count = 0;
    bool known = facts->whole & NEEDS_PRODUCED && facts->whole & NEEDS_COUPONS;
    for (size_t i = 0; known && i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        count += user->decision == DECISION_ACCEPTED && user->seen & SEEN_COUPON &&
                 !(user->seen & (SEEN_PRODUCED | SEEN_PARKED));
    }
    return count;
}

/* Whether more was to be announced the rows do not tell: the queue may be for some of them only. */
static void judge_unannounced(const struct case_file *facts, int64_t count, struct finding *finding)
{
    char span[32];
    const struct scenario *scenario = facts->run->scenario;
    units_format_duration(scenario->drain.timeout, span, sizeof span);
    finding_set(finding, VERDICT_UNKNOWN,
                "%" PRId64 " user%s told yes ha%s a row and no record in %s, %s after the last "
                "answer",
                count, plural(count), count == 1 ? "s" : "ve",
                scenario->evidence.pipeline->queues[0], span);
    finding_hint(finding,
                 "an outbox that takes longer needs a longer drain.timeout; where not everybody "
                 "passes through that %s, leave out evidence.pipeline",
                 facts->queue);
}

/* Without rows to read the records are all there is, and those of somebody else show that one was
 * written for a wrong user, or that others write there too. */
static void judge_strangers(const struct case_file *facts, struct finding *finding)
{
    const struct scenario *scenario = facts->run->scenario;
    finding_set(finding, VERDICT_UNKNOWN,
                "nothing was left to come, but %zu record%s in %s %s of users who did not ask in "
                "this run",
                facts->produced.strangers, plural((int64_t)facts->produced.strangers),
                scenario->evidence.pipeline->queues[0],
                facts->produced.strangers == 1 ? "is" : "are");
    finding_hint(finding, "does the service put the right user into its record? with the rows as "
                          "well it can be told: evidence.coupons");
}

static void judge_refused(const struct case_file *facts, struct finding *finding)
{
    if (facts->produced.count && facts->produced.strangers == facts->produced.count) {
        finding_set(finding, VERDICT_PASS,
                    "nothing more came; not one of %zu records holds a user of this run",
                    facts->produced.count);
        finding_hint(finding, "does evidence.pipeline (value, pointer) lead to the user?");
    } else {
        finding_set(finding, VERDICT_PASS,
                    "nothing more came; records without a row are of users who were told no");
    }
}

/* What the outcome alone does not tell: whom the records and rows name. False: nothing of the kind.
 */
static bool judge_by_name(const struct case_file *facts, unsigned outcome, struct finding *finding)
{
    bool drained = outcome == DRAIN_DRAINED;
    int64_t missing = drained && !facts->foreign ? unannounced(facts) : 0;
    bool strangers = drained && !(facts->given & NEEDS_COUPONS) && facts->produced.strangers;
    if (only_refused_are_missing(facts))
        judge_refused(facts, finding);
    else if (missing)
        judge_unannounced(facts, missing, finding);
    else if (strangers)
        judge_strangers(facts, finding);
    else
        return false;
    return true;
}

static void judge_outcome(const struct case_file *facts, unsigned outcome, struct finding *finding)
{
    const struct drain_result *drain = &facts->run->drain;
    bool rows = facts->run->scenario->evidence.coupons || outcome != DRAIN_DRAINED_LOSSY;
    finding_set(finding, outcomes[outcome].verdict, "%s%s%s",
                rows ? outcomes[outcome].message : "nothing more came, and somebody is missing",
                drain->detail[0] ? ": " : "", drain->detail);
    if (finding->verdict != VERDICT_PASS)
        add_ended(facts->run, finding);
    finding->absent = finding->verdict == VERDICT_FAIL;
    hint_at(facts, outcome, finding);
    const char *members = facts->run->evidence.members;
    size_t used = strlen(finding->hint);
    if (members[0] && (outcome == DRAIN_STALLED || outcome == DRAIN_MOVING))
        snprintf(finding->hint + used, sizeof finding->hint - used, "; in its group: %s", members);
}

void judge_drained(const struct case_file *facts, const struct spec_expect *expect,
                   struct finding *finding)
{
    (void)expect;
    if (facts->early) {
        judge_other_wait(facts, finding);
        return;
    }
    unsigned outcome = facts->run->drain.outcome;
    outcome = outcome < DRAIN_OUTCOME_COUNT ? outcome : DRAIN_NOT_RUN;
    finding_expect(finding, "drained");
    finding_actual(finding, "%s", drain_outcome_name(outcome));
    if (!judge_by_name(facts, outcome, finding))
        judge_outcome(facts, outcome, finding);
}
