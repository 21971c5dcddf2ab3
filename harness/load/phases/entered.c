#include "load/phases/entered.h"

#include <stdlib.h>

#include "base/cleanup.h"

int entered_open(struct setup *setup, const char *header, struct err *err)
{
    if (!header)
        return 0;
    setup->entered_header = header;
    setup->entered = calloc(setup->history->room + 1, sizeof *setup->entered);
    return setup->entered ? 0 : err_set(err, ERR_MEMORY, "no memory for responses.entered");
}

static int by_time(const void *a, const void *b)
{
    ns_t left = *(const ns_t *)a, right = *(const ns_t *)b;
    return (left > right) - (left < right);
}

void entered_tell(const struct setup *setup, const struct request *records, size_t count,
                  struct load_phase_info *info)
{
    _cleanup_free_ ns_t *said = setup->entered ? calloc(count + 1, sizeof *said) : NULL;
    const ns_t *from = said ? setup->entered + (records - setup->history->v) : NULL;
    size_t known = 0;
    for (size_t i = 0; said && i < count; i++)
        if (from[i])
            said[known++] = from[i];
    if (!known)
        return;
    qsort(said, known, sizeof *said, by_time);
    info->entered = (int64_t)known;
    info->entered_spread = said[known - 1] - said[0];
    info->entered_middle = said[(known - 1) * 95 / 100] - said[(known - 1) * 5 / 100];
}
