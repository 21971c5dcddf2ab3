#include "verify/checks/judges.h"

static double since(const struct case_file *facts, ns_t instant)
{
    return (double)(instant - facts->history->origin) / (double)NS_PER_MS;
}

static void name_pair(const struct case_file *facts, struct finding *finding)
{
    const struct fair_view *view = &facts->fair;
    struct fair_decision no, yes;
    view->read(facts, facts->fair.first_rejected, &no);
    view->read(facts, facts->fair.last_accepted, &yes);
    int64_t loser = facts->history->v[facts->fair.first_rejected].user;
    int64_t winner = facts->history->v[facts->fair.last_accepted].user;
    finding_set(finding, VERDICT_FAIL,
                "user %" PRId64 " was turned away at %.2f ms; user %" PRId64
                " asked at %.2f ms and got one",
                loser, since(facts, no.rejected_done), winner, since(facts, yes.accepted_released));
    struct witness *witness = finding_witness(finding, "turned away before the request of");
    if (!witness)
        return;
    witness->user = maybe_of(loser);
    witness->released = no.rejected_released;
    witness->done = no.rejected_done;
    witness->other = maybe_of(winner);
    witness->other_released = yes.accepted_released;
    witness->other_done = yes.accepted_done;
}

static void name_early_rejection(const struct case_file *facts, const struct fair_sellout *sellout,
                                 struct finding *finding)
{
    const struct fair_view *view = &facts->fair;
    struct fair_decision no;
    view->read(facts, facts->fair.first_rejected, &no);
    int64_t loser = facts->history->v[facts->fair.first_rejected].user;
    finding_set(finding, VERDICT_FAIL,
                "user %" PRId64 " was turned away at %.2f ms, when at most %" PRId64 " of %" PRId64
                " can have been given out",
                loser, since(facts, no.rejected_done), sellout->given_by_then, facts->limit);
    struct witness *witness = finding_witness(finding, "turned away before it was sold out");
    if (!witness)
        return;
    witness->user = maybe_of(loser);
    witness->released = no.rejected_released;
    witness->done = no.rejected_done;
}

static void judge_explained(const struct case_file *facts, const struct fair_sellout *sellout,
                            struct finding *finding)
{
    const struct fair_view *view = &facts->fair;
    if (!view->accepted && !view->rejected)
        finding_set(finding, VERDICT_UNKNOWN, "nobody was told yes or no");
    else if (!view->rejected)
        finding_set(finding, VERDICT_PASS, "nobody was turned away");
    else if (!sellout->ordered)
        finding_set(
            finding, VERDICT_PASS,
            "one sell-out instant explains all; but no two decisions were ordered in time, so "
            "unfairness could not have shown (waves would show it)");
    else
        finding_set(finding, VERDICT_PASS,
                    "one sell-out instant explains all of %zu accepts and %zu rejections",
                    view->accepted, view->rejected);
}

void judge_fcfs(const struct case_file *facts, const struct spec_expect *expect,
                struct finding *finding)
{
    (void)expect;
    const struct fair_view *view = &facts->fair;
    struct fair_sellout sellout;
    fair_judge(view, &sellout);
    finding_expect(finding, "a sell-out instant");
    finding_actual(finding, "%s", sellout.reason == FAIR_EXPLAINED ? "one" : "none");
    switch (sellout.reason) {
    case FAIR_EXPLAINED:
        judge_explained(facts, &sellout, finding);
        break;
    case FAIR_OVER_LIMIT:
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " users were told yes with a limit of %" PRId64
                    ": no sell-out instant explains that",
                    (int64_t)view->accepted, facts->limit);
        break;
    case FAIR_INVERTED:
        name_pair(facts, finding);
        judge_uncertain_order(facts, finding);
        break;
    case FAIR_TOO_EARLY:
        name_early_rejection(facts, &sellout, finding);
        break;
    }
}
