#include "probe/over.h"

#include <stdlib.h>

#include "base/cleanup.h"

/* Units in the rows by item; the caller frees. NULL: no memory. */
static int64_t *sum(const struct items *items, const struct rows *rows)
{
    int64_t *sold = calloc(items->count + 1, sizeof *sold);
    for (size_t i = 0; sold && i < rows->count; i++) {
        int64_t item = rows->lines ? rows->lines[i].item : ITEM_UNKNOWN;
        int64_t units = rows->lines ? rows->lines[i].units : 1;
        if (item == ITEM_UNKNOWN && items->count == 1)
            item = 0;
        if (item >= 0 && (size_t)item < items->count)
            sold[item] += units;
    }
    return sold;
}

void over_find(const struct items *items, int64_t overbook, const struct rows *rows,
               struct sample *sample)
{
    _cleanup_free_ int64_t *sold = sum(items, rows);
    sample->over = 0;
    for (size_t i = 0; sold && i < items->count; i++) {
        int64_t over = sold[i] - items->stock[i] - overbook;
        if (over <= sample->over)
            continue;
        sample->over = over;
        sample->over_item = (int64_t)i;
    }
}

static bool is_item(const struct items *items, int64_t item)
{
    return item >= 0 && (size_t)item < items->count;
}

void apart_find(const struct items *items, const struct rows *before, const struct rows *left,
                const struct rows *rows, struct sample *sample)
{
    _cleanup_free_ int64_t *sold = sum(items, rows);
    _cleanup_free_ int64_t *began = calloc(items->count + 1, sizeof *began);
    sample->apart = 0;
    for (size_t i = 0; began && i < items->count; i++)
        began[i] = items->stock[i];
    for (size_t i = 0; began && i < before->count; i++)
        if (is_item(items, before->v[i].user))
            began[before->v[i].user] = before->v[i].id;
    for (size_t i = 0; sold && began && i < left->count; i++) {
        int64_t item = left->v[i].user;
        int64_t apart = is_item(items, item) ? began[item] - left->v[i].id - sold[item] : 0;
        if (llabs(apart) <= llabs(sample->apart))
            continue;
        sample->apart = apart;
        sample->apart_item = item;
    }
}
