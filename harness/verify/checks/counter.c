#include "verify/checks/judges.h"

/* What its growth may be, least and most, by what it counts. Answers that are all alike may be
 * accepts, each of them. */
struct range {
    const char *what;
    int64_t low, high;
};

static struct range expected_growth(const struct case_file *facts, enum counts counts)
{
    int64_t maybe = facts->requests_maybe, alike = facts->causes[CAUSE_UNDECIDED];
    switch (counts) {
    case COUNTS_ACCEPTS:
        return (struct range){"accepts", facts->accepted, facts->requests_accepted + alike + maybe};
    case COUNTS_USERS:
        return (struct range){"users who reached it", facts->tried_certain,
                              facts->tried_certain + facts->tried_maybe};
    case COUNTS_ANY:
    case COUNTS_REQUESTS:
        break;
    }
    return (struct range){"requests that reached it", facts->requests_certain,
                          facts->requests_certain + maybe};
}

static bool accepts_are_told(const struct case_file *facts)
{
    return facts->accepted || (facts->causes[CAUSE_UNDECIDED] && facts->known & NEEDS_COUPONS);
}

/* A stock that is given back what it lacked has lost the accepts, one that is not the requests:
 * where the scenario does not say which, the growth says it. */
static struct range choose_range(const struct case_file *facts, enum counts counts, int64_t growth)
{
    static const enum counts each[] = {COUNTS_REQUESTS, COUNTS_ACCEPTS, COUNTS_USERS};
    int64_t moved = growth < 0 ? -growth : growth;
    for (size_t i = 0; moved && counts == COUNTS_ANY && i < sizeof each / sizeof *each; i++) {
        struct range range = expected_growth(facts, each[i]);
        bool told = each[i] != COUNTS_ACCEPTS || accepts_are_told(facts);
        if (told && moved >= range.low && moved <= range.high)
            return range;
    }
    return expected_growth(facts, counts);
}

/* It went the wrong way. A stock is counted down: whether that is one only the scenario can say. */
static void judge_backwards(const struct case_file *facts, const struct range *range,
                            int64_t growth, bool down, struct finding *finding)
{
    const struct counter_reading *counter = &facts->run->evidence.counter;
    bool a_stock = !down && -growth >= range->low && -growth <= range->high;
    finding_set(finding, a_stock ? VERDICT_UNKNOWN : VERDICT_FAIL,
                "the counter went %s from %" PRId64 " to %" PRId64 "%s", down ? "up" : "back",
                counter->before, counter->after,
                a_stock ? ", by just what a stock would lose" : "");
    finding_hint(finding, "%s",
                 down ? "it is said to be counted down: evidence.counter.down: false?"
                      : "a stock that is counted down needs evidence.counter.down: true; else, did "
                        "it expire, or does something reset it?");
}

static const char advice[] = "what is counted says evidence.counter.counts: requests, accepts or "
                             "users; does it expire, or does something else count as well?";

void judge_counter(const struct case_file *facts, const struct spec_expect *expect,
                   struct finding *finding)
{
    (void)expect;
    const struct spec_counter *spec = facts->run->scenario->evidence.counter;
    bool down = spec && spec->down;
    int64_t growth = judge_growth(facts);
    const struct range range = choose_range(facts, spec ? spec->counts : COUNTS_ANY, growth);
    const char *grew = down ? "stock fell" : "counter grew";
    if (spec && spec->counts == COUNTS_ACCEPTS && !accepts_are_told(facts)) {
        finding_set(finding, VERDICT_UNKNOWN, "accepts cannot be told, so they cannot be counted");
        finding_hint(finding, "add responses.accepted, or evidence.counter.counts: requests");
        return;
    }
    finding_range(finding, range.low, range.high);
    finding_count(finding, growth);
    finding_hint(finding, "%s", "");
    if (growth < 0) {
        judge_backwards(facts, &range, growth, down, finding);
        return;
    }
    if (growth < range.low)
        judge_absent(finding, "the %s by %" PRId64 ", %" PRId64 " fewer than the %s", grew, growth,
                     range.low - growth, range.what);
    else if (growth > range.high)
        finding_set(finding, VERDICT_FAIL, "the %s by %" PRId64 ", %" PRId64 " more than the %s",
                    grew, growth, growth - range.high, range.what);
    else if (!range.high)
        finding_set(finding, VERDICT_UNKNOWN, "no request reached the service");
    else
        finding_set(finding, VERDICT_PASS, "the %s by the %s", grew, range.what);
    if (finding->verdict == VERDICT_FAIL)
        finding_hint(finding, "%s", advice);
}
