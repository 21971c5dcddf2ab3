#include <stdio.h>

#include "base/cleanup.h"
#include "verify/checks/judges.h"

static const char *const wrongs[] = {
    [RANK_OVERTAKEN] = "finished first, but was told a worse rank than",
    [RANK_SHARED] = "was told the same rank as",
    [RANK_BEYOND] = "was told a rank that is no place within the limit",
};

/* When one of the user's requests can have been served for the first time. */
static ns_t since(const struct case_file *facts, const struct request *request)
{
    const struct case_user *user = case_find(facts, request->user);
    size_t first = facts->order ? facts->order[user->first] : user->first;
    return fair_read(&facts->fair, first).accepted_released;
}

static void name_victim(const struct case_file *facts, const struct fair_overtake *overtake,
                        struct finding *finding)
{
    const struct request *victim = &facts->history->v[overtake->victim];
    const struct request *by = &facts->history->v[overtake->by];
    struct witness *witness = finding_witness(finding, wrongs[overtake->wrong]);
    if (!witness)
        return;
    witness->user = maybe_of(victim->user);
    witness->released = since(facts, victim);
    witness->done = victim->done;
    if (overtake->wrong == RANK_BEYOND)
        return;
    witness->other = maybe_of(by->user);
    witness->other_released = since(facts, by);
    witness->other_done = by->done;
}

/* "3 users were overtaken in rank (one by 7 others), 2 were told a rank that another has too" */
static void say_kinds(const size_t *kinds, int64_t most, char *ret_text, size_t size)
{
    static const char *const sayings[] = {
        [RANK_OVERTAKEN] = "overtaken in rank",
        [RANK_SHARED] = "told a rank that another has too",
        [RANK_BEYOND] = "told a rank beyond the limit",
    };
    size_t used = 0;
    for (size_t i = 0; i < sizeof sayings / sizeof *sayings && used < size; i++) {
        if (!kinds[i])
            continue;
        bool one = kinds[i] == 1;
        used += (size_t)snprintf(ret_text + used, size - used, "%s%zu%s %s %s", used ? ", " : "",
                                 kinds[i],
                                 used  ? ""
                                 : one ? " user"
                                       : " users",
                                 one ? "was" : "were", sayings[i]);
        if (i == RANK_OVERTAKEN && used < size)
            used += (size_t)snprintf(ret_text + used, size - used, " (one by %" PRId64 " other%s)",
                                     most, plural(most));
    }
}

static void judge_wrong(const struct case_file *facts, const struct fair_overtakes *wrong,
                        int64_t at_most, struct finding *finding)
{
    int64_t most = 0;
    for (size_t i = 0; i < wrong->count; i++)
        most = wrong->v[i].times > most ? wrong->v[i].times : most;
    if ((int64_t)wrong->certain <= at_most && judge_uncertain_order(facts, finding))
        return;
    char message[sizeof finding->message];
    say_kinds(wrong->by_kind, most, message, sizeof message);
    finding_set(finding, VERDICT_FAIL, "%s", message);
    finding_hint(finding, "are count and rank one step, as with an INCR whose result is the rank?");
}

void judge_fcfs_rank(const struct case_file *facts, const struct spec_expect *expect,
                     struct finding *finding)
{
    const struct fair_view *view = &facts->fair;
    struct fair_overtakes wrong = {0};
    if (fair_ranks(view, &wrong)) {
        judge_no_memory(finding);
        return;
    }
    _cleanup_free_ struct fair_overtake *v = wrong.v;
    for (size_t i = 0; i < wrong.count; i++)
        name_victim(facts, &v[i], finding);
    finding_expect(finding, "at most %" PRId64 " of %zu", expect->at_most, view->ranked);
    finding_actual(finding, "%zu", wrong.count);
    if ((int64_t)wrong.count > expect->at_most) {
        judge_wrong(facts, &wrong, expect->at_most, finding);
    } else if (!view->ranked) {
        finding_set(finding, VERDICT_UNKNOWN, "no answer carried a rank");
        finding_hint(finding, "add responses.accepted.rank: /rank, where the body has it");
    } else {
        finding_set(finding, VERDICT_PASS, "%zu ranks respect the order in time and the limit",
                    view->ranked);
    }
}
