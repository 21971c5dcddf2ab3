#include "verify/checks/judges.h"
#include "verify/ledger.h"

/* Units of one user over all items, by what shows more; the claim of which there are most. */
struct holding {
    int64_t granted, rows;
    const struct claim *most;
};

static struct holding hold(const struct case_file *facts, size_t *at)
{
    const struct ledger *ledger = facts->ledger;
    struct holding holding = {.most = &ledger->claims[*at]};
    int64_t user = ledger->claims[*at].user;
    for (; *at < ledger->count && ledger->claims[*at].user == user; ++*at) {
        const struct claim *claim = &ledger->claims[*at];
        int64_t least, most;
        fates_back(facts, claim, &least, &most);
        holding.granted += claim->granted - most;
        holding.rows += claim->rows;
        if (claim->granted > holding.most->granted)
            holding.most = claim;
    }
    return holding;
}

void judge_over_own_limit(const struct case_file *facts, const struct spec_expect *expect,
                          struct finding *finding)
{
    (void)expect;
    const struct ledger *ledger = facts->ledger;
    int64_t limit = facts->run->scenario->items->own_limit, over = 0, most = 0;
    for (size_t at = 0; at < ledger->count;) {
        struct holding holding = hold(facts, &at);
        int64_t units = holding.granted > holding.rows ? holding.granted : holding.rows;
        most = units > most ? units : most;
        if (units <= limit)
            continue;
        over++;
        struct witness *witness =
            ledger_witness(facts, finding, "has more units than anybody may", holding.most);
        if (witness)
            witness->row = maybe_of(units);
    }
    finding_expect(finding, "at most %" PRId64 " units a user", limit);
    finding_count(finding, most);
    if (over) {
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " user%s more than %" PRId64 " unit%s, one of them %" PRId64, over,
                    over == 1 ? " has" : "s have", limit, plural(limit), most);
        finding_hint(finding,
                     "is what a user has counted in the same transaction that adds to it?");
    } else {
        finding_set(finding, VERDICT_PASS, "nobody has more than %" PRId64 " units", limit);
    }
}
