#include "verify/checks/judges.h"
#include "verify/ledger.h"
#include "verify/sources.h"

static void name_refused(const struct case_file *facts, const struct denials *denials,
                         struct finding *finding)
{
    for (size_t i = 0; i < denials->named; i++) {
        struct witness *witness = ledger_witness_denial(
            facts, finding, "told no, although so many were left for sure", &denials->first[i]);
        if (witness)
            witness->row = ledger_number(facts, denials->first[i].left);
    }
}

/* Is there enough in the end of all that the order asks for? */
static bool would_fit(const struct case_file *facts, uint32_t request)
{
    const struct ledger *ledger = facts->ledger;
    bool fits = true;
    for (uint32_t line = 0; facts->lines > 1 && fits && line < facts->lines; line++) {
        uint32_t at = request - request % facts->lines + line;
        const struct shelf *shelf =
            &ledger->shelves[ledger_shelf(ledger, ledger_order(facts, at)->item)];
        fits = shelf->stock - shelf->rows >= ledger_needs(facts, at);
    }
    return fits;
}

/* The least that somebody was told no to for want of units; 0: nobody was. */
static int64_t least_refused(const struct case_file *facts, size_t shelf)
{
    const struct ledger *ledger = facts->ledger;
    int64_t least = 0;
    for (uint32_t k = ledger->shelves[shelf].first; k < ledger->shelves[shelf + 1].first; k++) {
        uint32_t request = ledger->by_item[k];
        if (facts->history->v[request].cls != CLASS_REJECTED ||
            !facts->history->v[request].released || ledger_excused(facts, request) ||
            !would_fit(facts, request))
            continue;
        int64_t needs = ledger_needs(facts, request);
        least = !least || needs < least ? needs : least;
    }
    return least;
}

/* What rows leave of an item at the end was there all the time, where nothing is given back; failed
 * events may be of any. */
static int64_t name_left(const struct case_file *facts, struct finding *finding, int64_t *ret_units)
{
    const struct ledger *ledger = facts->ledger;
    int64_t items = 0;
    bool told = facts->known & NEEDS_COUPONS && ledger->rows_told;
    told = told && !facts->parked.count && !facts->dead.count && !ledger->fates;
    for (size_t i = 0; told && i < ledger->items->count; i++) {
        int64_t left = ledger->shelves[i].stock - ledger->shelves[i].rows;
        int64_t least = left > 0 ? least_refused(facts, i) : 0;
        if (!least || left < least)
            continue;
        items++;
        *ret_units += left;
        struct witness *witness =
            ledger_witness_item(facts, finding, "left in the end, and somebody told no", i);
        if (witness)
            witness->row = maybe_of(left);
    }
    return items;
}

void judge_undersold(const struct case_file *facts, const struct spec_expect *expect,
                     struct finding *finding)
{
    (void)expect;
    struct denials denials;
    int64_t units = 0;
    char names[160];
    if (ledger_refused(facts, &denials)) {
        judge_no_memory(finding);
        return;
    }
    name_refused(facts, &denials, finding);
    int64_t items = denials.count ? 0 : name_left(facts, finding, &units);
    finding_expect(finding, "0 of %" PRId64 " refused wrongly", denials.refused);
    finding_count(finding, denials.count ? denials.count : units);
    ledger_list(finding, denials.count ? denials.items : items, names, sizeof names);
    if (denials.count)
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " order%s told no although there was enough for sure (%s)",
                    denials.count, denials.count == 1 ? " was" : "s were", names);
    else if (items)
        judge_absent(finding,
                     "%" PRId64 " unit%s left of %" PRId64 " item%s, although somebody who wanted "
                     "no more was told no (%s)",
                     units, units == 1 ? " is" : "s are", items, plural(items), names);
    else if (!denials.refused)
        finding_set(finding, VERDICT_PASS, "nobody was turned away for want of units");
    else
        finding_set(finding, VERDICT_PASS,
                    "none of %" PRId64 " orders that were told no was refused wrongly",
                    denials.refused);
    if (finding->verdict == VERDICT_FAIL)
        finding_hint(finding,
                     "does a request that fails, or is too large, give back what it had taken?%s",
                     judge_left_over(facts));
}
