#include "base/cleanup.h"
#include "verify/checks/judges.h"

static void name_pairs(const struct case_file *facts, const struct fair_pair *pairs, size_t count,
                       struct finding *finding)
{
    const struct fair_view *view = &facts->fair;
    for (size_t i = 0; i < count; i++) {
        struct fair_decision no = fair_read(view, pairs[i].rejected);
        struct fair_decision yes = fair_read(view, pairs[i].accepted);
        struct witness *witness = finding_witness(finding, "turned away before the request of");
        if (!witness)
            return;
        witness->user = maybe_of(facts->history->v[pairs[i].rejected].user);
        witness->released = no.rejected_released;
        witness->done = no.rejected_done;
        witness->other = maybe_of(facts->history->v[pairs[i].accepted].user);
        witness->other_released = yes.accepted_released;
        witness->other_done = yes.accepted_done;
    }
}

void judge_fcfs_distance(const struct case_file *facts, const struct spec_expect *expect,
                         struct finding *finding)
{
    const struct fair_view *view = &facts->fair;
    _cleanup_free_ struct fair_pair *pairs = NULL;
    size_t count = 0;
    if (facts->ledger) {
        finding_set(finding, VERDICT_UNKNOWN, "pairs are told of one pool only, not of items");
        finding_hint(finding, "see `fcfs`, which judges each item");
        return;
    }
    if (fair_distance(view, &pairs, &count)) {
        judge_no_memory(finding);
        return;
    }
    name_pairs(facts, pairs, count, finding);
    finding_expect(finding, "at most %" PRId64 " pairs", expect->at_most);
    finding_actual(finding, "%zu", count);
    if ((int64_t)count > expect->at_most && judge_uncertain_order(facts, finding))
        return;
    if ((int64_t)count > expect->at_most)
        finding_set(
            finding, VERDICT_FAIL,
            "%zu disjoint pair%s: one was turned away before the other, who was served, had asked",
            count, plural((int64_t)count));
    else if (!view->accepted || !fair_denied(view))
        finding_set(finding, VERDICT_UNKNOWN, "it takes a yes and a no to compare");
    else
        finding_set(finding, VERDICT_PASS, "%zu pairs contradict first come, first served", count);
}
