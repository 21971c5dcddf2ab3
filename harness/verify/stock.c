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

/* Units that a request surely, and perhaps, has moved. */
static void add_moved(const struct case_file *facts, uint32_t request, int64_t *least,
                      int64_t *most)
{
    const struct request *record = &facts->history->v[request];
    const struct fate *fate = facts->ledger->fates ? &facts->ledger->fates[request] : NULL;
    int64_t units = ledger_order(facts, request)->units;
    bool back = fate && fate_from(fate) != FATE_NEVER && fate->kept == FATE_NEVER;
    bool gone = fate && fate_by(fate) != FATE_NEVER;
    *least += record->cls == CLASS_ACCEPTED && !back ? units : 0;
    *most += ledger_may_take(record) && !gone ? units : 0;
}

static int64_t gone_by_answers(const struct case_file *facts, const struct stock *stock,
                               size_t item)
{
    const struct ledger *ledger = facts->ledger;
    int64_t out_least = 0, out_most = 0, in_least = 0, in_most = 0;
    size_t count;
    const uint32_t *credits = credits_of(&ledger->credits, item, &count);
    for (uint32_t k = ledger->shelves[item].first; k < ledger->shelves[item + 1].first; k++)
        add_moved(facts, ledger->by_item[k], &out_least, &out_most);
    for (size_t k = 0; k < count; k++)
        add_moved(facts, credits[k], &in_least, &in_most);
    int64_t least = stock->before - out_most + in_least, most = stock->before - out_least + in_most;
    return stock->left < least ? least - stock->left : stock->left > most ? most - stock->left : 0;
}

/* The nearest to 0 that so many units either way make of it. */
static int64_t within(int64_t gone, int64_t less, int64_t more)
{
    return gone > more ? gone - more : gone < -less ? gone + less : 0;
}

int64_t stock_gone(const struct case_file *facts, const struct stock *stock, size_t item)
{
    if (stock_by_answers(facts))
        return gone_by_answers(facts, stock, item);
    int64_t gone = stock->before - stock->left - facts->ledger->shelves[item].rows;
    return gone ? within(gone, ending(facts, item, true), ending(facts, item, false)) : 0;
}

struct pair {
    uint32_t one, other;
};

/* Of all so far the one that ended last, and one that began before that. */
static void look(const struct case_file *facts, uint32_t request, struct pair *pair)
{
    const struct request *record = &facts->history->v[request];
    const struct request *one = pair->one == NO_DEED ? NULL : &facts->history->v[pair->one];
    if (record->cls != CLASS_ACCEPTED || pair->other != NO_DEED)
        return;
    if (one && record->released <= one->done && one->released <= record->done)
        pair->other = request;
    else if (!one || record->done > one->done)
        pair->one = request;
}

bool stock_pair(const struct case_file *facts, size_t item, uint32_t *ret_one, uint32_t *ret_other)
{
    const struct ledger *ledger = facts->ledger;
    struct pair pair = {NO_DEED, NO_DEED};
    size_t count;
    const uint32_t *credits = credits_of(&ledger->credits, item, &count);
    for (uint32_t k = ledger->shelves[item].first; k < ledger->shelves[item + 1].first; k++)
        look(facts, ledger->by_item[k], &pair);
    for (size_t k = 0; k < count; k++)
        look(facts, credits[k], &pair);
    *ret_one = pair.one;
    *ret_other = pair.other;
    return pair.other != NO_DEED;
}

bool stock_adds_up(const struct case_file *facts)
{
    _cleanup_free_ struct stock *v = stock_read(facts);
    bool good = v != NULL;
    for (size_t i = 0; good && i < facts->ledger->items->count; i++)
        good = v[i].known && !stock_gone(facts, &v[i], i);
    return good;
}
