#include "verify/checks/judges.h"
#include "verify/sources.h"

static const char *wrong(const struct case_user *user)
{
    if (user->seen & SEEN_COUPON_TWICE)
        return "asked more than once, has several coupons";
    if (user->decision == DECISION_ACCEPTED && !(user->seen & (SEEN_COUPON | SEEN_PARKED)))
        return "asked more than once, told yes, has no coupon";
    return NULL;
}

/* Told yes, and only parked: that may have ended since it was read. */
static bool rests_on_parked(const struct case_file *facts)
{
    for (size_t i = 0; facts->twice && i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        if (user[1].first - user[0].first > 1 && case_only_parked(user) &&
            user->decision == DECISION_ACCEPTED)
            return !(facts->whole & NEEDS_PARKED);
    }
    return false;
}

/* A load with a retry phase that nobody needed shows nothing of it either. */
static void say_unasked(const struct case_file *facts, struct finding *finding)
{
    const struct scenario *scenario = facts->run->scenario;
    bool retries = false;
    for (unsigned i = 0; i < scenario->load_count; i++)
        retries |= scenario->load[i].kind == LOAD_RETRY;
    finding_set(finding, VERDICT_UNKNOWN, "nobody asked more than once%s",
                retries ? ": everybody had a decision before the retry" : "");
    finding_hint(finding, "users.repeat: 2 lets everybody ask twice, a fault leaves somebody "
                          "without a decision for a retry; else leave out the check `retry`");
}

void judge_retry(const struct case_file *facts, const struct spec_expect *expect,
                 struct finding *finding)
{
    (void)expect;
    int64_t several = 0, none = 0;
    for (size_t i = 0; facts->twice && i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        if (user[1].first - user[0].first < 2 || !wrong(user))
            continue;
        bool too_many = (user->seen & SEEN_COUPON_TWICE) != 0;
        several += too_many;
        none += !too_many;
        if (too_many || facts->whole & NEEDS_PROOF)
            case_witness(facts, finding, wrong(user), user);
    }
    finding_expect(finding, "one row for each who was told yes, never two");
    finding_actual(finding, "%" PRId64 " with several, %" PRId64 " with none", several, none);
    if (!facts->twice)
        say_unasked(facts, finding);
    else if (several)
        finding_set(finding, VERDICT_FAIL,
                    "of %" PRId64 " users who asked again, %" PRId64
                    " have several coupons and %" PRId64 " none",
                    facts->twice, several, none);
    else if (none && facts->early)
        finding_set(finding, VERDICT_PASS, "nobody had two coupons at the assertion");
    else if (none)
        judge_absent(finding,
                     "of %" PRId64 " users who asked again, %" PRId64
                     " were told yes and have no coupon",
                     facts->twice, none);
    else if (rests_on_parked(facts))
        sources_missing(facts, NEEDS_PARKED, finding);
    else
        finding_set(finding, VERDICT_PASS,
                    "none of %" PRId64 " users who asked again has two coupons", facts->twice);
}
