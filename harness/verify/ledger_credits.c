/* Transfers by the item whose units they become. */
#include <stdlib.h>

#include "verify/ledger.h"

/* May it have brought an item units? Its place; items: none. */
static size_t item_of(const struct case_file *facts, size_t items, size_t request)
{
    int32_t to = facts->history->to[request];
    bool may = to >= 0 && (size_t)to < items && ledger_may_take(&facts->history->v[request]);
    return may ? (size_t)to : items;
}

int credits_make(const struct case_file *facts, size_t items, struct credits *ret_credits)
{
    size_t count = facts->history->count;
    if (!facts->history->to)
        return 0;
    uint32_t *first = ret_credits->first = calloc(items + 3, sizeof *first);
    uint32_t *v = ret_credits->v = malloc((count + 1) * sizeof *v);
    if (!first || !v)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        first[item_of(facts, items, i) + 2]++;
    for (size_t i = 2; i < items + 3; i++)
        first[i] += first[i - 1];
    for (size_t i = 0; i < count; i++)
        v[first[item_of(facts, items, i) + 1]++] = (uint32_t)i;
    return 0;
}

void credits_free(struct credits *credits)
{
    free(credits->v);
    free(credits->first);
}
