#include "verify/checks/judges.h"
#include "verify/sources.h"

/* Users who got their slot's coupon, also those who got it after an early assertion. */
static int64_t served(const struct case_file *facts)
{
    int64_t later = facts->early ? facts->run->drain.rows_max : 0;
    return later > facts->saved && later <= facts->limit ? later : facts->saved;
}

static void judge_burned(int64_t burned, struct finding *finding)
{
    bool one = burned == 1;
    judge_absent(finding, "%" PRId64 " slot%s burned: counted, but nobody got %s", burned,
                 one ? " was" : "s were", one ? "it" : "them");
    finding_hint(finding, "does a send that fails give its slot back?");
}

/* A user who asked again may have taken a slot each time: that is not a slot that nobody got. */
static int64_t slots_taken(const struct case_file *facts, const struct case_list *list)
{
    int64_t taken = 0, asked = 0, user = 0;
    for (size_t i = 0; i < list->count; i++) {
        int64_t next = case_list_user(list, facts, i);
        if (i == 0 || next != user) {
            const struct case_user *who = case_find(facts, next);
            asked = who ? (int64_t)(who[1].first - who[0].first) : 1;
        }
        user = next;
        taken += asked-- > 0;
    }
    return taken;
}

/* With Kafka a slot must become a record, without it a coupon (or a parked event) at once. */
static void compare(const struct case_file *facts, int64_t slots, struct finding *finding)
{
    bool kafka = (facts->known & NEEDS_PRODUCED) != 0 && !case_chosen_later(facts);
    int64_t repeated = facts->coupons.repeats && !facts->early
                           ? slots_taken(facts, &facts->coupons) - (int64_t)facts->coupons.distinct
                           : 0;
    int64_t used = kafka ? slots_taken(facts, &facts->produced) : served(facts) + repeated;
    int64_t users = kafka ? (int64_t)facts->produced.distinct : served(facts);
    const char *what = kafka ? "users in the topic" : "users with a coupon or parked";
    finding_expect(finding, "%" PRId64 " %s", slots, what);
    finding_actual(finding, "%" PRId64, used);
    if (users > facts->limit)
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " %s, but the limit leaves only %" PRId64 " slots", users, what,
                    facts->limit);
    else if (users > slots) /* they may be counted yet */
        judge_absent(finding, "%" PRId64 " %s, but only %" PRId64 " slots were counted", users,
                     what, slots);
    else if (!slots)
        finding_set(finding, VERDICT_UNKNOWN, "no slot was counted");
    else if (used >= slots && !kafka && !(facts->whole & NEEDS_COUPONS))
        sources_missing(facts, NEEDS_COUPONS, finding);
    else if (used >= slots)
        finding_set(finding, VERDICT_PASS, "each of %" PRId64 " slots was used", slots);
    else
        judge_burned(slots - used, finding);
}

void judge_slots_burned(const struct case_file *facts, const struct spec_expect *expect,
                        struct finding *finding)
{
    (void)expect;
    const struct counter_reading *counter = &facts->run->evidence.counter;
    const struct spec_counter *spec = facts->run->scenario->evidence.counter;
    int64_t growth = counter->after - counter->before;
    growth = spec && spec->down ? -growth : growth;
    int64_t slots = growth < facts->limit ? growth : facts->limit;
    if (case_chosen_later(facts) && !(facts->known & NEEDS_COUPONS)) {
        sources_missing(facts, NEEDS_COUPONS, finding);
        return;
    }
    compare(facts, slots > 0 ? slots : 0, finding);
}
