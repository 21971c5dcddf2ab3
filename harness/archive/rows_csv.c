#include <stdlib.h>
#include <unistd.h>

#include "archive/files.h"
#include "archive/lines.h"
#include "archive/table.h"
#include "base/cleanup.h"

/* The place in the file, from 1, when it has none. */
static int get_id(const struct table_in *in, const struct csv_cell *cell, void *row,
                  struct err *err)
{
    int64_t *id = &((struct row *)row)->id;
    *id = (int64_t)in->rows + 1;
    return cell->length ? table_number(in, "id", cell, INT64_MIN, INT64_MAX, id, err) : 0;
}

static const struct column columns[] = {
    COLUMN("user", COLUMN_USER, row, user, .required = true),
    COLUMN("id", COLUMN_NUMBER, row, id, .get = get_id),
    LINE_COLUMNS,
};
enum { COLUMNS = sizeof columns / sizeof *columns, ITEM_COLUMN = 2, UNITS_COLUMN = 3 };

int rows_csv_save(const struct run *run, const struct rows *rows, const char *dir, const char *name,
                  struct err *err)
{
    if (!rows->known)
        return 0;
    const struct table_base base = {
        .roster = run->roster, .items = run->items, .rows = (struct rows *)(uintptr_t)rows};
    return table_save(columns, COLUMNS - (rows->lines ? 0 : LINE_COLUMNS_COUNT), rows->v,
                      sizeof *rows->v, rows->count, &base, dir, name, err);
}

/* Does a line say which item? With one item alone none needs to. */
static bool says_items(const struct table_in *in)
{
    return in->places[ITEM_COLUMN] >= 0 || in->places[UNITS_COLUMN] >= 0;
}

static int load(const char *path, const struct column *of, size_t count,
                const struct table_base *base, struct rows *ret_rows, struct err *err)
{
    if (access(path, F_OK))
        return 0;
    _cleanup_(table_close) struct table_in in = {0};
    int rc = table_open(&in, path, of, count, base, err);
    if (rc)
        return rc;
    _cleanup_(rows_free) struct rows rows = {
        .known = true, .asked = ret_rows->asked, .gone = ret_rows->gone};
    rows.v = calloc(table_room(&in), sizeof *rows.v);
    if (!rows.v)
        return err_set(err, ERR_MEMORY, "no memory for the rows of %s", path);
    if (of == columns && base->items && says_items(&in) &&
        !(rows.lines = calloc(table_room(&in), sizeof *rows.lines)))
        return err_set(err, ERR_MEMORY, "no memory for the rows of %s", path);
    in.base.rows = &rows;
    for (bool more = true; more && !rc; rows.count = in.rows)
        rc = table_next(&in, &rows.v[in.rows], &more, err);
    if (rc)
        return rc;
    *ret_rows = rows;
    rows = (struct rows){0};
    return 0;
}

int rows_csv_load(const char *path, struct roster *roster, const struct items *items,
                  struct rows *ret_rows, struct err *err)
{
    return load(path, columns, COLUMNS,
                &(const struct table_base){.roster = roster, .items = items}, ret_rows, err);
}

/* ---- what is left of each item ---- */

static const struct column left_columns[] = {
    {.name = "item",
     .type = COLUMN_OTHER,
     .required = true,
     .filled = true,
     .put = left_put_item,
     .get = left_get_item},
    {.name = "quantity",
     .type = COLUMN_OTHER,
     .required = true,
     .filled = true,
     .put = left_put_quantity,
     .get = left_get_quantity},
};
enum { LEFT_COLUMNS = sizeof left_columns / sizeof *left_columns };

int stock_csv_save(const struct run *run, const struct rows *rows, const char *dir,
                   const char *name, struct err *err)
{
    if (!rows->known || !run->items)
        return 0;
    return table_save(left_columns, LEFT_COLUMNS, rows->v, sizeof *rows->v, rows->count,
                      &(const struct table_base){.items = run->items}, dir, name, err);
}

int stock_csv_load(const char *path, const struct items *items, struct rows *ret_rows,
                   struct err *err)
{
    return items ? load(path, left_columns, LEFT_COLUMNS,
                        &(const struct table_base){.items = items}, ret_rows, err)
                 : 0;
}
