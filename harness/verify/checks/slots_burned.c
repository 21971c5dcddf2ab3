#include "verify/checks/judges.h"

/* Users who got their slot's coupon, also those who got it after an early assertion. */
static int64_t served(const struct case_file *facts)
{
    int64_t later = facts->early ? facts->run->drain.rows_max : 0;
    return later > facts->saved && later <= facts->limit ? later : facts->saved;
}

static void judge_burned(int64_t burned, struct finding *finding)
{
    bool one = burned == 1;
    finding_set(finding, VERDICT_FAIL, "%" PRId64 " slot%s burned: counted, but nobody got %s",
                burned, one ? " was" : "s were", one ? "it" : "them");
    finding_hint(finding, "does a send that fails give its slot back?");
}

/* With Kafka a slot must become a record, without it a coupon (or a parked event) at once. */
static void compare(const struct case_file *facts, int64_t slots, struct finding *finding)
{
    bool kafka = (facts->known & NEEDS_PRODUCED) != 0;
    int64_t used = kafka ? (int64_t)facts->produced.distinct : served(facts);
    const char *what = kafka ? "users in the topic" : "users with a coupon or parked";
    finding_expect(finding, "%" PRId64 " %s", slots, what);
    finding_actual(finding, "%" PRId64, used);
    if (used > slots)
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " %s, but only %" PRId64 " slots were counted", used, what, slots);
    else if (!slots)
        finding_set(finding, VERDICT_UNKNOWN, "no slot was counted");
    else if (used == slots)
        finding_set(finding, VERDICT_PASS, "each of %" PRId64 " slots was used", slots);
    else if (kafka || !judge_unsettled(facts, finding, "slots without a row"))
        judge_burned(slots - used, finding);
}

void judge_slots_burned(const struct case_file *facts, const struct spec_expect *expect,
                        struct finding *finding)
{
    (void)expect;
    const struct counter_reading *counter = &facts->run->evidence.counter;
    int64_t growth = counter->after - counter->before;
    int64_t slots = growth < facts->limit ? growth : facts->limit;
    if (judge_unread(facts, NEEDS_PRODUCED, "the produced records", finding))
        return;
    compare(facts, slots > 0 ? slots : 0, finding);
    if (!facts->produced.undecoded)
        return;
    finding_set(finding, VERDICT_FAIL, "%zu record%s cannot be read as a user",
                facts->produced.undecoded, plural((int64_t)facts->produced.undecoded));
    finding_hint(finding, "check evidence.pipeline.value");
}
