#include "base/units.h"
#include "verify/checks/judges.h"

static const struct {
    enum verdict verdict;
    const char *message;
    const char *hint;
} outcomes[DRAIN_OUTCOME_COUNT] = {
    [DRAIN_NOT_RUN] = {VERDICT_UNKNOWN, "the run ended before the pipeline was watched", ""},
    [DRAIN_DRAINED] = {VERDICT_PASS, "nothing was left to come, and everything is accounted for",
                       ""},
    [DRAIN_DRAINED_LOSSY] = {VERDICT_FAIL, "nothing more came, and somebody has no row",
                             "see `lost` for their names; a pipeline that takes longer needs a "
                             "longer drain.timeout"},
    [DRAIN_MOVING] = {VERDICT_UNKNOWN, "still moving at the deadline: not yet, rather than lost",
                      "give it more time: drain.timeout"},
    [DRAIN_STALLED] = {VERDICT_UNKNOWN, "records are left, and nothing moves",
                       "see the consumer's log in the run's directory; one that commits rarely "
                       "needs a longer drain.timeout"},
    [DRAIN_NO_CONSUMER] = {VERDICT_UNKNOWN, "something is left, and nobody is there to take it",
                           "is the consumer running, and is evidence.pipeline.group its group? one "
                           "that comes later needs a longer drain.timeout"},
    [DRAIN_QUIET_ONLY] =
        {VERDICT_PASS, "there was nothing to wait for",
         "add evidence.coupons and evidence.pipeline for proof by rows and offsets"},
    [DRAIN_BLOCKED] = {VERDICT_UNKNOWN, "a store could not be read", ""},
};

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
    finding_hint(finding, "wait: drained decides from offsets and rows");
}

/* Records of users who were told no, and of no others, became no rows: that is nobody's loss. */
static bool only_refused_are_missing(const struct case_file *facts)
{
    return facts->run->drain.outcome == DRAIN_DRAINED_LOSSY && !facts->undecided &&
           facts->accepted && facts->whole & NEEDS_COUPONS && !case_missing(facts);
}

void judge_drained(const struct case_file *facts, const struct spec_expect *expect,
                   struct finding *finding)
{
    (void)expect;
    const struct drain_result *drain = &facts->run->drain;
    if (facts->early) {
        judge_other_wait(facts, finding);
        return;
    }
    unsigned outcome = drain->outcome < DRAIN_OUTCOME_COUNT ? drain->outcome : DRAIN_NOT_RUN;
    finding_expect(finding, "drained");
    finding_actual(finding, "%s", drain_outcome_name(outcome));
    if (only_refused_are_missing(facts)) {
        finding_set(finding, VERDICT_PASS,
                    "nothing more came; records without a row are of users who were told no");
        return;
    }
    finding_set(finding, outcomes[outcome].verdict, "%s%s%s", outcomes[outcome].message,
                drain->detail[0] ? ": " : "", drain->detail);
    finding->absent = finding->verdict == VERDICT_FAIL;
    finding_hint(finding, "%s", outcomes[outcome].hint);
}
