#include "verify/stock.h"

#include <stdlib.h>

#include "base/cleanup.h"

struct stock *stock_read(const struct case_file *facts)
{
    const struct ledger *ledger = facts->ledger;
    const struct rows *before = &facts->run->evidence.stock_before,
                      *left = &facts->run->evidence.stock;
    size_t count = ledger->items->count;
    struct stock *v = calloc(count + 1, sizeof *v);
    for (size_t i = 0; v && i < count; i++)
        v[i].before = ledger->items->stock[i];
    for (size_t i = 0; v && before->known && i < before->count; i++)
        if (before->v[i].user >= 0 && (size_t)before->v[i].user < count)
            v[before->v[i].user].before = before->v[i].id;
    for (size_t i = 0; v && i < left->count; i++) {
        if (left->v[i].user < 0 || (size_t)left->v[i].user >= count)
            continue;
        v[left->v[i].user].left = left->v[i].id;
        v[left->v[i].user].known = true;
    }
    return v;
}

/* What is left is read after the rows, within that time. */
#define READ_WITHIN (10 * NS_PER_S)

/* Units of holds of the item that nobody keeps and nobody has given back, and that may have ended
 * when it was read what is left. fresh: not surely before the rows were read. */
static int64_t ending(const struct case_file *facts, size_t item, bool fresh)
{
    const struct ledger *ledger = facts->ledger;
    const struct evidence *evidence = &facts->run->evidence;
    int64_t units = 0;
    for (uint32_t k = ledger->shelves[item].first;
         ledger->fates && k < ledger->shelves[item + 1].first; k++) {
        const struct fate *fate = &ledger->fates[ledger->by_item[k]];
        bool may = fate->expire_from <= evidence->stock.asked + READ_WITHIN &&
                   fate->back_by == FATE_NEVER && fate->kept == FATE_NEVER;
        may = may && !(fresh && fate->expire_by < evidence->coupons.asked);
        units += may ? ledger_order(facts, ledger->by_item[k])->units : 0;
    }
    return units;
}

/* The nearest to 0 that so many units either way make of it. */
static int64_t within(int64_t gone, int64_t less, int64_t more)
{
    return gone > more ? gone - more : gone < -less ? gone + less : 0;
}

int64_t stock_gone(const struct case_file *facts, const struct stock *stock, size_t item)
{
    int64_t gone = stock->before - stock->left - facts->ledger->shelves[item].rows;
    return gone ? within(gone, ending(facts, item, true), ending(facts, item, false)) : 0;
}

bool stock_adds_up(const struct case_file *facts)
{
    _cleanup_free_ struct stock *v = stock_read(facts);
    bool good = v != NULL;
    for (size_t i = 0; good && i < facts->ledger->items->count; i++)
        good = v[i].known && !stock_gone(facts, &v[i], i);
    return good;
}
