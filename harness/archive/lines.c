#include "archive/lines.h"

#include <stdio.h>

/* ---- cells ---- */

void lines_put_item(struct csv_out *out, const struct table_base *base, int64_t item)
{
    char name[ROSTER_TEXT];
    if (item == ITEM_UNKNOWN)
        csv_out_none(out);
    else
        csv_out_text(out, items_name(base->items, item, name, sizeof name));
}

/* Empty: not said. */
int lines_get_item(const struct table_in *in, const struct csv_cell *cell, int64_t *ret_item,
                   struct err *err)
{
    *ret_item = ITEM_UNKNOWN;
    if (!cell->length || items_read(in->base.items, cell->text, cell->length, ret_item))
        return 0;
    return table_error(in, err, "item: '%.*s' is no name of an item",
                       (int)(cell->length < 60 ? cell->length : 60), cell->text);
}

int lines_get_units(const struct table_in *in, const struct csv_cell *cell, int64_t *units,
                    struct err *err)
{
    if (!cell->length || items_amount(in->base.items->decimals, cell->text, cell->length, units))
        return 0;
    return table_error(in, err, "units: '%.*s' is no amount",
                       (int)(cell->length < 40 ? cell->length : 40), cell->text);
}

void lines_put_units(struct csv_out *out, const struct table_base *base, int64_t units)
{
    char text[AMOUNT_TEXT];
    csv_out_text(out, items_spell(base->items->decimals, units, text));
}

static void put_id(struct csv_out *out, int64_t id)
{
    if (id == ORDER_NONE)
        csv_out_none(out);
    else
        csv_out_int(out, id);
}

/* ---- of requests ---- */

static struct order *order_of(const void *row, const struct table_base *base)
{
    return &base->ordered->orders[(const struct request *)row - base->ordered->v];
}

PUT(order_put_item)
{
    lines_put_item(out, base, order_of(row, base)->asked);
}

PUT(order_put_units)
{
    lines_put_units(out, base, order_of(row, base)->asked_units);
}

PUT(order_put_chosen)
{
    const struct order *order = order_of(row, base);
    lines_put_item(out, base, order->item == order->asked ? ITEM_UNKNOWN : order->item);
}

PUT(order_put_granted)
{
    const struct order *order = order_of(row, base);
    if (order->units == order->asked_units)
        csv_out_none(out);
    else
        lines_put_units(out, base, order->units);
}

PUT(order_put_id)
{
    put_id(out, order_of(row, base)->id);
}

static bool has_orders(const struct table_in *in)
{
    return in->base.ordered && in->base.ordered->orders;
}

PUT(order_put_to)
{
    const struct history *history = base->ordered;
    lines_put_item(out, base,
                   history->to ? history->to[(const struct request *)row - history->v]
                               : ITEM_UNKNOWN);
}

GET(order_get_to)
{
    struct history *history = in->base.ordered;
    int64_t item = ITEM_UNKNOWN;
    int rc = has_orders(in) ? lines_get_item(in, cell, &item, err) : 0;
    if (!rc && item != ITEM_UNKNOWN && !history->to)
        rc = history_move(history, err);
    if (!rc && history && history->to)
        history->to[(const struct request *)row - history->v] = (int32_t)item;
    return rc;
}

/* Where there is but one item, whoever says none means that one. */
GET(order_get_item)
{
    int64_t item = ITEM_UNKNOWN;
    int rc = has_orders(in) ? lines_get_item(in, cell, &item, err) : 0;
    if (rc || !has_orders(in))
        return rc;
    if (item == ITEM_UNKNOWN && in->base.items->count == 1)
        item = 0;
    *order_of(row, &in->base) =
        (struct order){.asked = (int32_t)item, .item = (int32_t)item, .asked_units = 1, .units = 1};
    return 0;
}

GET(order_get_units)
{
    if (!has_orders(in))
        return 0;
    struct order *order = order_of(row, &in->base);
    int rc = lines_get_units(in, cell, &order->asked_units, err);
    order->units = order->asked_units;
    return rc;
}

