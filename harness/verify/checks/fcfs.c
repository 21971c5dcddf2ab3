#include "verify/checks/judges.h"
#include "verify/ledger.h"

static double since(const struct case_file *facts, ns_t instant)
{
    return (double)(instant - facts->history->origin) / (double)NS_PER_MS;
}

static int64_t user_at(const struct case_file *facts, size_t i)
{
    return facts->history->v[i].user;
}

static const char *name_at(const struct case_file *facts, size_t i, struct roster_name *name)
{
    return roster_name(facts->run->roster, user_at(facts, i), name);
}

static struct witness *name_denied(const struct case_file *facts,
                                   const struct fair_sellout *sellout, const char *what,
                                   struct finding *finding)
{
    struct fair_decision no = fair_read(&facts->fair, sellout->denied);
    struct witness *witness = finding_witness(finding, what);
    if (!witness)
        return NULL;
    witness->user = maybe_of(user_at(facts, sellout->denied));
    witness->released = no.rejected_released;
    witness->done = no.rejected_done;
    return witness;
}

/* An excused user is convicted only together with others: not all of them can have had a slot. */
static void name_excused(const struct fair_sellout *sellout, struct finding *finding)
{
    if (sellout->excusable == 1)
        finding_hint(finding, "the user's own unanswered request explains nothing: every slot is "
                              "accounted for by others");
    else if (sellout->excusable > 1)
        finding_hint(finding,
                     "%zu users were told no by then with a request of their own unanswered: the "
                     "slots that are left are fewer",
                     sellout->excusable);
}

static void name_pair(const struct case_file *facts, const struct fair_sellout *sellout,
                      struct finding *finding)
{
    size_t last = facts->fair.last_accepted;
    struct roster_name denied, served;
    struct fair_decision no = fair_read(&facts->fair, sellout->denied);
    struct fair_decision yes = fair_read(&facts->fair, last);
    finding_set(finding, VERDICT_FAIL,
                "user %s was turned away at %.2f ms; user %s asked at %.2f ms and got one",
                name_at(facts, sellout->denied, &denied), since(facts, no.rejected_done),
                name_at(facts, last, &served), since(facts, yes.accepted_released));
    struct witness *witness =
        name_denied(facts, sellout, "turned away before the request of", finding);
    if (!witness)
        return;
    witness->other = maybe_of(user_at(facts, last));
    witness->other_released = yes.accepted_released;
    witness->other_done = yes.accepted_done;
}

static void name_early_rejection(const struct case_file *facts, const struct fair_sellout *sellout,
                                 struct finding *finding)
{
    struct roster_name name;
    struct fair_decision no = fair_read(&facts->fair, sellout->denied);
    finding_set(finding, VERDICT_FAIL,
                "user %s was turned away at %.2f ms, when at most %" PRId64 " of %" PRId64
                " can have been given out",
                name_at(facts, sellout->denied, &name), since(facts, no.rejected_done),
                sellout->given_by_then, facts->limit);
    name_denied(facts, sellout, "turned away before it was sold out", finding);
    if (*judge_left_over(facts))
        finding_hint(finding, "does a request that fails, or asks again, give its slot back?%s",
                     judge_left_over(facts));
}

/* Whether somebody got two or somebody was turned away too early, the answers do not tell. */
static void name_doubled(const struct case_file *facts, const struct fair_sellout *sellout,
                         struct finding *finding)
{
    struct roster_name name;
    struct fair_decision no = fair_read(&facts->fair, sellout->denied);
    finding_set(finding, VERDICT_UNKNOWN,
                "user %s was turned away at %.2f ms, when at most %" PRId64 " of %" PRId64
                " users can have had one: either somebody had several by then, or that was too "
                "early",
                name_at(facts, sellout->denied, &name), since(facts, no.rejected_done),
                sellout->given_by_then, facts->limit);
    finding_hint(finding, "see `duplicate` and `retry` for users who have several");
}

/* A burst that is let go at once orders next to nobody: its pass is none of fairness. The share is
 * the one that fcfs_power asks for when nothing else is said. */
static bool is_untested_burst(const struct case_file *facts, bool ordered)
{
    enum { POWER_PERCENT = 10 };
    const struct scenario *scenario = facts->run->scenario;
    int64_t pairs = 0, all = 0;
    if (scenario->load_count != 1 || scenario->load[0].kind != LOAD_BURST)
        return false;
    return !ordered || fair_power(&facts->fair, &pairs, &all) || pairs * 100 < all * POWER_PERCENT;
}

static void judge_explained(const struct case_file *facts, const struct fair_sellout *sellout,
                            struct finding *finding)
{
    const struct fair_view *view = &facts->fair;
    size_t denied = fair_denied(view);
    finding->untested = denied && is_untested_burst(facts, sellout->ordered);
    if (finding->untested)
        finding_actual(finding, "not testable in a burst");
    if (!denied)
        finding_set(finding, VERDICT_PASS, "nobody was turned away");
    else if (!sellout->ordered)
        finding_set(
            finding, VERDICT_PASS,
            "one sell-out instant explains all; but no two decisions were ordered in time, so "
            "unfairness could not have shown (waves would show it)");
    else
        finding_set(finding, VERDICT_PASS,
                    "one sell-out instant explains all of %zu accepts and %zu rejections",
                    view->accepted, denied);
}

/* Without a single yes nothing was sold, and nobody can say that somebody else should have had it:
 * a wrong address or a wrong rule looks just the same. */
static void judge_unsold(const struct case_file *facts, struct finding *finding)
{
    finding_actual(finding, "nobody told yes");
    finding_set(finding, VERDICT_UNKNOWN, "%s",
                fair_denied(&facts->fair) ? "nobody was told yes, so nobody was turned away for it"
                                          : "nobody was told yes or no");
    finding_hint(finding, "is it the right address, and does responses.accepted match a yes?");
}

void judge_fcfs(const struct case_file *facts, const struct spec_expect *expect,
                struct finding *finding)
{
    (void)expect;
    const struct fair_view *view = &facts->fair;
    struct fair_sellout sellout;
    if (facts->ledger) {
        ledger_judge_fcfs(facts, finding);
        return;
    }
    if (fair_judge(view, &sellout)) {
        judge_no_memory(finding);
        return;
    }
    finding_expect(finding, "a sell-out instant");
    finding_actual(finding, "%s", sellout.reason == FAIR_EXPLAINED ? "one" : "none");
    if (!view->accepted) {
        judge_unsold(facts, finding);
        return;
    }
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
        name_pair(facts, &sellout, finding);
        name_excused(&sellout, finding);
        if (!sellout.certain)
            judge_uncertain_order(facts, finding);
        break;
    case FAIR_TOO_EARLY:
        name_early_rejection(facts, &sellout, finding);
        name_excused(&sellout, finding);
        if (!sellout.certain)
            judge_uncertain_order(facts, finding);
        break;
    case FAIR_DOUBLED:
        name_doubled(facts, &sellout, finding);
        break;
    }
}
