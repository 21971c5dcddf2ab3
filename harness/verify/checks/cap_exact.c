#include "verify/checks/judges.h"

static int64_t capped(const struct case_file *facts, int64_t users)
{
    return users < facts->limit ? users : facts->limit;
}

/* When everybody who was told yes has one, too few were told yes. */
static void judge_few(const struct case_file *facts, int64_t saved, int64_t missing,
                      struct finding *finding)
{
    judge_absent(finding, "%" PRId64 " users have a coupon or are parked, %" PRId64 " too few%s",
                 saved, missing, facts->early ? " at the instant of the assertion" : "");
    if (!facts->early && facts->accepted && !case_missing(facts))
        finding_hint(finding,
                     "whoever was told yes has one, so too few were told yes: does a "
                     "request that fails, or asks again, give its slot back?%s",
                     judge_left_over(facts));
}

/* Users whose request may never have arrived make the expected number an interval. */
void judge_cap_exact(const struct case_file *facts, const struct spec_expect *expect,
                     struct finding *finding)
{
    (void)expect;
    int64_t low = capped(facts, facts->tried_certain);
    int64_t high = capped(facts, facts->tried_certain + facts->tried_maybe);
    int64_t saved = facts->saved;
    finding_range(finding, low, high);
    finding_count(finding, saved);
    if (saved > high)
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " users have a coupon or are parked, %" PRId64 " too many", saved,
                    saved - high);
    else if (saved < low)
        judge_few(facts, saved, low - saved, finding);
    else if (!high)
        finding_set(finding, VERDICT_UNKNOWN, "nobody asked, so nothing was to be sold");
    else
        finding_set(finding, VERDICT_PASS, "%" PRId64 " users have a coupon%s, as they should",
                    saved, facts->parked.distinct + facts->dead.distinct ? " or are parked" : "");
}