GET(order_get_chosen)
{
    int64_t item = ITEM_UNKNOWN;
    int rc = has_orders(in) ? lines_get_item(in, cell, &item, err) : 0;
    if (!rc && item != ITEM_UNKNOWN)
        order_of(row, &in->base)->item = (int32_t)item;
    return rc;
}

GET(order_get_granted)
{
    return has_orders(in) ? lines_get_units(in, cell, &order_of(row, &in->base)->units, err) : 0;
}

GET(order_get_id)
{
    (void)err;
    if (has_orders(in))
        order_of(row, &in->base)->id = order_id(cell->text, cell->length);
    return 0;
}

/* ---- of actions ---- */

static struct deed *deed_of(const void *row, const struct table_base *base)
{
    return &base->ordered->deeds[(const struct request *)row - base->ordered->v];
}

static bool has_deeds(const struct table_in *in)
{
    return in->base.ordered && in->base.ordered->deeds;
}

PUT(deed_put_action)
{
    csv_out_text(out, base->scenario->actions[deed_of(row, base)->action].name);
}

PUT(deed_put_order)
{
    csv_out_int(out, deed_of(row, base)->order);
}

PUT(deed_put_others)
{
    csv_out_int(out, deed_of(row, base)->others);
}

GET(deed_get_action)
{
    char name[32];
    if (!has_deeds(in))
        return 0;
    snprintf(name, sizeof name, "%.*s", (int)(cell->length < 31 ? cell->length : 31), cell->text);
    int found = spec_action_find(in->base.scenario, name);
    if (found < 0)
        return table_error(in, err, "action: '%s' is no action of the scenario", name);
    deed_of(row, &in->base)->action = (uint8_t)found;
    return 0;
}

/* The line of history.csv, from 0, that made the order. */
GET(deed_get_order)
{
    int64_t order = 0;
    if (!has_deeds(in))
        return 0;
    int64_t last = (int64_t)in->base.orders_count - 1;
    int rc = table_number(in, "about", cell, 0, last, &order, err);
    deed_of(row, &in->base)->order = (uint32_t)order;
    return rc;
}

GET(deed_get_others)
{
    int64_t others = 0;
    int rc =
        has_deeds(in) && cell->length ? table_number(in, "others", cell, 0, 1, &others, err) : 0;
    if (!rc && has_deeds(in))
        deed_of(row, &in->base)->others = others;
    return rc;
}

/* ---- of rows ---- */

static struct row_line *line_of(const void *row, const struct table_base *base)
{
    return &base->rows->lines[(const struct row *)row - base->rows->v];
}

PUT(line_put_item)
{
    lines_put_item(out, base, line_of(row, base)->item);
}

PUT(line_put_units)
{
    lines_put_units(out, base, line_of(row, base)->units);
}

PUT(line_put_order)
{
    put_id(out, line_of(row, base)->order);
}

static bool has_lines(const struct table_in *in)
{
    return in->base.rows && in->base.rows->lines;
}

GET(line_get_item)
{
    int64_t item = ITEM_UNKNOWN;
    int rc = has_lines(in) ? lines_get_item(in, cell, &item, err) : 0;
    if (!rc && has_lines(in))
        *line_of(row, &in->base) = (struct row_line){.item = item, .units = 1};
    return rc;
}

GET(line_get_units)
{
    return has_lines(in) ? lines_get_units(in, cell, &line_of(row, &in->base)->units, err) : 0;
}

GET(line_get_order)
{
    (void)err;
    if (has_lines(in))
        line_of(row, &in->base)->order = order_id(cell->text, cell->length);
    return 0;
}

/* ---- of what is left: the user of the row is the item ---- */

PUT(left_put_item)
{
    lines_put_item(out, base, ((const struct row *)row)->user);
}

GET(left_get_item)
{
    return lines_get_item(in, cell, &((struct row *)row)->user, err);
}

PUT(left_put_quantity)
{
    lines_put_units(out, base, ((const struct row *)row)->id);
}

GET(left_get_quantity)
{
    return lines_get_units(in, cell, &((struct row *)row)->id, err);
}
