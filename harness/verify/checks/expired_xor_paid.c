#include <stdlib.h>

#include "base/cleanup.h"
#include "verify/checks/judges.h"
#include "verify/stock.h"

/* Told yes to an action that keeps it when its hold may have ended already. */
static bool is_late(const struct case_file *facts, uint32_t request)
{
    const struct fate *fate = &facts->ledger->fates[request];
    return facts->history->v[request].cls == CLASS_ACCEPTED && fate->kept != FATE_NEVER &&
           fate->expire_from != FATE_NEVER;
}

struct late {
    int64_t orders;   /* paid when they may have expired */
    uint32_t request; /* one of them */
    int64_t taken;    /* units that are certainly taken in the end */
};

static bool is_taken_in_the_end(const struct fate *fate)
{
    return fate_from(fate) == FATE_NEVER ||
           (fate->kept != FATE_NEVER && fate->back_from == FATE_NEVER);
}

static void add_taken(void *context, const struct case_file *facts, uint32_t request)
{
    int64_t *taken = context;
    bool still = is_taken_in_the_end(&facts->ledger->fates[request]);
    *taken += still ? ledger_order(facts, request)->units : 0;
}

static struct late look(const struct case_file *facts, size_t item)
{
    const struct ledger *ledger = facts->ledger;
    struct late late = {.request = NO_DEED};
    for (uint32_t k = ledger->shelves[item].first; k < ledger->shelves[item + 1].first; k++) {
        uint32_t request = ledger->by_item[k];
        if (!is_late(facts, request))
            continue;
        late.orders++;
        late.request = late.request == NO_DEED ? request : late.request;
    }
    return late;
}

/* Of each item the units that are certainly taken in the end. NULL: no memory. */
static int64_t *taken_by_item(const struct case_file *facts)
{
    const struct ledger *ledger = facts->ledger;
    int64_t *v = calloc(ledger->items->count + 2, sizeof *v);
    for (size_t i = 0; v && i < ledger->count; i++)
        if (ledger_shelf(ledger, ledger->claims[i].item) < ledger->items->count)
            fates_each_certain(facts, &ledger->claims[i], add_taken, &v[ledger->claims[i].item]);
    return v;
}

/* Units beyond the stock: taken at one time, or in the end taken and left. */
static int64_t beyond(const struct case_file *facts, const struct stock *stock, int64_t taken,
                      size_t item)
{
    const struct shelf *shelf = &facts->ledger->shelves[item];
    int64_t room = shelf->stock + facts->run->scenario->items->overbook;
    int64_t end = stock->known && stock->left > 0 ? taken + stock->left : taken;
    int64_t most = end > shelf->granted ? end : shelf->granted;
    return most > room ? most - room : 0;
}

static void name(const struct case_file *facts, struct finding *finding, size_t item,
                 const struct late *late)
{
    uint32_t rival = facts->ledger->shelves[item].granted > facts->ledger->shelves[item].stock
                         ? fates_rival(facts, item)
                         : NO_DEED;
    uint32_t keep = facts->ledger->fates[late->request].keep;
    struct witness *witness =
        fates_witness(facts, finding, "paid when it had expired, and sold again", keep, NO_DEED);
    if (!witness || rival == NO_DEED)
        return;
    const struct request *other = &facts->history->v[rival];
    if (other->user == facts->history->v[late->request].user)
        other = &facts->history->v[facts->ledger->shelves[item].brim];
    witness->other = maybe_of(other->user);
    witness->other_released = other->released;
    witness->other_done = other->done;
}

/* Of who was told yes to paying whose row is gone. */
static int64_t gone_though_paid(const struct case_file *facts, struct finding *finding)
{
    const struct ledger *ledger = facts->ledger;
    int64_t orders = 0;
    bool rows = facts->known & NEEDS_COUPONS && ledger->rows_told;
    for (size_t i = 0; rows && i < ledger->count; i++) {
        const struct claim *claim = &ledger->claims[i];
        int64_t taken = 0, paid = 0;
        fates_each_certain(facts, claim, add_taken, &taken);
        for (uint32_t k = claim[0].first; k < claim[1].first; k++)
            paid += ledger->fates[ledger->order[k]].keep != NO_DEED;
        if (!paid || claim->parked || taken <= claim->rows)
            continue;
        orders++;
        ledger_witness(facts, finding, "paid, and its row is gone", claim);
    }
    return orders;
}

void judge_expired_xor_paid(const struct case_file *facts, const struct spec_expect *expect,
                            struct finding *finding)
{
    (void)expect;
    _cleanup_free_ struct stock *stock = stock_read(facts);
    _cleanup_free_ int64_t *taken = taken_by_item(facts);
    int64_t items = 0, units = 0, late = 0;
    char names[160];
    if (!stock || !taken) {
        judge_no_memory(finding);
        return;
    }
    for (size_t i = 0; i < facts->ledger->items->count; i++) {
        struct late here = look(facts, i);
        int64_t over = here.orders ? beyond(facts, &stock[i], taken[i], i) : 0;
        late += here.orders;
        units += over;
        items += over > 0;
        if (over)
            name(facts, finding, i, &here);
    }
    int64_t gone = items ? 0 : gone_though_paid(facts, finding);
    finding_expect(finding, "each order one of the two");
    finding_count(finding, items ? units : gone);
    ledger_list(finding, items, names, sizeof names);
    if (items)
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " unit%s of %" PRId64 " item%s paid and sold again (%s)", units,
                    plural(units), items, items == 1 ? " were" : "s were", names);
    else if (gone)
        judge_absent(finding, "%" PRId64 " order%s paid, and %s gone", gone,
                     gone == 1 ? " was" : "s were", gone == 1 ? "its row is" : "their rows are");
    else
        finding_set(finding, VERDICT_PASS, "nothing that was paid had expired");
    if (finding->verdict == VERDICT_FAIL)
        finding_hint(finding,
                     "does paying ask in one step whether it is held still? UPDATE … SET "
                     "paid = true WHERE id = … AND expires_at > now(), and the sweeper the "
                     "other way round");
    else if (!late)
        finding->untested = true;
}
