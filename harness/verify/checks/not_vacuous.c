#include "verify/checks/judges.h"

static void vacuous(struct finding *finding, const char *what, const char *hint)
{
    finding_actual(finding, "%s", what);
    finding_set(finding, VERDICT_UNKNOWN, "the run proves nothing: %s", what);
    finding_hint(finding, "%s", hint);
}

/* Without a yes or without a no: what came says best what is wrong. */
static void undecided(const struct case_file *facts, struct finding *finding, const char *what,
                      const char *hint)
{
    char advice[sizeof finding->hint];
    bool advised = answers_advise(&facts->run->answers, advice, sizeof advice);
    vacuous(finding, what, advised ? advice : hint);
}

static bool rows_sampled(const struct case_file *facts)
{
    const struct timeline *timeline = &facts->run->timeline;
    for (size_t i = 0; i < timeline->count; i++)
        if (timeline->v[i].rows != COUNT_UNKNOWN)
            return true;
    return false;
}

/* Which of the ways to prove nothing it was; returns false when there was none. */
static bool find_empty(const struct case_file *facts, struct finding *finding)
{
    bool decisions = (facts->known & NEEDS_DECISIONS) != 0;
    int64_t tried = facts->tried_certain + facts->tried_maybe;
    if (!tried)
        vacuous(finding, "no request reached the service", "see `errors` and the service's log");
    else if (decisions && !facts->accepted)
        undecided(facts, finding, "nobody was told yes",
                  "check responses.accepted, and whether the service sells at all");
    else if (decisions && !facts->requests_rejected && tried > facts->limit)
        undecided(facts, finding, "nobody was told no, although more asked than the limit",
                  "check responses.rejected and the limit");
    else if ((facts->known & NEEDS_COUPONS) && !facts->coupons.count)
        vacuous(finding, "no coupon row was read",
                "check evidence.coupons: does the query read what the consumer writes?");
    else if (facts->run->timeline.count && (facts->known & NEEDS_COUPONS) && !rows_sampled(facts))
        vacuous(finding, "no sample of the rows was taken", "see rushproof.log");
    else
        return false;
    return true;
}

void judge_not_vacuous(const struct case_file *facts, const struct spec_expect *expect,
                       struct finding *finding)
{
    (void)expect;
    finding_expect(finding, "a yes, a no when more ask than the limit, a row");
    if (find_empty(facts, finding))
        return;
    if (facts->known & NEEDS_DECISIONS)
        finding_actual(finding, "%" PRId64 " yes, %" PRId64 " no, %zu rows", facts->accepted,
                       facts->rejected, facts->coupons.count);
    else
        finding_actual(finding, "%" PRId64 " asked, %zu rows", facts->tried_certain,
                       facts->coupons.count);
    finding_set(finding, VERDICT_PASS, "every figure of the run has samples");
}
