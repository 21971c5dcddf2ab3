#include <stdlib.h>

#include "base/cleanup.h"
#include "base/order.h"
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
        if (is_decision(at(facts, k)) && case_reuse(facts, at(facts, k)) != REUSE_PAYLOAD &&
            (!first || at(facts, k)->done < first->done))
            first = at(facts, k);
    return first;
}

static const struct order *order_of(const struct case_file *facts, const struct request *request)
{
    static const struct order nothing;
    return facts->history->orders ? &facts->history->orders[request - facts->history->v] : &nothing;
}

/* Does a yes say how many units it grants? */
static bool tells_units(const struct case_file *facts)
{
    const struct spec_responses *responses = &facts->run->scenario->responses;
    for (unsigned i = 0; i < responses->accepted_count; i++)
        if (responses->accepted[i].units)
            return true;
    return false;
}

/* Told something else than a decision, although there was one. */
static const char *evades(const struct case_file *facts, const struct request *first,
                          const struct request *other)
{
    bool later = other->released > first->done;
    if (other->cls != CLASS_LIMITED)
        return NULL;
    if (other->cause == CAUSE_KEY_REUSED && case_reuse(facts, other) == REUSE_NONE)
        return "told that its key is of something else";
    return other->cause == CAUSE_IN_PROGRESS && later
               ? "told that it is under way, when it had been answered"
               : NULL;
}

/* Another decision, or another order. Who turned away first for what a later one then got did not
 * keep the key; who turns away what is something else did. */
static const char *differs(const struct case_file *facts, const struct request *first,
                           const struct request *other)
{
    const struct order *order = order_of(facts, first), *again = order_of(facts, other);
    bool reused = case_reuse(facts, other) == REUSE_PAYLOAD;
    if (!is_decision(other) || other == first)
        return evades(facts, first, other);
    if (other->cls != first->cls && other->cls == CLASS_ACCEPTED)
        return "told no, and yes when asked again";
    if (other->cls != first->cls)
        return reused ? NULL : "told yes, and no when asked again";
    if (order->id != ORDER_NONE && again->id != ORDER_NONE && order->id != again->id)
        return "told two orders under one key";
    return reused && other->cls == CLASS_ACCEPTED && tells_units(facts) &&
                   order->units != again->units
               ? "told yes to something else under one key"
               : NULL;
}

/* Orders that somebody under another one's key was told of, though they are not his. Returns how
 * many users were, or -ERR_MEMORY. */
static int64_t name_strange(const struct case_file *facts, struct finding *finding)
{
    const struct history *history = facts->history;
    _cleanup_free_ struct keyed *v = malloc((history->count + 1) * sizeof *v);
    size_t count = 0;
    int64_t wrong = 0;
    for (size_t i = 0; v && i < history->count; i += facts->lines)
        if (history->v[i].cls == CLASS_ACCEPTED && history->orders[i].id != ORDER_NONE)
            v[count++] = (struct keyed){.key = history->orders[i].id, .index = (uint32_t)i};
    if (!v || order_pairs(v, count))
        return -(int)ERR_MEMORY;
    for (size_t i = 0, owner = 0; i < count; i++) {
        owner = v[i].key == v[owner].key ? owner : i;
        const struct request *whose = &history->v[v[owner].index], *other = &history->v[v[i].index];
        if (other->user == whose->user || case_reuse(facts, other) != REUSE_USER)
            continue;
        wrong++;
        struct witness *witness = finding_witness(finding, "told the order of");
        if (!witness)
            continue;
        witness->user = maybe_of(other->user);
        case_show(witness, other);
        witness->other = maybe_of(whose->user);
        witness->other_released = whose->released;
        witness->other_done = whose->done;
    }
    return wrong;
}

/* Names the keys under which something else was told than first. */
static int64_t name_changed(const struct case_file *facts, struct finding *finding,
                            int64_t *ret_again)
{
    int64_t wrong = 0;
    for (size_t i = 0; i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        const struct request *first = first_of(facts, user);
        const char *what = NULL;
        bool several = case_requests(facts, user) > 1 || case_borrows(facts, user);
        for (uint32_t k = user[0].first; first && several && !what && k < user[1].first; k++)
            what = differs(facts, first, at(facts, k));
        *ret_again += first && several;
        if (!what)
            continue;
        wrong++;
        struct witness *witness = finding_witness(finding, what);
        if (!witness)
            continue;
        witness->user = maybe_of(case_user_id(facts, user));
        case_show(witness, first);
    }
    return wrong;
}

void judge_idempotent_answer(const struct case_file *facts, const struct spec_expect *expect,
                             struct finding *finding)
{
    (void)expect;
    int64_t again = 0, wrong = name_changed(facts, finding, &again);
    int64_t strange = facts->history->orders ? name_strange(facts, finding) : 0;
    if (strange < 0) {
        judge_no_memory(finding);
        return;
    }
    wrong += strange;
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
