#include "load/http/feeder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/csv.h"
#include "base/mask.h"
#include "base/utf8.h"
#include "load/http/locate.h"

enum { FEEDER_BYTES_MAX = 256 * 1024 * 1024, LEARNED_ROWS = 5000 };

struct reader {
    const char *path;
    struct csv_in csv;
    size_t blanks; /* lines without anything since the last row */
    struct feeder *feeder;
    size_t count, room; /* cells */
};

static int read_bytes(const char *path, char **ret_bytes, struct err *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, ERR_USAGE, errno, "feeder %s", path);
    _cleanup_(buf_free) struct buf bytes;
    buf_init(&bytes, FEEDER_BYTES_MAX);
    char chunk[16384];
    ssize_t got;
    while ((got = read(fd, chunk, sizeof chunk)) > 0)
        if (buf_add(&bytes, chunk, (size_t)got))
            return err_set(err, ERR_MEMORY, "feeder %s: more than %d MB", path,
                           FEEDER_BYTES_MAX >> 20);
    if (got < 0)
        return err_errno(err, ERR_USAGE, errno, "feeder %s", path);
    if (bytes.used && memchr(bytes.data, '\0', bytes.used))
        return err_set(err, ERR_USAGE,
                       "feeder %s: is no text, it has NUL bytes; allowed: CSV in UTF-8 (a "
                       "spreadsheet's \"Unicode\" is UTF-16: save as \"CSV UTF-8\")",
                       path);
    _cleanup_free_ char *text = buf_steal(&bytes);
    if (!text)
        return err_set(err, ERR_MEMORY, "out of memory");
    size_t valid = utf8_check(text);
    if (text[valid])
        return err_set(
            err, ERR_USAGE,
            "feeder %s:%d: is not UTF-8; allowed: CSV in UTF-8 (iconv -f CP949 -t UTF-8)", path,
            utf8_line_at(text, valid));
    *ret_bytes = text;
    text = NULL;
    return 0;
}

static int refuse(const struct reader *reader, struct err *err, const char *what)
{
    return err_set(err, ERR_USAGE, "feeder %s:%zu: %s", reader->path, reader->csv.began, what);
}

static int add_cell(struct reader *reader, char *cell, struct err *err)
{
    if (reader->count == reader->room) {
        size_t room = reader->room ? reader->room * 2 : 64;
        char **cells = realloc(reader->feeder->cells, room * sizeof *cells);
        if (!cells)
            return err_set(err, ERR_MEMORY, "out of memory");
        reader->feeder->cells = cells;
        reader->room = room;
    }
    reader->feeder->cells[reader->count++] = cell;
    return 0;
}

/* The cells of one record, behind those that there are. */
static int read_record(struct reader *reader, size_t *ret_cells, struct err *err)
{
    size_t before = reader->count;
    bool more = true;
    while (more) {
        struct csv_cell cell;
        more = csv_in_cell(&reader->csv, &cell);
        if (reader->csv.fault)
            return refuse(reader, err, reader->csv.fault);
        cell.text[cell.length] = '\0';
        int rc = add_cell(reader, cell.text, err);
        if (rc)
            return rc;
    }
    *ret_cells = reader->count - before;
    return 0;
}

static bool all_empty(const struct reader *reader, size_t cells)
{
    for (size_t i = reader->count - cells; i < reader->count; i++)
        if (*reader->feeder->cells[i])
            return false;
    return true;
}

/* Spreadsheets leave lines of nothing, or of separators alone, behind the last row. Between rows
 * they would move every row after them to another user. */
static int take_row(struct reader *reader, size_t cells, struct err *err)
{
    struct feeder *feeder = reader->feeder;
    if (all_empty(reader, cells)) {
        reader->blanks++;
        reader->count -= cells;
        return 0;
    }
    if (reader->blanks)
        return refuse(reader, err,
                      "empty lines stand before this row; allowed: behind the last row");
    if (cells != feeder->columns)
        return err_set(err, ERR_USAGE, "feeder %s:%zu: %zu cells where the header has %zu",
                       reader->path, reader->csv.began, cells, feeder->columns);
    feeder->rows++;
    return 0;
}

/* ---- the header ---- */

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        text[--length] = '\0';
    return text;
}

static int check_name(const struct reader *reader, size_t index, struct err *err)
{
    static const char *const builtins[] = {"seq", "uuid"}; /* user: see feeder_check_users */
    const struct feeder *feeder = reader->feeder;
    const char *name = feeder->cells[index];
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
        if (!strcmp(name, builtins[i]))
            return err_set(err, ERR_USAGE,
                           "feeder %s:%zu: a column is called %s, which {{%s}} means already; "
                           "give it another name",
                           reader->path, reader->csv.began, name, name);
    for (size_t i = 0; *name && i < index; i++)
        if (!strcmp(name, feeder->cells[i]))
            return err_set(err, ERR_USAGE, "feeder %s:%zu: two columns are called %s", reader->path,
                           reader->csv.began, name);
    return 0;
}

