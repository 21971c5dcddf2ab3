/* Orders of several lines: each line becomes a request of its own, of the same user at the same
 * time with the same answer, and stands behind the others of its order. */
#include <stdlib.h>

#include "verify/case.h"

static void spread_one(const struct history *whole, size_t record, struct history *each)
{
    for (unsigned line = 0; line < whole->lines; line++) {
        size_t i = record * whole->lines + line;
        const struct order *order = history_line_of(whole, record, line);
        each->v[i] = whole->v[record];
        each->orders[i] = *order;
        if (whole->decided)
            each->decided[i] = whole->decided[record];
        if (order->asked_units)
            continue;
        /* No such line: nothing that was asked for. */
        each->v[i].cls = CLASS_SKIPPED;
        each->v[i].released = each->v[i].done = 0;
        each->orders[i] = (struct order){.asked = whole->orders[record].asked,
                                         .item = whole->orders[record].item};
    }
}

int case_spread(struct case_file *facts)
{
    const struct history *whole = facts->history;
    facts->lines = whole->orders && whole->lines > 1 ? whole->lines : 1;
    if (facts->lines == 1)
        return 0;
    struct history *each = facts->spread = calloc(1, sizeof *each);
    size_t count = whole->count * whole->lines;
    if (!each || history_init(each, count, NULL) || history_order(each, NULL) ||
        (whole->decided && history_decide(each, NULL)))
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < whole->count; i++)
        spread_one(whole, i, each);
    each->count = count;
    each->origin = whole->origin;
    each->bounds = whole->bounds;
    facts->history = each;
    return 0;
}

void case_spread_free(struct case_file *facts)
{
    if (facts->spread)
        facts->spread->bounds = NULL; /* the run's */
    if (facts->spread)
        history_free(facts->spread);
    free(facts->spread);
}
