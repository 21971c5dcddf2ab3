#include "base/units.h"
#include "verify/checks/judges.h"

static const struct {
    enum verdict verdict;
    const char *message;
    const char *hint;
} outcomes[DRAIN_OUTCOME_COUNT] = {
    [DRAIN_NOT_RUN] = {VERDICT_UNKNOWN, "the run ended before the pipeline was watched", ""},
    [DRAIN_DRAINED] = {VERDICT_PASS, "nothing was left to consume, and everything is accounted for",
                       ""},
    [DRAIN_DRAINED_LOSSY] = {VERDICT_FAIL,
                             "nothing is left to consume, but users who were told yes have no row",
                             "see `lost` for their names"},
    [DRAIN_MOVING] = {VERDICT_UNKNOWN, "still moving at the deadline: not yet, rather than lost",
                      "give it more time: drain.timeout"},
    [DRAIN_STALLED] = {VERDICT_UNKNOWN, "records are left, a consumer is there, and nothing moves",
                       "see the consumer's log in the run's directory"},
    [DRAIN_NO_CONSUMER] = {VERDICT_UNKNOWN, "records are left, and nobody is in the consumer group",
                           "is the consumer running, and is evidence.pipeline.group its group?"},
    [DRAIN_QUIET_ONLY] = {VERDICT_PASS,
                          "rows unchanged for the quiet period: weaker, no offsets were read",
                          "add evidence.pipeline: {topics: …, group: …} for proof by offsets"},
    [DRAIN_BLOCKED] = {VERDICT_UNKNOWN, "a store did not answer in time", ""},
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
    finding_set(finding, outcomes[outcome].verdict, "%s%s%s", outcomes[outcome].message,
                drain->detail[0] ? ": " : "", drain->detail);
    finding_hint(finding, "%s", outcomes[outcome].hint);
}
