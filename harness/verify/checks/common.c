/* What several judges say in the same words. */
#include "verify/checks/judges.h"

void judge_expect_range(struct finding *finding, int64_t low, int64_t high)
{
    if (low == high)
        finding_expect(finding, "%" PRId64, low);
    else
        finding_expect(finding, "%" PRId64 " to %" PRId64, low, high);
}

bool judge_unsettled(const struct case_file *facts, struct finding *finding, const char *what)
{
    if (facts->final || facts->early)
        return false;
    finding_set(finding, VERDICT_UNKNOWN, "%s when the run stopped waiting (%s): more may follow",
                what, drain_outcome_name(facts->run->drain.outcome));
    finding_hint(finding, "see the check `drained` for what kept the pipeline from coming to rest");
    return true;
}

bool judge_unread(const struct case_file *facts, unsigned bit, const char *what,
                  struct finding *finding)
{
    if (!(facts->given & bit) || (facts->known & bit))
        return false;
    finding_set(finding, VERDICT_UNKNOWN, "%s could not be read", what);
    finding_hint(finding, "see rushproof.log in the run's directory for the reason");
    return true;
}

bool judge_uncertain_order(const struct case_file *facts, struct finding *finding)
{
    int64_t early = 0;
    for (unsigned i = 0; i < RUN_LOAD_PHASES_MAX; i++)
        early += facts->run->load[i].late_stamps;
    if (!early)
        return false;
    finding_set(finding, VERDICT_UNKNOWN,
                "contradictions were seen, but %" PRId64
                " request%s may have left before the release "
                "that was stamped: who came first is not certain",
                early, plural(early));
    finding_hint(finding, "stage faster, or load.burst.gate: last_byte");
    return true;
}

void judge_no_memory(struct finding *finding)
{
    finding_set(finding, VERDICT_UNKNOWN, "not judged: out of memory");
}
