/* Lines: the columns that say what a request or a row is of, where there are items: item, units and
 * order; of a request also what the service chose and granted, where that is something else. Main
 * thread. */
#ifndef ARCHIVE_LINES_H
#define ARCHIVE_LINES_H

#include "archive/table.h"

/* Of history.csv, whose rows are records of base->ordered. */
#define ORDER_COLUMNS                                                                              \
    {.name = "item", .type = COLUMN_OTHER, .put = order_put_item, .get = order_get_item},          \
        {.name = "units", .type = COLUMN_OTHER, .put = order_put_units, .get = order_get_units},   \
        {.name = "chosen",                                                                         \
         .type = COLUMN_OTHER,                                                                     \
         .put = order_put_chosen,                                                                  \
         .get = order_get_chosen},                                                                 \
        {.name = "granted",                                                                        \
         .type = COLUMN_OTHER,                                                                     \
         .put = order_put_granted,                                                                 \
         .get = order_get_granted},                                                                \
        {.name = "order", .type = COLUMN_OTHER, .put = order_put_id, .get = order_get_id},         \
    {                                                                                              \
        .name = "to", .type = COLUMN_OTHER, .put = order_put_to, .get = order_get_to               \
    }
enum { ORDER_COLUMNS_COUNT = 6 };

/* Of actions.csv, behind those: what each is about. */
#define DEED_COLUMNS                                                                               \
    {.name = "action", .type = COLUMN_OTHER, .put = deed_put_action, .get = deed_get_action},      \
        {.name = "about", .type = COLUMN_OTHER, .put = deed_put_order, .get = deed_get_order},     \
    {                                                                                              \
        .name = "others", .type = COLUMN_OTHER, .put = deed_put_others, .get = deed_get_others     \
    }
enum { DEED_COLUMNS_COUNT = 3 };

/* Of history.csv, behind those: lines of orders, from the second one on. */
#define MORE_COLUMNS_OF(line)                                                                      \
    {.name = "item" #line,                                                                         \
     .type = COLUMN_OTHER,                                                                         \
     .put = more_put_item##line,                                                                   \
     .get = more_get_item##line},                                                                  \
        {.name = "units" #line,                                                                    \
         .type = COLUMN_OTHER,                                                                     \
         .put = more_put_units##line,                                                              \
         .get = more_get_units##line},                                                             \
    {                                                                                              \
        .name = "granted" #line, .type = COLUMN_OTHER, .put = more_put_granted##line,              \
        .get = more_get_granted##line                                                              \
    }
#define MORE_COLUMNS MORE_COLUMNS_OF(2), MORE_COLUMNS_OF(3), MORE_COLUMNS_OF(4)
enum { MORE_COLUMNS_COUNT = 9 };

/* Of files whose rows are those of base->rows. */
#define LINE_COLUMNS                                                                               \
    {.name = "item", .type = COLUMN_OTHER, .put = line_put_item, .get = line_get_item},            \
        {.name = "units", .type = COLUMN_OTHER, .put = line_put_units, .get = line_get_units},     \
    {                                                                                              \
        .name = "order", .type = COLUMN_OTHER, .put = line_put_order, .get = line_get_order        \
    }
enum { LINE_COLUMNS_COUNT = 3 };

#define PUT(name) void name(struct csv_out *out, const void *row, const struct table_base *base)
#define GET(name)                                                                                  \
    int name(const struct table_in *in, const struct csv_cell *cell, void *row, struct err *err)
/* Cells: an item's name, none for ITEM_UNKNOWN; units. Empty ones are ITEM_UNKNOWN, and no change.
 */
void lines_put_item(struct csv_out *out, const struct table_base *base, int64_t item);
int lines_get_item(const struct table_in *in, const struct csv_cell *cell, int64_t *ret_item,
                   struct err *err);
void lines_put_units(struct csv_out *out, const struct table_base *base, int64_t units);
int lines_get_units(const struct table_in *in, const struct csv_cell *cell, int64_t *units,
                    struct err *err);

PUT(order_put_item);
PUT(order_put_units);
PUT(order_put_chosen);
PUT(order_put_granted);
PUT(order_put_id);
GET(order_get_item);
GET(order_get_units);
GET(order_get_chosen);
GET(order_get_granted);
GET(order_get_id);
PUT(order_put_to);
GET(order_get_to);
#define MORE_OF(line)                                                                              \
    PUT(more_put_item##line);                                                                      \
    GET(more_get_item##line);                                                                      \
    PUT(more_put_units##line);                                                                     \
    GET(more_get_units##line);                                                                     \
    PUT(more_put_granted##line);                                                                   \
    GET(more_get_granted##line)
MORE_OF(2);
MORE_OF(3);
MORE_OF(4);
#undef MORE_OF
PUT(left_put_quantity);
GET(left_get_quantity);
PUT(deed_put_action);
PUT(deed_put_order);
PUT(deed_put_others);
GET(deed_get_action);
GET(deed_get_order);
GET(deed_get_others);
PUT(line_put_item);
PUT(line_put_units);
PUT(line_put_order);
GET(line_get_item);
GET(line_get_units);
GET(line_get_order);
PUT(left_put_item);
GET(left_get_item);

#endif
