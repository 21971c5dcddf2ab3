#include "verify/checks/judges.h"
#include "verify/ledger.h"

void judge_partial_orders(const struct case_file *facts, const struct spec_expect *expect,
                          struct finding *finding)
{
    (void)expect;
    bool partial = facts->run->scenario->items && facts->run->scenario->items->partial;
    int64_t wrong = 0, accepted = 0;
    for (size_t i = 0; i < facts->history->count; i++) {
        const struct request *request = &facts->history->v[i];
        const struct order *order = ledger_order(facts, i);
        bool right = order->units == order->asked_units ||
                     (partial && order->units > 0 && order->units < order->asked_units);
        if (request->cls != CLASS_ACCEPTED || case_reuse(facts, request) == REUSE_PAYLOAD)
            continue;
        accepted++;
        wrong += !right;
        struct witness *witness =
            right || finding->witnesses_count >= LEDGER_NAMED
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
        finding_set(finding, VERDICT_PASS, "%" PRId64 " orders were granted %s", accepted,
                    partial ? "whole or in part" : "whole");
    }
}
