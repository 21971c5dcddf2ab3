#include <stdio.h>

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
static int64_t slots_of(const struct case_file *facts, int64_t user)
{
    const struct case_user *who = case_find(facts, user);
    return who ? (int64_t)(who[1].first - who[0].first) : 1;
}

static int64_t slots_taken(const struct case_file *facts, const struct case_list *list)
{
    if (!list->repeats)
        return (int64_t)list->distinct;
    int64_t taken = 0, left = 0, user = 0;
    for (size_t i = 0; i < list->count; i++) {
        int64_t next = case_list_user(list, facts, i);
        left = i == 0 || next != user ? slots_of(facts, next) : left;
        user = next;
        taken += left-- > 0;
    }
    return taken;
}

/* Records that one queue alone holds of the user at that place, at most so many as are asked for.
 */
static int64_t most_in_a_queue(const struct case_file *facts, size_t first, size_t end,
                               int64_t enough)
{
    const struct produced_record *v = facts->run->evidence.produced.v;
    const uint32_t *order = facts->produced.order;
    int64_t most = 0;
    for (size_t i = first; i < end && most < enough; i++) {
        int64_t count = 0;
        for (size_t k = i; k < end && count < enough; k++)
            count += v[order[k]].queue == v[order[i]].queue;
        most = count > most ? count : most;
    }
    return most;
}

/* As slots_taken, but a queue for retries takes no slot: surely no more than one of them holds. */
static int64_t slots_surely(const struct case_file *facts)
{
    const struct case_list *list = &facts->produced;
    if (!list->repeats)
        return (int64_t)list->distinct;
    int64_t taken = 0;
    for (size_t first = 0, end; first < list->count; first = end) {
        int64_t user = case_list_user(list, facts, first);
        for (end = first + 1; end < list->count && case_list_user(list, facts, end) == user;)
            end++;
        taken += most_in_a_queue(facts, first, end, slots_of(facts, user));
    }
    return taken;
}

static void judge_used(const struct case_file *facts, int64_t slots, bool records,
                       struct finding *finding)
{
    if (!records && !(facts->whole & NEEDS_COUPONS)) {
        sources_missing(facts, NEEDS_COUPONS, finding);
    } else if (records && slots_surely(facts) < slots) {
        finding_set(finding, VERDICT_UNKNOWN,
                    "users have records in several %ss: whether each of %" PRId64
                    " slots was used the records do not tell",
                    facts->queue, slots);
        finding_hint(finding,
                     "name the %s that the service writes to alone, not the one for "
                     "retries: evidence.pipeline.topics",
                     facts->queue);
    } else {
        finding_set(finding, VERDICT_PASS, "each of %" PRId64 " slots was used", slots);
    }
}

/* With a pipeline a slot must become a record, without it a coupon (or a parked event) at once. */
static void compare(const struct case_file *facts, int64_t slots, struct finding *finding)
{
    bool records = (facts->known & NEEDS_PRODUCED) != 0 && !case_chosen_later(facts);
    int64_t repeated = facts->coupons.repeats && !facts->early
                           ? slots_taken(facts, &facts->coupons) - (int64_t)facts->coupons.distinct
                           : 0;
    int64_t used = records ? slots_taken(facts, &facts->produced) : served(facts) + repeated;
    int64_t users = records ? (int64_t)facts->produced.distinct : served(facts);
    char what[64];
    snprintf(what, sizeof what, records ? "users in the %s" : "users with a coupon or parked",
             facts->queue);
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
    else if (used >= slots)
        judge_used(facts, slots, records, finding);
    else
        judge_burned(slots - used, finding);
}

void judge_slots_burned(const struct case_file *facts, const struct spec_expect *expect,
                        struct finding *finding)
{
    (void)expect;
    int64_t growth = judge_growth(facts);
    int64_t slots = growth < facts->limit ? growth : facts->limit;
    if (case_chosen_later(facts) && !(facts->known & NEEDS_COUPONS)) {
        sources_missing(facts, NEEDS_COUPONS, finding);
        return;
    }
    compare(facts, slots > 0 ? slots : 0, finding);
}
