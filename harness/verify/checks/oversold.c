#include "verify/checks/judges.h"
#include "verify/ledger.h"

static int64_t room_of(const struct case_file *facts, size_t shelf)
{
    const struct ledger *ledger = facts->ledger;
    bool listed = shelf < ledger->items->count;
    return listed ? ledger->shelves[shelf].stock + facts->run->scenario->items->overbook : 0;
}

/* Units beyond what there is, by the answers or by the rows, whichever shows more. */
static int64_t beyond(const struct case_file *facts, size_t shelf, bool *ret_by_rows)
{
    const struct shelf *at = &facts->ledger->shelves[shelf];
    int64_t answers = facts->known & NEEDS_DECISIONS ? at->granted : 0;
    bool told = facts->known & NEEDS_COUPONS && facts->ledger->rows_told && !facts->history->to;
    int64_t rows = told ? at->rows : 0; /* of what transfers brought they say nothing */
    *ret_by_rows = rows > answers;
    return (rows > answers ? rows : answers) - room_of(facts, shelf);
}

/* By the samples: what a later one healed was there all the same. */
static const struct sample *first_over(const struct case_file *facts)
{
    const struct timeline *timeline = &facts->run->timeline;
    for (size_t i = 0; i < timeline->count && !facts->history->to; i++)
        if (timeline->v[i].over > 0)
            return &timeline->v[i];
    return NULL;
}

/* Where units may be given back: who had them when one more was told yes. */
static void name_rival(const struct case_file *facts, size_t shelf, struct witness *witness)
{
    const struct shelf *at = &facts->ledger->shelves[shelf];
    uint32_t rival = facts->ledger->fates ? fates_rival(facts, shelf) : NO_DEED;
    if (rival == NO_DEED)
        return;
    witness->user = maybe_of(facts->history->v[at->brim].user);
    case_show(witness, &facts->history->v[at->brim]);
    witness->other = maybe_of(facts->history->v[rival].user);
    witness->other_released = facts->history->v[rival].released;
    witness->other_done = facts->history->v[rival].done;
}

static int64_t name_items(const struct case_file *facts, struct finding *finding,
                          int64_t *ret_units)
{
    const struct ledger *ledger = facts->ledger;
    int64_t items = 0;
    for (size_t shelf = 0; shelf < ledger->items->count + 2; shelf++) {
        bool by_rows;
        int64_t units = shelf == ledger_any(ledger) ? 0 : beyond(facts, shelf, &by_rows);
        if (units <= 0)
            continue;
        items++;
        *ret_units += units;
        struct witness *witness = ledger_witness_item(
            facts, finding, by_rows ? "sold by its rows" : "sold by its answers", shelf);
        if (!witness)
            continue;
        witness->row = ledger_number(facts, units + room_of(facts, shelf));
        if (!by_rows)
            name_rival(facts, shelf, witness);
    }
    return items;
}

/* What orders of any item were granted is beyond all that there is. */
static int64_t beyond_all(const struct case_file *facts)
{
    const struct ledger *ledger = facts->ledger;
    int64_t granted = 0, room = 0;
    if (ledger->fates) /* the most of each was not at one time */
        return 0;
    for (size_t i = 0; i < ledger->items->count; i++) {
        granted += ledger->shelves[i].granted;
        room += room_of(facts, i);
    }
    granted += ledger->shelves[ledger_any(ledger)].granted;
    return facts->known & NEEDS_DECISIONS && granted > room ? granted - room : 0;
}

static void judge_sample(const struct case_file *facts, const struct sample *over,
                         struct finding *finding)
{
    struct witness *witness = finding_witness(finding, "more were there in a sample of the rows");
    char name[64];
    if (witness) {
        ledger_name(facts, witness, over->over_item);
        witness->at = over->at;
        witness->row = maybe_of(over->over + items_stock(facts->ledger->items, over->over_item));
    }
    finding_count(finding, over->over);
    finding_set(finding, VERDICT_FAIL,
                "%" PRId64 " unit%s of %s more than there are stood in the rows for a while",
                over->over, plural(over->over),
                items_name(facts->ledger->items, over->over_item, name, sizeof name));
}

void judge_oversold(const struct case_file *facts, const struct spec_expect *expect,
                    struct finding *finding)
{
    (void)expect;
    int64_t units = 0, items = name_items(facts, finding, &units), all = beyond_all(facts);
    const struct sample *over = first_over(facts);
    char names[160];
    finding_expect(finding, "0 units beyond the stock of %zu item%s", facts->ledger->items->count,
                   plural((int64_t)facts->ledger->items->count));
    finding_count(finding, units ? units : all);
    if (facts->ledger->items->decimals)
        finding_actual(finding, "%s", ledger_amount(facts, units).text);
    ledger_list(finding, items, names, sizeof names);
    if (items)
        finding_set(finding, VERDICT_FAIL,
                    "%s unit%s of %" PRId64 " item%s sold that %s not there (%s)",
                    ledger_amount(facts, units).text, plural(units), items,
                    items == 1 ? " was" : "s were", units == 1 ? "is" : "are", names);
    else if (all)
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " unit%s more were told yes than all items have together", all,
                    plural(all));
    else if (over)
        judge_sample(facts, over, finding);
    else if (facts->known & NEEDS_COUPONS && !facts->ledger->rows_told)
        finding_set(finding, VERDICT_UNKNOWN, "the rows do not say which item they are of");
    else
        finding_set(finding, VERDICT_PASS, "of no item more was sold than there is");
    if (items || all || over)
        finding_hint(finding, "is what is left compared and taken in one step? UPDATE … SET left = "
                              "left - k WHERE left >= k, whose row count decides");
}
