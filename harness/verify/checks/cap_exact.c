#include "verify/checks/judges.h"

static int64_t capped(const struct case_file *facts, int64_t users)
{
    return users < facts->limit ? users : facts->limit;
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
        judge_absent(finding,
                     "%" PRId64 " users have a coupon or are parked, %" PRId64 " too few%s", saved,
                     low - saved, facts->early ? " at the instant of the assertion" : "");
    else if (!high)
        finding_set(finding, VERDICT_UNKNOWN, "nobody asked, so nothing was to be sold");
    else
        finding_set(finding, VERDICT_PASS, "%" PRId64 " users have a coupon%s, as they should",
                    saved, facts->parked.distinct + facts->dead.distinct ? " or are parked" : "");
}
