#include <stdlib.h>

#include "base/cleanup.h"
#include "verify/checks/judges.h"
#include "verify/stock.h"

/* Units of an item that were given back, and what came of them. */
struct restored {
    int64_t sure, may;     /* surely, and perhaps */
    uint32_t deed, second; /* the first action that gave back, and another of the same order */
};

static void add(const struct case_file *facts, uint32_t request, struct restored *restored)
{
    const struct fate *fate = &facts->ledger->fates[request];
    int64_t units = ledger_order(facts, request)->units;
    if (facts->history->v[request].cls != CLASS_ACCEPTED)
        return;
    restored->may += fate_from(fate) != FATE_NEVER ? units : 0;
    restored->sure += fate->back_by != FATE_NEVER ? units : 0;
    if (restored->deed == NO_DEED)
        restored->deed = fate->back;
}

/* By item; NULL: no memory. */
static struct restored *gather(const struct case_file *facts)
{
    const struct ledger *ledger = facts->ledger;
    size_t count = ledger->items->count;
    struct restored *v = malloc((count + 1) * sizeof *v);
    for (size_t i = 0; v && i < count; i++) {
        v[i] = (struct restored){.deed = NO_DEED, .second = NO_DEED};
        for (uint32_t k = ledger->shelves[i].first; k < ledger->shelves[i + 1].first; k++)
            add(facts, ledger->by_item[k], &v[i]);
    }
    return v;
}

/* A second yes to giving back the same order, which named one is told first. */
static void find_second(const struct case_file *facts, struct restored *v)
{
    const struct history *actions = &facts->run->actions;
    for (size_t i = 0; i < actions->count; i++) {
        const struct deed *deed = &actions->deeds[i];
        int64_t item = facts->history->orders[deed->order].item;
        uint32_t first = facts->ledger->fates[deed->order].back;
        bool yes = actions->v[i].cls == CLASS_ACCEPTED && !deed->others &&
                   facts->run->scenario->actions[deed->action].moves == MOVES_BACK;
        if (!yes || first == i || first == NO_DEED || item < 0 ||
            (size_t)item >= facts->ledger->items->count || v[item].second != NO_DEED)
            continue;
        v[item].deed = first;
        v[item].second = (uint32_t)i;
    }
}

/* Units of an item beyond what there is, because of what was given back; below 0: they lack. */
static int64_t beyond(const struct case_file *facts, const struct stock *stock, size_t item,
                      const struct restored *restored)
{
    const struct shelf *shelf = &facts->ledger->shelves[item];
    int64_t room = shelf->stock + facts->run->scenario->items->overbook;
    bool rows = facts->known & NEEDS_COUPONS && facts->ledger->rows_told;
    bool told = rows && stock->known && !facts->parked.count && !facts->dead.count;
    int64_t gone = told ? stock_gone(facts, stock, item) : 0;
    int64_t sold = rows && shelf->rows > shelf->granted ? shelf->rows : shelf->granted;
    int64_t over = sold - room > -gone ? sold - room : -gone;
    if (over > 0)
        return over;
    return gone > 0 && restored->sure ? -(gone < restored->sure ? gone : restored->sure) : 0;
}

struct sums {
    int64_t given, over, over_items, lost, lost_items;
};

static void name(const struct case_file *facts, struct finding *finding, const char *what,
                 size_t item, const struct restored *restored, int64_t units)
{
    struct witness *witness =
        restored->deed == NO_DEED
            ? ledger_witness_item(facts, finding, what, item)
            : fates_witness(facts, finding, what, restored->deed, restored->second);
    if (witness)
        witness->row = maybe_of(units);
}

static void weigh(const struct case_file *facts, const struct stock *stock, size_t item,
                  const struct restored *restored, struct sums *sums, struct finding *finding)
{
    int64_t units = restored->may ? beyond(facts, stock, item, restored) : 0;
    sums->given += restored->may;
    sums->over += units > 0 ? units : 0;
    sums->over_items += units > 0;
    sums->lost -= units < 0 ? units : 0;
    sums->lost_items += units < 0;
    if (units > 0)
        name(facts, finding, "given back more often than once", item, restored, units);
    else if (units < 0)
        name(facts, finding, "given back, and neither left nor sold", item, restored, -units);
}

static void name_denied(const struct case_file *facts, const struct denials *denials,
                        struct finding *finding)
{
    for (size_t i = 0; i < denials->named; i++)
        ledger_witness_denial(facts, finding, "told no, although so many had been given back",
                              &denials->first[i]);
}

static void say(const struct sums *sums, const struct denials *denials, struct finding *finding)
{
    char names[160];
    int64_t items = sums->over ? sums->over_items : sums->lost ? sums->lost_items : denials->items;
    ledger_list(finding, items, names, sizeof names);
    if (sums->over)
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " unit%s of %" PRId64 " item%s there again more often than %s given "
                    "back (%s)",
                    sums->over, plural(sums->over), items, items == 1 ? " are" : "s are",
                    sums->over == 1 ? "it was" : "they were", names);
    else if (sums->lost)
        judge_absent(finding,
                     "%" PRId64 " unit%s of %" PRId64 " item%s given back and %s neither left nor "
                     "sold (%s)",
                     sums->lost, plural(sums->lost), items, items == 1 ? " were" : "s were",
                     sums->lost == 1 ? "is" : "are", names);
    else if (denials->by_backs)
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " order%s told no although what was given back before was enough "
                    "(%s)",
                    denials->by_backs, denials->by_backs == 1 ? " was" : "s were", names);
    else
        finding_set(finding, VERDICT_PASS, "what was given back is there once");
}

void judge_restored_once(const struct case_file *facts, const struct spec_expect *expect,
                         struct finding *finding)
{
    (void)expect;
    _cleanup_free_ struct restored *v = gather(facts);
    _cleanup_free_ struct stock *stock = stock_read(facts);
    struct denials denials;
    struct sums sums = {0};
    if (!v || !stock || ledger_refused(facts, &denials)) {
        judge_no_memory(finding);
        return;
    }
    find_second(facts, v);
    for (size_t i = 0; i < facts->ledger->items->count; i++)
        weigh(facts, &stock[i], i, &v[i], &sums, finding);
    if (!sums.over && !sums.lost && denials.by_backs)
        name_denied(facts, &denials, finding);
    finding_expect(finding, "each unit once");
    finding_count(finding, sums.over ? sums.over : sums.lost ? sums.lost : denials.by_backs);
    say(&sums, &denials, finding);
    if (finding->verdict == VERDICT_FAIL) {
        finding_hint(finding, "is an order's state changed in the same transaction that gives its "
                              "units back? UPDATE … SET state = 'cancelled' WHERE state = 'held', "
                              "whose row count decides");
    } else if (!sums.given) {
        finding->untested = true;
        finding_actual(finding, "nothing was given back");
        finding_set(finding, VERDICT_PASS,
                    "nothing was given back: no action that gives back was told yes, and no hold "
                    "ended");
    }
}