static int read_header(struct reader *reader, struct err *err)
{
    struct feeder *feeder = reader->feeder;
    csv_in_start(&reader->csv);
    csv_in_separate(&reader->csv);
    int rc = *reader->csv.at ? read_record(reader, &feeder->columns, err) : 0;
    for (size_t i = 0; !rc && i < feeder->columns; i++) {
        feeder->cells[i] = trim(feeder->cells[i]);
        rc = check_name(reader, i, err);
    }
    return rc;
}

static int read_rows(struct reader *reader, struct err *err)
{
    int rc = read_header(reader, err);
    while (!rc && reader->csv.at < reader->csv.end) {
        size_t cells = 0;
        rc = read_record(reader, &cells, err);
        if (!rc)
            rc = take_row(reader, cells, err);
    }
    if (!rc && !reader->feeder->rows)
        return err_set(err, ERR_USAGE, "feeder %s: a header line and at least one row are needed",
                       reader->path);
    return rc;
}

/* Cells that are secrets are not to be read in reports. Of a long file the first ones are enough to
 * find: samples and logs show little else. */
static void learn_secrets(const struct feeder *feeder)
{
    size_t rows = feeder->rows < LEARNED_ROWS ? feeder->rows : LEARNED_ROWS;
    for (size_t column = 0; column < feeder->columns; column++)
        for (size_t row = 1; mask_is_secret_column(feeder->cells[column]) && row <= rows; row++)
            mask_add(feeder->cells[row * feeder->columns + column]);
}

int feeder_read(const char *path, struct feeder *ret_feeder, struct err *err)
{
    _cleanup_(feeder_free) struct feeder feeder = {0};
    int rc = read_bytes(path, &feeder.bytes, err);
    if (rc)
        return rc;
    struct reader reader = {
        .path = path,
        .csv = {.at = feeder.bytes, .end = feeder.bytes + strlen(feeder.bytes), .line = 1},
        .feeder = &feeder};
    rc = read_rows(&reader, err);
    if (rc)
        return rc;
    learn_secrets(&feeder);
    *ret_feeder = feeder;
    feeder = (struct feeder){0};
    return 0;
}

int feeder_open(const char *dir, const char *name, struct feeder *ret_feeder, struct err *err)
{
    _cleanup_free_ char *path = NULL;
    int rc = locate(dir, name, &path, err);
    return rc ? rc : feeder_read(path, ret_feeder, err);
}

void feeder_free(struct feeder *feeder)
{
    free(feeder->bytes);
    free(feeder->cells);
    *feeder = (struct feeder){0};
}

int feeder_column(const struct feeder *feeder, const char *name, size_t length)
{
    for (size_t i = 0; i < feeder->columns; i++)
        if (strlen(feeder->cells[i]) == length && !strncmp(feeder->cells[i], name, length))
            return (int)i;
    return -1;
}

const char *feeder_cell(const struct feeder *feeder, size_t row, size_t column)
{
    return feeder->cells[(row + 1) * feeder->columns + column];
}

int feeder_check_users(const struct feeder *feeder, struct err *err)
{
    char id[ROSTER_TEXT];
    int column = feeder_column(feeder, "user", 4);
    for (size_t row = 0; column >= 0 && row < feeder->rows; row++) {
        const char *cell = feeder_cell(feeder, row, (size_t)column);
        roster_text(feeder->roster, roster_user(feeder->roster, row), id);
        if (!strcmp(cell, id))
            continue;
        return err_set(
            err, ERR_USAGE,
            "request.feeder: row %zu is that of user %s, and its column user says "
            "'%.40s'; order the rows as the users come (users.first), or give the column "
            "another name",
            row + 1, id, cell);
    }
    return 0;
}

int feeder_unknown(const struct feeder *feeder, const char *name, size_t length, struct err *err)
{
    char known[512];
    int used = snprintf(known, sizeof known, "user, seq, uuid%s%s",
                        !feeder || !feeder->items  ? ""
                        : feeder->items->lines > 1 ? ", item, units, item2, units2"
                                                   : ", item, units, to",
                        feeder && feeder->about_order ? ", order" : "");
    for (unsigned i = 0; feeder && i < feeder->captured_count && used < (int)sizeof known; i++)
        used +=
            snprintf(known + used, sizeof known - (size_t)used, ", %s", feeder->captured[i].name);
    for (const struct feeder *at = feeder; at; at = at->more)
        for (size_t i = 0; i < at->columns && used < (int)sizeof known; i++)
            used += snprintf(known + used, sizeof known - (size_t)used, ", %s", at->cells[i]);
    return err_set(err, ERR_USAGE, "{{%.*s}} is not known here: %s%s", (int)length, name, known,
                   feeder && feeder->rows ? "" : " (columns need a feeder)");
}

int feeder_captured(const struct feeder *feeder, const char *name, size_t length)
{
    for (unsigned i = 0; i < feeder->captured_count; i++)
        if (strlen(feeder->captured[i].name) == length &&
            !strncmp(feeder->captured[i].name, name, length))
            return (int)i;
    return -1;
}
