#include "verify/checks/judges.h"

static void name_each(const struct case_file *facts, struct finding *finding)
{
    for (size_t i = 0; i < facts->history->count; i++) {
        const struct request *request = &facts->history->v[i];
        struct witness *witness =
            request->cause == CAUSE_UNCLASSIFIED
                ? finding_witness(finding, "answer matches no rule, or several")
                : NULL;
        if (!witness)
            continue;
        witness->user = maybe_of(request->user);
        witness->released = request->released;
        witness->done = request->done;
    }
}

/* Server errors and broken connections are `errors`' business: here an answer came, and no rule of
 * the scenario, or more than one, knows what it means. */
void judge_response_classified(const struct case_file *facts, const struct spec_expect *expect,
                               struct finding *finding)
{
    int64_t others = facts->causes[CAUSE_UNCLASSIFIED];
    if (others)
        name_each(facts, finding);
    finding_expect(finding, "at most %" PRId64, expect->at_most);
    finding_actual(finding, "%" PRId64 " of %" PRId64, others, facts->answered);
    if (others > expect->at_most) {
        finding_set(finding, VERDICT_FAIL, "%" PRId64 " answer%s matched no rule, or more than one",
                    others, plural(others));
        finding_hint(finding, "add a rule to `responses` for it, or mend the service");
    } else if (!facts->answered) {
        finding_set(finding, VERDICT_UNKNOWN, "no request was answered");
    } else {
        finding_set(finding, VERDICT_PASS, "every answer within the budget matched one rule");
    }
}
