/* Lines of orders from the second one on: columns of history.csv. */
#include "archive/lines.h"

/* NULL: orders have not so many. */
static struct order *line_of(const void *row, const struct table_base *base, unsigned line)
{
    const struct history *history = base->ordered;
    bool any = history && history->more && line <= history->lines;
    return any ? history_line_of(history, (size_t)((const struct request *)row - history->v),
                                 line - 1)
               : NULL;
}

static void put_item(struct csv_out *out, const struct table_base *base, const struct order *order)
{
    if (!order || !order->asked_units)
        csv_out_none(out);
    else
        lines_put_item(out, base, order->asked);
}

static void put_units(struct csv_out *out, const struct table_base *base, const struct order *order)
{
    if (!order || !order->asked_units)
        csv_out_none(out);
    else
        lines_put_units(out, base, order->asked_units);
}

static void put_granted(struct csv_out *out, const struct table_base *base,
                        const struct order *order)
{
    if (!order || order->units == order->asked_units)
        csv_out_none(out);
    else
        lines_put_units(out, base, order->units);
}

/* Without an item there is no such line. */
static int get_item(const struct table_in *in, const struct csv_cell *cell, struct order *order,
                    struct err *err)
{
    int64_t item;
    if (!order || !cell->length)
        return 0;
    int rc = lines_get_item(in, cell, &item, err);
    if (!rc)
        *order = (struct order){
            .asked = (int32_t)item, .item = (int32_t)item, .asked_units = 1, .units = 1};
    return rc;
}

static int get_units(const struct table_in *in, const struct csv_cell *cell, struct order *order,
                     struct err *err)
{
    if (!order || !order->asked_units)
        return 0;
    int rc = lines_get_units(in, cell, &order->asked_units, err);
    order->units = order->asked_units;
    return rc;
}

static int get_granted(const struct table_in *in, const struct csv_cell *cell, struct order *order,
                       struct err *err)
{
    return order && order->asked_units ? lines_get_units(in, cell, &order->units, err) : 0;
}

#define MORE_OF(line)                                                                              \
    PUT(more_put_item##line)                                                                       \
    {                                                                                              \
        put_item(out, base, line_of(row, base, line));                                             \
    }                                                                                              \
    PUT(more_put_units##line)                                                                      \
    {                                                                                              \
        put_units(out, base, line_of(row, base, line));                                            \
    }                                                                                              \
    PUT(more_put_granted##line)                                                                    \
    {                                                                                              \
        put_granted(out, base, line_of(row, base, line));                                          \
    }                                                                                              \
    GET(more_get_item##line)                                                                       \
    {                                                                                              \
        return get_item(in, cell, line_of(row, &in->base, line), err);                             \
    }                                                                                              \
    GET(more_get_units##line)                                                                      \
    {                                                                                              \
        return get_units(in, cell, line_of(row, &in->base, line), err);                            \
    }                                                                                              \
    GET(more_get_granted##line)                                                                    \
    {                                                                                              \
        return get_granted(in, cell, line_of(row, &in->base, line), err);                          \
    }
MORE_OF(2)
MORE_OF(3)
MORE_OF(4)
