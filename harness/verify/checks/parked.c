#include "verify/checks/judges.h"

void judge_parked(const struct case_file *facts, const struct spec_expect *expect,
                  struct finding *finding)
{
    bool decisions = (facts->known & NEEDS_DECISIONS) != 0;
    int64_t parked = 0;
    for (size_t i = 0; i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        if (!(user->seen & SEEN_PARKED) || (decisions && user->decision != DECISION_ACCEPTED))
            continue;
        parked++;
        case_witness(facts, finding,
                     user->seen & SEEN_COUPON ? "parked, and has a coupon" : "parked, no coupon",
                     user);
    }
    finding_expect(finding, "at most %" PRId64, expect->at_most);
    finding_actual(finding, "%" PRId64, parked);
    if (parked > expect->at_most) {
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " user%s who should have a coupon %s among the failed events",
                    parked, plural(parked), parked == 1 ? "is" : "are");
        finding_hint(finding, "see the consumer's log for the reason; parked users are not lost: "
                              "they can be served again");
    } else if (parked) {
        finding_set(finding, VERDICT_PASS, "%" PRId64 " user%s parked, as allowed", parked,
                    plural(parked));
    } else {
        finding_set(finding, VERDICT_PASS, "nobody was parked");
    }
}
