#include "verify/checks/judges.h"

static enum counts what_counts(const struct case_file *facts)
{
    const struct spec_counter *counter = facts->run->scenario->evidence.counter;
    return counter ? counter->counts : COUNTS_REQUESTS;
}

void judge_counter(const struct case_file *facts, const struct spec_expect *expect,
                   struct finding *finding)
{
    (void)expect;
    const struct counter_reading *counter = &facts->run->evidence.counter;
    bool accepts = what_counts(facts) == COUNTS_ACCEPTS;
    int64_t growth = counter->after - counter->before;
    int64_t low = accepts ? facts->accepted : facts->requests_certain;
    int64_t high =
        facts->requests_maybe + (accepts ? facts->requests_accepted : facts->requests_certain);
    const char *what = accepts ? "accepts" : "requests that reached it";
    if (accepts && !(facts->known & NEEDS_DECISIONS)) {
        finding_set(finding, VERDICT_UNKNOWN, "accepts cannot be told, so they cannot be counted");
        finding_hint(finding, "add responses.accepted, or evidence.counter.counts: requests");
        return;
    }
    judge_expect_range(finding, low, high);
    finding_actual(finding, "%" PRId64, growth);
    if (growth < 0)
        finding_set(finding, VERDICT_FAIL,
                    "the counter went back from %" PRId64 " to %" PRId64
                    ": it expired or was reset",
                    counter->before, counter->after);
    else if (growth < low)
        finding_set(finding, VERDICT_FAIL,
                    "the counter grew by %" PRId64 ", %" PRId64
                    " fewer than the %s: it started again, "
                    "or was not asked",
                    growth, low - growth, what);
    else if (growth > high)
        finding_set(finding, VERDICT_FAIL,
                    "the counter grew by %" PRId64 ", %" PRId64 " more than the %s", growth,
                    growth - high, what);
    else if (!high)
        finding_set(finding, VERDICT_UNKNOWN, "no request reached the service");
    else
        finding_set(finding, VERDICT_PASS, "the counter grew by the %s", what);
}
