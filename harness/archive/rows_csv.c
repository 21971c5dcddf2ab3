#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/csv_in.h"
#include "archive/csv_out.h"
#include "archive/files.h"
#include "base/aside.h"
#include "base/cleanup.h"

enum { ROW_USER, ROW_ID, ROW_COLUMNS };

static const struct csv_column row_columns[ROW_COLUMNS] = {
    [ROW_USER] = {"user", true},
    [ROW_ID] = {"id", false},
};

int rows_csv_save(const struct run *run, const struct rows *rows, const char *dir, const char *name,
                  struct err *err)
{
    if (!rows->known)
        return 0;
    _cleanup_(aside_drop) struct aside aside = {0};
    int rc = aside_open(&aside, dir, name, err);
    if (rc)
        return rc;
    _cleanup_free_ struct csv_out *out = malloc(sizeof *out);
    if (!out)
        return err_set(err, ERR_MEMORY, "no memory to write %s", name);
    csv_out_init(out, aside.file);
    csv_out_text(out, "user");
    csv_out_text(out, "id");
    csv_out_line(out);
    for (size_t i = 0; i < rows->count; i++) {
        csv_out_user(out, run->roster, rows->v[i].user);
        csv_out_int(out, rows->v[i].id);
        csv_out_line(out);
    }
    csv_out_flush(out);
    return aside_commit(&aside, err);
}

int rows_csv_load(const char *path, struct roster *roster, struct rows *ret_rows, struct err *err)
{
    if (access(path, F_OK))
        return 0;
    _cleanup_(csv_in_close) struct csv_in in = {0};
    int rc = csv_in_open(&in, path, row_columns, ROW_COLUMNS, err);
    if (rc)
        return rc;
    _cleanup_(rows_free) struct rows rows = {
        .known = true, .asked = ret_rows->asked, .gone = ret_rows->gone};
    rows.v = calloc(csv_in_lines(&in), sizeof *rows.v);
    if (!rows.v)
        return err_set(err, ERR_MEMORY, "no memory for the rows of %s", path);
    for (bool more = true;;) {
        struct csv_field fields[ROW_COLUMNS];
        rc = csv_in_next(&in, fields, &more, err);
        if (rc || !more)
            break;
        struct row *row = &rows.v[rows.count++];
        rc = csv_in_user(&in, fields, ROW_USER, roster, &row->user, err);
        row->id = (int64_t)rows.count;
        if (!rc && fields[ROW_ID].length)
            rc = csv_in_int(&in, fields, ROW_ID, INT64_MIN, INT64_MAX, &row->id, err);
        if (rc)
            break;
    }
    if (rc)
        return rc;
    *ret_rows = rows;
    rows = (struct rows){0};
    return 0;
}
