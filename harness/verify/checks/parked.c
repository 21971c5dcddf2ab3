#include "verify/checks/judges.h"
#include "verify/sources.h"

/* The row among the parked, which is the one to look for, rather than the coupon's. */
static void add_row(const struct case_file *facts, const struct case_user *user,
                    struct witness *witness)
{
    size_t place = case_list_find(&facts->parked, facts, case_user_id(facts, user));
    if (witness && place < facts->parked.count)
        witness->row = maybe_of(facts->run->evidence.parked.v[facts->parked.order[place]].id);
}

/* Users who are parked, and those of them who have a coupon too; each is a witness. */
struct parked {
    int64_t alone, served;
};

static struct parked count_parked(const struct case_file *facts, struct finding *finding)
{
    bool decisions = (facts->known & NEEDS_DECISIONS) != 0;
    struct parked sum = {0};
    for (size_t i = 0; i < facts->users_count; i++) {
        const struct case_user *user = &facts->users[i];
        if (!(user->seen & SEEN_PARKED) || (decisions && user->decision != DECISION_ACCEPTED))
            continue;
        if (user->seen & SEEN_COUPON) {
            sum.served++;
            case_witness(facts, finding, "parked, and has a coupon", user);
            continue;
        }
        sum.alone++;
        add_row(facts, user, case_witness(facts, finding, "parked, no coupon", user));
    }
    return sum;
}

void judge_parked(const struct case_file *facts, const struct spec_expect *expect,
                  struct finding *finding)
{
    struct parked sum = count_parked(facts, finding);
    int64_t parked = sum.alone, served = sum.served;
    finding_expect(finding, "at most %" PRId64, expect->at_most);
    finding_count(finding, parked + served);
    if (parked > expect->at_most) {
        judge_absent(finding,
                     "%" PRId64 " user%s who should have a coupon %s among the failed events",
                     parked, plural(parked), parked == 1 ? "is" : "are");
        finding_hint(finding,
                     "see the log of %s for the reason; parked users are not lost: they can be "
                     "served again",
                     facts->run->scenario->evidence.pipeline ? "the consumer"
                                                             : "who put them aside");
    } else if (served && !(facts->whole & NEEDS_COUPONS)) {
        sources_missing(facts, NEEDS_COUPONS, finding);
    } else if (parked + served > expect->at_most) {
        /* Served from there, as it should be, or saved and put aside as well: in the end both look
         * the same. */
        finding_set(finding, VERDICT_UNKNOWN,
                    "%" PRId64 " user%s a coupon, and %s among the failed events too", served,
                    served == 1 ? " has" : "s have", served == 1 ? "is" : "are");
        finding_hint(finding,
                     "who serves these events again gives a second coupon; if the service itself "
                     "served them from there, say so: expect: [{check: parked, at_most: %" PRId64
                     "}], or let the query leave out what is done",
                     parked + served);
    } else if (parked || served) {
        finding_set(finding, VERDICT_PASS, "%" PRId64 " user%s parked, as allowed", parked + served,
                    plural(parked + served));
    } else {
        finding_set(finding, VERDICT_PASS, "nobody was parked");
    }
}
