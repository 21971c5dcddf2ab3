/* Whom and what findings about items name. */
#include <stdio.h>
#include <string.h>

#include "verify/ledger.h"

void ledger_name(const struct case_file *facts, struct witness *witness, int64_t item)
{
    items_name(facts->ledger->items, item, witness->item, sizeof witness->item);
}

struct amount ledger_amount(const struct case_file *facts, int64_t units)
{
    struct amount amount;
    items_spell(facts->ledger->items->decimals, units, amount.text);
    return amount;
}

struct maybe ledger_number(const struct case_file *facts, int64_t units)
{
    return facts->ledger->items->decimals ? (struct maybe){0} : maybe_of(units);
}

/* As case_spokesman: the first that was accepted, else rejected, else sent. */
static const struct request *spokesman(const struct case_file *facts, const struct claim *claim)
{
    static const enum request_class order[] = {CLASS_ACCEPTED, CLASS_REJECTED, CLASS_UNKNOWN,
                                               CLASS_FAILED, CLASS_LIMITED};
    const struct ledger *ledger = facts->ledger;
    for (size_t c = 0; c < sizeof order / sizeof *order; c++)
        for (uint32_t k = claim[0].first; k < claim[1].first; k++)
            if (facts->history->v[ledger->order[k]].cls == order[c])
                return &facts->history->v[ledger->order[k]];
    return &facts->history->v[ledger->order[claim->first]];
}

struct witness *ledger_witness(const struct case_file *facts, struct finding *finding,
                               const char *what, const struct claim *claim)
{
    struct witness *witness = finding_witness(finding, what);
    if (!witness)
        return NULL;
    witness->user = maybe_of(claim->user);
    case_show(witness, spokesman(facts, claim));
    if (claim->item != ITEM_UNKNOWN)
        ledger_name(facts, witness, claim->item);
    return witness;
}

struct witness *ledger_witness_item(const struct case_file *facts, struct finding *finding,
                                    const char *what, size_t shelf)
{
    const struct ledger *ledger = facts->ledger;
    struct witness *witness =
        finding->witnesses_count < LEDGER_NAMED ? finding_witness(finding, what) : NULL;
    if (witness && shelf < ledger->items->count)
        ledger_name(facts, witness, (int64_t)shelf);
    else if (witness)
        snprintf(witness->item, sizeof witness->item, "an item that is not listed");
    return witness;
}

struct witness *ledger_witness_denial(const struct case_file *facts, struct finding *finding,
                                      const char *what, const struct denial *denial)
{
    const struct request *no = &facts->history->v[denial->request];
    struct witness *witness = finding_witness(finding, what);
    if (!witness)
        return NULL;
    witness->user = maybe_of(no->user);
    case_show(witness, no);
    if (denial->shelf != ledger_any(facts->ledger))
        ledger_name(facts, witness, (int64_t)denial->shelf);
    return witness;
}

void ledger_list(const struct finding *finding, int64_t count, char *ret_text, size_t size)
{
    enum { SHOWN = 3 };
    size_t used = 0, shown = 0;
    *ret_text = '\0';
    for (size_t i = 0; i < finding->witnesses_count && shown < SHOWN && used < size; i++) {
        const char *name = finding->witnesses[i].item;
        bool again = i > 0 && !strcmp(name, finding->witnesses[i - 1].item);
        if (!*name || again)
            continue;
        used += (size_t)snprintf(ret_text + used, size - used, "%s%s", shown ? ", " : "", name);
        shown++;
    }
    if (count > (int64_t)shown && used < size)
        snprintf(ret_text + used, size - used, " and %lld more",
                 (long long)count - (long long)shown);
}
