#include "verify/checks/judges.h"
#include "verify/ledger.h"

/* Rows of some lines of an order, and none of others. Of who asked several times nobody knows which
 * order they are of. */
static int64_t name_torn(const struct case_file *facts, struct finding *finding)
{
    const struct ledger *ledger = facts->ledger;
    int64_t torn = 0;
    for (size_t first = 0, end; first < ledger->count; first = end) {
        size_t with = 0;
        for (end = first;
             end < ledger->count && ledger->claims[end].user == ledger->claims[first].user; end++)
            with += ledger->claims[end].rows > 0;
        const struct claim *claim = &ledger->claims[first];
        bool one = claim[end - first].first - claim->first == facts->lines;
        if (!one || claim->decision == DECISION_NONE || claim->parked || !with ||
            with == end - first)
            continue;
        torn++;
        while (claim->rows)
            claim++;
        ledger_witness(facts, finding, "has rows of its other lines alone", claim);
    }
    return torn;
}

/* Of orders of several lines: what the rows say. */
static void judge_torn(const struct case_file *facts, struct finding *finding)
{
    bool told = facts->lines > 1 && facts->ledger->rows_told && facts->known & NEEDS_COUPONS;
    int64_t torn = told ? name_torn(facts, finding) : 0;
    if (!torn)
        return;
    finding_count(finding, torn);
    judge_absent(finding, "%" PRId64 " order%s rows of some of %s lines, and none of others", torn,
                 torn == 1 ? " has" : "s have", torn == 1 ? "its" : "their");
    finding_hint(finding, "are all lines written in one transaction, and taken back together when "
                          "one of them is short?");
}

/* Was it granted what it asked for, or less of it where that is right? */
static bool is_right(const struct case_file *facts, const struct order *order, bool partial)
{
    bool some = order->units > 0 || (facts->lines > 1 && order->units == 0);
    return order->units == order->asked_units ||
           (partial && some && order->units < order->asked_units);
}

static int64_t name_wrong(const struct case_file *facts, bool partial, struct finding *finding,
                          int64_t *ret_accepted)
{
    int64_t wrong = 0;
    for (size_t i = 0; i < facts->history->count; i++) {
        const struct request *request = &facts->history->v[i];
        const struct order *order = ledger_order(facts, i);
        if (request->cls != CLASS_ACCEPTED || case_reuse(facts, request) == REUSE_PAYLOAD)
            continue;
        (*ret_accepted)++;
        if (is_right(facts, order, partial))
            continue;
        wrong++;
        struct witness *witness =
            finding->witnesses_count >= LEDGER_NAMED
                ? NULL
                : finding_witness(finding, "asked for another number of units "
                                           "than it was granted");
        if (!witness)
            continue;
        witness->user = maybe_of(request->user);
        witness->row = maybe_of(order->units);
        case_show(witness, request);
        ledger_name(facts, witness, order->item);
    }
    return wrong;
}

void judge_partial_orders(const struct case_file *facts, const struct spec_expect *expect,
                          struct finding *finding)
{
    (void)expect;
    bool partial = facts->run->scenario->items && facts->run->scenario->items->partial;
    int64_t accepted = 0, wrong = name_wrong(facts, partial, finding, &accepted);
    finding_expect(finding, "0 of %" PRId64, accepted);
    finding_count(finding, wrong);
    if (wrong) {
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " of %" PRId64 " order%s told yes %s granted %s", wrong, accepted,
                    plural(accepted), wrong == 1 ? "was" : "were",
                    partial ? "more than was asked for, or nothing"
                            : "another number of units than was asked for");
        if (!partial)
            finding_hint(finding, "items.partial: true, where orders may be granted in part");
    } else {
        finding_set(finding, VERDICT_PASS, "%" PRId64 " orders were granted %s",
                    accepted / facts->lines, partial ? "whole or in part" : "whole");
        if (!partial)
            judge_torn(facts, finding);
    }
}
