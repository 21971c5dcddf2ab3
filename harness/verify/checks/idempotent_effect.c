#include "verify/checks/judges.h"
#include "verify/ledger.h"

/* Of a user whose requests are all under one key: rows, or units where there are items. */
struct effect {
    int64_t has, may; /* what is there, and what one order is */
};

/* The most that one order of the user may be. What the key was used for later counts only where
 * nobody was told yes before. */
static int64_t one_order(const struct case_file *facts, const struct case_user *user)
{
    int64_t most[2] = {0, 0};
    bool told = false;
    for (uint32_t k = user[0].first; k < user[1].first; k++) {
        uint32_t request = facts->ledger->order[k];
        const struct request *record = &facts->history->v[request];
        bool reused = case_reuse(facts, record) == REUSE_PAYLOAD;
        int64_t units = 0;
        for (uint32_t line = 0; line < facts->lines && request % facts->lines == 0; line++)
            units += ledger_order(facts, request + line)->units;
        most[reused] = units > most[reused] ? units : most[reused];
        told |= !reused && record->cls == CLASS_ACCEPTED;
    }
    return told || most[0] > most[1] ? most[0] : most[1];
}

static struct effect effect_of(const struct case_file *facts, const struct case_user *user)
{
    const struct ledger *ledger = facts->ledger;
    int64_t id = case_user_id(facts, user);
    size_t at = case_list_find(&facts->coupons, facts, id);
    struct effect effect = {.may = 1};
    for (; at < facts->coupons.count && case_list_user(&facts->coupons, facts, at) == id; at++)
        effect.has +=
            ledger
                ? ledger_line(ledger, &facts->run->evidence.coupons, facts->coupons.order[at]).units
                : 1;
    if (ledger)
        effect.may = one_order(facts, user);
    return effect;
}

/* Names the keys with more than one effect, and counts those that were sent again. */
static int64_t name_wrong(const struct case_file *facts, struct finding *finding,
                          int64_t *ret_again)
{
    int64_t wrong = 0;
    const struct case_user *user = facts->users, *end = facts->users + facts->users_count;
    for (; user < end; user++) {
        *ret_again += case_requests(facts, user) > 1 || case_borrows(facts, user);
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
