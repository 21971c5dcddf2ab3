#include "verify/checks/judges.h"
#include "verify/ledger.h"

void judge_own_orders(const struct case_file *facts, const struct spec_expect *expect,
                      struct finding *finding)
{
    (void)expect;
    const struct history *actions = &facts->run->actions;
    int64_t asked = 0, wrong = 0, told = 0;
    for (size_t i = 0; i < actions->count; i++) {
        const struct deed *deed = &actions->deeds[i];
        const struct request *owner = &facts->history->v[deed->order];
        bool strange = deed->others && actions->v[i].user != owner->user;
        asked += strange;
        told += strange && request_answered(&actions->v[i]);
        if (!strange || actions->v[i].cls != CLASS_ACCEPTED)
            continue;
        wrong++;
        struct witness *witness =
            fates_witness(facts, finding, "told yes about the order of", (uint32_t)i, NO_DEED);
        if (!witness)
            continue;
        witness->other = maybe_of(owner->user);
        witness->other_released = owner->released;
        witness->other_done = owner->done;
    }
    finding_expect(finding, "0 of %" PRId64, asked);
    finding_count(finding, wrong);
    if (wrong) {
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " of %" PRId64 " who asked about somebody else's order %s told yes",
                    wrong, asked, wrong == 1 ? "was" : "were");
        finding_hint(finding, "is the user of the session compared with the order's? WHERE id = … "
                              "AND user_id = …");
    } else if (!told) {
        finding_set(finding, VERDICT_UNKNOWN, "nobody asked about somebody else's order");
        finding_hint(finding, "are there orders at all, and more than one user?");
    } else {
        finding_set(finding, VERDICT_PASS, "all of %" PRId64 " were told no", told);
    }
}
