#include "base/cleanup.h"
#include "verify/checks/judges.h"

static void name_victim(const struct case_file *facts, const struct fair_overtake *overtake,
                        struct finding *finding)
{
    const struct fair_view *view = &facts->fair;
    struct fair_decision victim, by;
    view->read(facts, overtake->victim, &victim);
    view->read(facts, overtake->by, &by);
    struct witness *witness = finding_witness(
        finding, overtake->same_rank ? "was told the same rank as"
                                     : "finished first, but was told a worse rank than");
    if (!witness)
        return;
    witness->user = maybe_of(facts->history->v[overtake->victim].user);
    witness->released = victim.accepted_released;
    witness->done = victim.accepted_done;
    witness->other = maybe_of(facts->history->v[overtake->by].user);
    witness->other_released = by.accepted_released;
    witness->other_done = by.accepted_done;
}

void judge_fcfs_rank(const struct case_file *facts, const struct spec_expect *expect,
                     struct finding *finding)
{
    const struct fair_view *view = &facts->fair;
    _cleanup_free_ struct fair_overtake *victims = NULL;
    size_t count = 0;
    if (fair_ranks(view, &victims, &count)) {
        judge_no_memory(finding);
        return;
    }
    int64_t most = 0, shared = 0, ranked = (int64_t)view->ranked;
    for (size_t i = 0; i < count; i++) {
        most = victims[i].times > most ? victims[i].times : most;
        shared += victims[i].same_rank;
        name_victim(facts, &victims[i], finding);
    }
    finding_expect(finding, "at most %" PRId64 " of %" PRId64, expect->at_most, ranked);
    finding_actual(finding, "%zu", count);
    if (count > (size_t)shared && (int64_t)count > expect->at_most &&
        judge_uncertain_order(facts, finding))
        return;
    if ((int64_t)count > expect->at_most)
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " user%s overtaken in rank (one by %" PRId64 " others), %" PRId64
                    " told a rank that another has too",
                    (int64_t)count - shared, (int64_t)count - shared == 1 ? " was" : "s were", most,
                    shared);
    else if (!ranked)
        finding_set(finding, VERDICT_UNKNOWN, "no answer carried a rank");
    else
        finding_set(finding, VERDICT_PASS, "%" PRId64 " ranks respect the order in time", ranked);
    if (!ranked)
        finding_hint(finding, "add responses.accepted.rank: /rank, where the body has it");
}
