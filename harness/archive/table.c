#include "archive/table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "archive/regular.h"
#include "base/aside.h"
#include "base/cleanup.h"
#include "base/maybe.h"
#include "model/evidence.h"

/* ---- writing ---- */

static int64_t load_number(const struct column *column, const void *member)
{
    switch (column->size) {
    case sizeof(uint8_t):
        return *(const uint8_t *)member;
    case sizeof(uint16_t):
        return *(const uint16_t *)member;
    case sizeof(uint32_t):
        return column->high > INT32_MAX ? (int64_t) * (const uint32_t *)member
                                        : *(const int32_t *)member;
    default:
        return *(const int64_t *)member;
    }
}

static void put_cell(struct csv_out *out, const struct column *column, const void *row,
                     const struct table_base *base)
{
    const void *member = (const char *)row + column->offset;
    struct maybe number = {true, 0};
    if (column->put) {
        column->put(out, row, base);
        return;
    }
    if (column->type == COLUMN_USER) {
        table_put_user(out, base, *(const int64_t *)member);
        return;
    }
    if (column->type == COLUMN_MAYBE)
        number = *(const struct maybe *)member;
    else
        number.value = load_number(column, member);
    if (column->type == COLUMN_COUNT)
        number.known = number.value != COUNT_UNKNOWN;
    if (column->type == COLUMN_INSTANT) {
        number.known = number.value != 0;
        number.value -= base->origin;
    }
    if (number.known)
        csv_out_int(out, number.value);
    else
        csv_out_none(out);
}

void table_put_user(struct csv_out *out, const struct table_base *base, int64_t user)
{
    if (roster_is_numbers(base->roster)) {
        csv_out_int(out, user);
        return;
    }
    char text[ROSTER_TEXT];
    roster_text(base->roster, user, text);
    csv_out_text(out, text);
}

int table_save(const struct column *columns, size_t columns_count, const void *rows, size_t size,
               size_t count, const struct table_base *base, const char *dir, const char *name,
               struct err *err)
{
    _cleanup_(aside_drop) struct aside aside = {0};
    int rc = aside_open(&aside, dir, name, err);
    if (rc)
        return rc;
    _cleanup_free_ struct csv_out *out = malloc(sizeof *out);
    if (!out)
        return err_set(err, ERR_MEMORY, "no memory to write %s", name);
    csv_out_init(out, aside.file);
    for (size_t i = 0; i < columns_count; i++)
        csv_out_text(out, columns[i].name);
    csv_out_line(out);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < columns_count; k++)
            put_cell(out, &columns[k], (const char *)rows + i * size, base);
        csv_out_line(out);
    }
    csv_out_flush(out);
    if (base->text && base->text->failed)
        return err_set(err, ERR_MEMORY, "a row is too long for %s", name);
    return aside_commit(&aside, err);
}

/* ---- reading ---- */

int table_error(const struct table_in *in, struct err *err, const char *format, ...)
{
    char text[ERR_MESSAGE_MAX / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return err_set(err, ERR_USAGE, "%s:%zu: %s", in->path, in->csv.began, text);
}

static int map(struct table_in *in, struct err *err)
{
    _cleanup_fclose_ FILE *file = regular_open(in->path, err);
    struct stat status;
    if (!file)
        return -(int)ERR_USAGE;
    if (fstat(fileno(file), &status))
        return err_errno(err, ERR_USAGE, errno, "cannot read %s", in->path);
    in->size = (size_t)status.st_size;
    if (in->size == 0)
        return err_set(err, ERR_USAGE, "%s:1: the file is empty; its first line names the columns",
                       in->path);
    void *data =
        mmap(NULL, in->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, fileno(file), 0);
    if (data == MAP_FAILED)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot map %s", in->path);
    in->data = data;
    in->csv = (struct csv_in){.at = data, .end = in->data + in->size, .separator = ',', .line = 1};
    return 0;
}

static int read_cells(struct table_in *in, struct csv_cell *cells, size_t *ret_count,
                      struct err *err)
{
    size_t count = 0;
    bool more = true;
    while (more) {
        if (count == TABLE_COLUMNS)
            return table_error(in, err, "more than %d columns", TABLE_COLUMNS);
        more = csv_in_cell(&in->csv, &cells[count++]);
        if (in->csv.fault)
            return table_error(in, err, "%s", in->csv.fault);
    }
    *ret_count = count;
    return 0;
}

static int find(const struct csv_cell *cells, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (cells[i].length == strlen(name) && !memcmp(cells[i].text, name, cells[i].length))
            return (int)i;
    return -1;
}

static int read_header(struct table_in *in, struct err *err)
{
    struct csv_cell cells[TABLE_COLUMNS];
    csv_in_start(&in->csv);
    int rc = read_cells(in, cells, &in->in_file, err);
    for (size_t i = 0; !rc && i < in->columns_count; i++) {
        in->places[i] = find(cells, in->in_file, in->columns[i].name);
        if (in->places[i] < 0 && (in->columns[i].required || in->columns[i].filled))
            rc = table_error(in, err, "the first line names no column '%s'", in->columns[i].name);
    }
    return rc;
}

int table_open(struct table_in *in, const char *path, const struct column *columns, size_t count,
               const struct table_base *base, struct err *err)
{
    *in =
        (struct table_in){.path = path, .columns = columns, .columns_count = count, .base = *base};
    int rc = map(in, err);
    if (!rc)
        rc = read_header(in, err);
    if (rc)
        table_close(in);
    return rc;
}

void table_close(struct table_in *in)
{
    if (in->data)
        munmap(in->data, in->size);
    in->data = NULL;
}

size_t table_room(const struct table_in *in)
{
    size_t lines = 1;
    const char *at = in->csv.at, *end = in->csv.end;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        lines++;
        at++;
    }
    return lines;
}

