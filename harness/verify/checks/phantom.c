#include "verify/checks/judges.h"

/* Is it just the other way round for everybody? */
static bool is_swapped(const struct case_file *facts, int64_t phantoms)
{
    return facts->accepted && case_missing(facts) == facts->accepted && phantoms == facts->rejected;
}

void judge_phantom(const struct case_file *facts, const struct spec_expect *expect,
                   struct finding *finding)
{
    (void)expect;
    int64_t phantoms = 0;
    for (size_t i = 0; i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        if (user->decision != DECISION_REJECTED || !(user->seen & SEEN_COUPON))
            continue;
        phantoms++;
        case_witness(facts, finding, "told no, has a coupon", user);
    }
    finding_expect(finding, "0 of %" PRId64, facts->rejected);
    finding_count(finding, phantoms);
    if (phantoms) {
        finding_set(finding, VERDICT_FAIL, "%" PRId64 " user%s told no and got a coupon", phantoms,
                    phantoms == 1 ? " was" : "s were");
        finding_hint(finding, "%s",
                     is_swapped(facts, phantoms)
                         ? "everybody with a coupon was told no, and nobody who was told yes has "
                           "one: are responses.accepted and responses.rejected the wrong way round?"
                         : "who writes their rows? a no must come after the write was given up: "
                           "look for a time-out or an exception between the two");
    } else if (!facts->rejected)
        finding_set(finding, VERDICT_PASS, "nobody was told no");
    else
        finding_set(finding, VERDICT_PASS,
                    "none of %" PRId64 " users who were told no has a coupon", facts->rejected);
}
