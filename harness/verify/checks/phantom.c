#include "verify/checks/judges.h"
#include "verify/ledger.h"

/* Is it just the other way round for everybody? */
static bool is_swapped(const struct case_file *facts, int64_t phantoms)
{
    return facts->accepted && case_missing(facts) == facts->accepted && phantoms == facts->rejected;
}

/* Who is parked has been promised a coupon. A table that may have held rows of before, or a queue
 * that others write to, is no proof of that. */
static bool is_surely_parked(const struct case_file *facts, const struct case_user *user)
{
    return (facts->foreign || facts->run->scenario->preflight.clean) &&
           case_list_find(&facts->parked, facts, case_user_id(facts, user)) < facts->parked.count;
}

/* Or was turned away before it was decided. */
static bool is_told_no_and(const struct case_user *user, int seen)
{
    bool no = user->decision == DECISION_REJECTED || user->decision == DECISION_LIMITED;
    return no && (user->seen & seen);
}

struct parked_no {
    int64_t surely, maybe;
};

static struct parked_no count_parked(const struct case_file *facts, struct finding *finding)
{
    struct parked_no count = {0};
    for (size_t i = 0; i < facts->users_count && (facts->parked.count || facts->dead.count); i++) {
        const struct case_user *user = &facts->users[i];
        if (!is_told_no_and(user, SEEN_PARKED) || !case_only_parked(user))
            continue;
        bool surely = is_surely_parked(facts, user);
        count.surely += surely;
        count.maybe += !surely;
        case_witness(facts, finding, "told no, is among the failed events", user);
    }
    return count;
}

static void say_parked(struct parked_no parked, struct finding *finding)
{
    int64_t count = parked.surely + parked.maybe;
    finding_set(finding, parked.surely ? VERDICT_FAIL : VERDICT_UNKNOWN,
                "%" PRId64 " user%s told no and %s among the failed events", count,
                count == 1 ? " was" : "s were", count == 1 ? "is" : "are");
    finding_hint(finding, "%s",
                 parked.surely
                     ? "whose event did the consumer put aside? a no must come after the event was "
                       "given up: look for a time-out or an exception between the two"
                     : "does the consumer put the right user aside? what others write there is to "
                       "be kept apart: a topic of its own, evidence.parked.subtract: true");
}

void judge_phantom(const struct case_file *facts, const struct spec_expect *expect,
                   struct finding *finding)
{
    (void)expect;
    if (facts->ledger) {
        ledger_judge_phantom(facts, finding);
        return;
    }
    int64_t phantoms = 0, limited = 0;
    for (size_t i = 0; i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        bool turned = user->decision == DECISION_LIMITED;
        if (!is_told_no_and(user, SEEN_COUPON))
            continue;
        phantoms++;
        limited += turned;
        case_witness(facts, finding, turned ? "limited, has a coupon" : "told no, has a coupon",
                     user);
    }
    struct parked_no parked = count_parked(facts, finding);
    finding_expect(finding, "0 of %" PRId64, facts->rejected + facts->limited);
    finding_count(finding, phantoms + parked.surely + parked.maybe);
    if (limited) {
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " user%s turned away by the limiter alone and got a coupon", limited,
                    limited == 1 ? " was" : "s were");
        finding_hint(finding,
                     "a limiter has to turn away before anything is written: where does it "
                     "stand, and is it the rule of responses.limited that matched?");
    } else if (phantoms) {
        finding_set(finding, VERDICT_FAIL, "%" PRId64 " user%s told no and got a coupon", phantoms,
                    phantoms == 1 ? " was" : "s were");
        finding_hint(finding, "%s",
                     is_swapped(facts, phantoms)
                         ? "everybody with a coupon was told no, and nobody who was told yes has "
                           "one: are responses.accepted and responses.rejected the wrong way round?"
                         : "who writes their rows? a no must come after the write was given up: "
                           "look for a time-out or an exception between the two");
    } else if (parked.surely || parked.maybe)
        say_parked(parked, finding);
    else if (!facts->rejected)
        finding_set(finding, VERDICT_PASS, "nobody was told no");
    else
        finding_set(finding, VERDICT_PASS,
                    "none of %" PRId64 " users who were told no has a coupon", facts->rejected);
}
