#include "verify/checks/judges.h"
#include "verify/ledger.h"

/* Of a user whose requests are all under one key: rows, or units where there are items. */
struct effect {
    int64_t has, may; /* what is there, and what one order is */
};

static struct effect effect_of(const struct case_file *facts, const struct case_user *user)
{
    const struct ledger *ledger = facts->ledger;
    size_t at = case_list_find(&facts->coupons, facts, user->user);
    struct effect effect = {.may = 1};
    for (; at < facts->coupons.count && case_list_user(&facts->coupons, facts, at) == user->user;
         at++)
        effect.has +=
            ledger
                ? ledger_line(ledger, &facts->run->evidence.coupons, facts->coupons.order[at]).units
                : 1;
    for (uint32_t k = user[0].first; ledger && k < user[1].first; k++) {
        int64_t units = ledger_order(facts, ledger->order[k])->units;
        effect.may = units > effect.may ? units : effect.may;
    }
    return effect;
}

/* Names the keys with more than one effect, and counts those that were sent again. */
static int64_t name_wrong(const struct case_file *facts, struct finding *finding,
                          int64_t *ret_again)
{
    int64_t wrong = 0;
    const struct case_user *user = facts->users, *end = facts->users + facts->users_count;
    for (; user < end; user++) {
        *ret_again += user[1].first - user[0].first > 1;
        struct effect effect = {0};
        if (user->seen & SEEN_COUPON)
            effect = effect_of(facts, user);
        struct witness *witness =
            effect.has > effect.may
                ? case_witness(facts, finding, "one key, more than one effect", user)
                : NULL;
        wrong += effect.has > effect.may;
        if (witness)
            witness->row = maybe_of(effect.has);
    }
    return wrong;
}

void judge_idempotent_effect(const struct case_file *facts, const struct spec_expect *expect,
                             struct finding *finding)
{
    (void)expect;
    int64_t again = 0, wrong = name_wrong(facts, finding, &again);
    finding_expect(finding, "one effect of each of %" PRId64 " keys", again);
    finding_count(finding, wrong);
    if (!again) {
        finding_set(finding, VERDICT_UNKNOWN, "no key was sent twice");
        finding_hint(finding, "idempotency.times: 2, or a phase with again: true");
    } else if (!wrong) {
        finding_set(finding, VERDICT_PASS,
                    "each of %" PRId64 " keys that were sent again has one effect at most", again);
    }
    if (!wrong)
        return;
    finding_set(finding, VERDICT_FAIL, "%" PRId64 " key%s more than one effect", wrong,
                wrong == 1 ? " has" : "s have");
    finding_hint(finding, "is the key written before what it guards, in one transaction with it? a "
                          "unique key column lets only one of them through");
}
