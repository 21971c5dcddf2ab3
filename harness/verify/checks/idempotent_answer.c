#include "verify/checks/judges.h"
#include "verify/ledger.h"

static const struct request *at(const struct case_file *facts, uint32_t k)
{
    return case_request(facts, k);
}

static bool is_decision(const struct request *request)
{
    return request->released && (request->cls == CLASS_ACCEPTED || request->cls == CLASS_REJECTED);
}

/* What was told first under the key: the answer that ended first. NULL: none was. */
static const struct request *first_of(const struct case_file *facts, const struct case_user *user)
{
    const struct request *first = NULL;
    for (uint32_t k = user[0].first; k < user[1].first; k++)
        if (is_decision(at(facts, k)) && (!first || at(facts, k)->done < first->done))
            first = at(facts, k);
    return first;
}

static int64_t order_of(const struct case_file *facts, const struct request *request)
{
    return facts->history->orders ? facts->history->orders[request - facts->history->v].id
                                  : ORDER_NONE;
}

/* Another decision, or another order. Who turned away first for what a later one then got did not
 * keep the key. */
static const char *differs(const struct case_file *facts, const struct request *first,
                           const struct request *other)
{
    int64_t order = order_of(facts, first), again = order_of(facts, other);
    if (!is_decision(other) || other == first)
        return NULL;
    if (other->cls != first->cls)
        return other->cls == CLASS_ACCEPTED ? "told no, and yes when asked again"
                                            : "told yes, and no when asked again";
    return order != ORDER_NONE && again != ORDER_NONE && order != again
               ? "told two orders under one key"
               : NULL;
}

void judge_idempotent_answer(const struct case_file *facts, const struct spec_expect *expect,
                             struct finding *finding)
{
    (void)expect;
    int64_t wrong = 0, again = 0;
    for (size_t i = 0; i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        const struct request *first = first_of(facts, user);
        const char *what = NULL;
        bool several = user[1].first - user[0].first > 1;
        for (uint32_t k = user[0].first; first && several && !what && k < user[1].first; k++)
            what = differs(facts, first, at(facts, k));
        again += first && several;
        if (!what)
            continue;
        wrong++;
        struct witness *witness = finding_witness(finding, what);
        if (!witness)
            continue;
        witness->user = maybe_of(user->user);
        case_show(witness, first);
    }
    finding_expect(finding, "0 of %" PRId64 " keys", again);
    finding_count(finding, wrong);
    if (wrong) {
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " key%s told something else than %s the first time", wrong,
                    wrong == 1 ? " was" : "s were", wrong == 1 ? "it was" : "they were");
        finding_hint(finding, "%s",
                     facts->run->scenario->responses.in_progress_count
                         ? "is the answer kept with the key, and given again?"
                         : "is the answer kept with the key, and given again? an answer that says "
                           "that the first request is under way is responses.in_progress");
    } else if (!again) {
        finding_set(finding, VERDICT_UNKNOWN, "no key was sent twice and decided");
    } else {
        finding_set(finding, VERDICT_PASS, "all of %" PRId64 " keys were told the same again",
                    again);
    }
}
