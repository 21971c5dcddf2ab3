#include <stdlib.h>
#include <unistd.h>

#include "archive/files.h"
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
};
enum { COLUMNS = sizeof columns / sizeof *columns };

int rows_csv_save(const struct run *run, const struct rows *rows, const char *dir, const char *name,
                  struct err *err)
{
    if (!rows->known)
        return 0;
    return table_save(columns, COLUMNS, rows->v, sizeof *rows->v, rows->count,
                      &(const struct table_base){.roster = run->roster}, dir, name, err);
}

int rows_csv_load(const char *path, struct roster *roster, struct rows *ret_rows, struct err *err)
{
    if (access(path, F_OK))
        return 0;
    _cleanup_(table_close) struct table_in in = {0};
    const struct table_base base = {.roster = roster};
    int rc = table_open(&in, path, columns, COLUMNS, &base, err);
    if (rc)
        return rc;
    _cleanup_(rows_free) struct rows rows = {
        .known = true, .asked = ret_rows->asked, .gone = ret_rows->gone};
    rows.v = calloc(table_room(&in), sizeof *rows.v);
    if (!rows.v)
        return err_set(err, ERR_MEMORY, "no memory for the rows of %s", path);
    for (bool more = true; more && !rc; rows.count = in.rows)
        rc = table_next(&in, &rows.v[in.rows], &more, err);
    if (rc)
        return rc;
    *ret_rows = rows;
    rows = (struct rows){0};
    return 0;
}