static void keep_number(const struct column *column, void *member, int64_t value)
{
    switch (column->size) {
    case sizeof(uint8_t):
        *(uint8_t *)member = (uint8_t)value;
        return;
    case sizeof(uint16_t):
        *(uint16_t *)member = (uint16_t)value;
        return;
    case sizeof(uint32_t):
        *(uint32_t *)member = (uint32_t)value;
        return;
    default:
        *(int64_t *)member = value;
    }
}

int table_number(const struct table_in *in, const char *column, const struct csv_cell *cell,
                 int64_t low, int64_t high, int64_t *ret_value, struct err *err)
{
    int64_t value;
    if (!csv_cell_int(cell, &value) || value < low || value > high)
        return table_error(in, err, "%s: '%.*s' is not a whole number from %" PRId64 " to %" PRId64,
                           column, (int)(cell->length < 60 ? cell->length : 60), cell->text, low,
                           high);
    *ret_value = value;
    return 0;
}

int table_user(const struct table_in *in, const struct csv_cell *cell, int64_t *ret_user,
               struct err *err)
{
    struct roster *roster = in->base.roster;
    if (cell->length && roster_read(roster, cell->text, cell->length, ret_user))
        return 0;
    return table_error(in, err, "user: '%.*s' is not %s%s",
                       (int)(cell->length < 60 ? cell->length : 60), cell->text,
                       roster_wants(roster), roster_is_numbers(roster) ? " of 64 bits" : "");
}

/* As the column says; without bounds whatever its type holds. */
static int get_number(const struct table_in *in, const struct column *column,
                      const struct csv_cell *cell, int64_t *ret_value, struct err *err)
{
    bool bounded = column->low || column->high, instant = column->type == COLUMN_INSTANT;
    int64_t most = instant ? TABLE_INSTANT_MAX : INT64_MAX;
    int64_t least = instant ? -most : INT64_MIN;
    return table_number(in, column->name, cell, bounded ? column->low : least,
                        bounded ? column->high : most, ret_value, err);
}

static int get_cell(const struct table_in *in, const struct column *column,
                    const struct csv_cell *cell, void *row, struct err *err)
{
    void *member = (char *)row + column->offset;
    if (column->get || column->type == COLUMN_OTHER)
        return column->get ? column->get(in, cell, row, err) : 0;
    if (column->type == COLUMN_USER)
        return table_user(in, cell, member, err);
    int64_t none = column->type == COLUMN_COUNT     ? COUNT_UNKNOWN
                   : column->type == COLUMN_INSTANT ? in->base.never
                                                    : 0;
    struct maybe number = {cell->length > 0 || column->filled, none};
    int rc = number.known ? get_number(in, column, cell, &number.value, err) : 0;
    if (rc)
        return rc;
    if (column->type == COLUMN_INSTANT && number.known)
        number.value += in->base.origin;
    if (column->type == COLUMN_MAYBE)
        *(struct maybe *)member = number;
    else
        keep_number(column, member, number.value);
    return 0;
}

int table_next(struct table_in *in, void *ret_row, bool *ret_more, struct err *err)
{
    struct csv_cell cells[TABLE_COLUMNS];
    size_t count = 0;
    do {
        *ret_more = in->csv.at < in->csv.end;
        if (!*ret_more)
            return 0;
        int rc = read_cells(in, cells, &count, err);
        if (rc)
            return rc;
    } while (count == 1 && cells[0].length == 0);
    if (count != in->in_file)
        return table_error(in, err, "%zu fields, but the first line names %zu columns", count,
                           in->in_file);
    static const struct csv_cell empty = {(char *)(uintptr_t) "", 0};
    int rc = 0;
    for (size_t i = 0; !rc && i < in->columns_count; i++) {
        struct csv_cell cell = in->places[i] < 0 ? empty : csv_cell_text(cells[in->places[i]]);
        rc = get_cell(in, &in->columns[i], &cell, ret_row, err);
    }
    in->rows += !rc;
    return rc;
}
