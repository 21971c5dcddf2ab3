#include "probe/over.h"

#include <stdlib.h>

#include "base/cleanup.h"

void over_find(const struct items *items, int64_t overbook, const struct rows *rows,
               struct sample *sample)
{
    _cleanup_free_ int64_t *sold = calloc(items->count + 1, sizeof *sold);
    for (size_t i = 0; sold && i < rows->count; i++) {
        int64_t item = rows->lines ? rows->lines[i].item : ITEM_UNKNOWN;
        int64_t units = rows->lines ? rows->lines[i].units : 1;
        if (item == ITEM_UNKNOWN && items->count == 1)
            item = 0;
        if (item >= 0 && (size_t)item < items->count)
            sold[item] += units;
    }
    sample->over = 0;
    for (size_t i = 0; sold && i < items->count; i++) {
        int64_t over = sold[i] - items->stock[i] - overbook;
        if (over <= sample->over)
            continue;
        sample->over = over;
        sample->over_item = (int64_t)i;
    }
}
