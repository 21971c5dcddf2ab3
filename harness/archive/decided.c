#include "archive/decided.h"

#include <string.h>

/* As of every instant of a file: sums of two stay numbers. */
#define DECIDED_MAX (INT64_MAX / 8)

static const struct decided *decision_of(const void *row, const struct table_base *base)
{
    static const struct decided none;
    const struct history *history = base->history;
    bool any = history && history->decided;
    return any ? &history->decided[(const struct request *)row - history->v] : &none;
}

PUT(decided_put_at)
{
    ns_t at = decision_of(row, base)->at;
    if (at)
        csv_out_int(out, at - base->origin);
    else
        csv_out_none(out);
}

PUT(decided_put_polls)
{
    csv_out_int(out, decision_of(row, base)->polls);
}

PUT(decided_put_still)
{
    csv_out_int(out, decision_of(row, base)->pending);
}

/* A number that is not 0, of a run's own file: what it belongs to. NULL: there is none. */
static struct decided *decision_for(const struct table_in *in, const struct csv_cell *cell,
                                    const char *column, const void *row, int64_t *ret_value,
                                    int *ret_rc, struct err *err)
{
    struct history *history = in->base.history;
    *ret_rc = 0;
    if (!cell->length || !history)
        return NULL;
    *ret_rc = table_number(in, column, cell, -DECIDED_MAX, DECIDED_MAX, ret_value, err);
    bool says = !*ret_rc && (*ret_value || !strcmp(column, "decided_ns"));
    if (says)
        *ret_rc = history_decide(history, err);
    return says && !*ret_rc ? &history->decided[(const struct request *)row - history->v] : NULL;
}

GET(decided_get_at)
{
    int64_t value;
    int rc;
    struct decided *decision = decision_for(in, cell, "decided_ns", row, &value, &rc, err);
    if (decision)
        decision->at = value + in->base.origin;
    return rc;
}

GET(decided_get_polls)
{
    int64_t value;
    int rc;
    struct decided *decision = decision_for(in, cell, "polls", row, &value, &rc, err);
    if (decision)
        decision->polls = (uint32_t)value;
    return rc;
}

GET(decided_get_still)
{
    int64_t value;
    int rc;
    struct decided *decision = decision_for(in, cell, "still_pending", row, &value, &rc, err);
    if (decision)
        decision->pending = value != 0;
    return rc;
}
