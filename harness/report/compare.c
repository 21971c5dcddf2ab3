/* Runs in one table: strategies beside each other, or one scenario over time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "report/figures.h"
#include "report/report.h"
#include "report/result.h"
#include "report/term.h"
#include "report/text.h"

enum { CELL_MAX = 512, CELL_WIDE = 28, RUNS_ABREAST_MARKDOWN = 6 };

/* ---- figures that need more than one value of result.json ---- */

/* Two short lines rather than one: what stands abreast has to be narrow. */
static bool show_date(const struct run *run, char *text, size_t size)
{
    char stamp[32];
    clock_format_utc(run->wall_start, stamp, sizeof stamp);
    snprintf(text, size, "%.10s", stamp);
    return run->wall_start != 0;
}

static bool show_time(const struct run *run, char *text, size_t size)
{
    char stamp[32];
    clock_format_utc(run->wall_start, stamp, sizeof stamp);
    snprintf(text, size, "%.8s", stamp + 11);
    return run->wall_start != 0;
}

static bool show_over(const struct run *run, char *text, size_t size)
{
    const struct rows *coupons = &run->evidence.coupons;
    int64_t over = (int64_t)coupons->count - (run->scenario ? run->scenario->limit : 0);
    snprintf(text, size, "%" PRId64, over > 0 ? over : 0);
    return coupons->known && !run->items;
}

/* A sum of the database's divided by the coupons that it bought. */
static bool show_per_coupon(const struct run *run, int64_t sum, bool bytes, char *text, size_t size)
{
    const struct rows *coupons = &run->evidence.coupons;
    if (sum == COUNT_UNKNOWN || !coupons->known || coupons->count == 0)
        return false;
    double share = (double)sum / (double)coupons->count;
    snprintf(text, size, bytes ? "%.0f B" : "%.3g", share);
    return true;
}

static bool show_transactions(const struct run *run, char *text, size_t size)
{
    return show_per_coupon(run, run->database.transactions, false, text, size);
}

static bool show_inserted(const struct run *run, char *text, size_t size)
{
    return show_per_coupon(run, run->database.rows_inserted, false, text, size);
}

static bool show_wal(const struct run *run, char *text, size_t size)
{
    return show_per_coupon(run, run->database.wal_bytes, true, text, size);
}

static bool show_rate(const struct run *run, char *text, size_t size)
{
    if (!run->tally.elapsed)
        return false;
    double rate = (double)run->tally.sent * (double)NS_PER_S / (double)run->tally.elapsed;
    snprintf(text, size, "%.0f/s", rate);
    return true;
}

static bool show_after(const struct run *run, char *text, size_t size)
{
    ns_t span;
    if (!result_after_last_response(run, &span))
        return false;
    if (span > 0)
        units_format_duration(span, text, size);
    else
        snprintf(text, size, "none");
    return true;
}

static bool show_bystander(const struct run *run, unsigned period, char *text, size_t size)
{
    if (period >= run->bystander_count || !run->bystander[period].transactions)
        return false;
    units_format_duration(run->bystander[period].p99, text, size);
    return true;
}

static bool show_bystander_before(const struct run *run, char *text, size_t size)
{
    return show_bystander(run, 0, text, size);
}

static bool show_bystander_during(const struct run *run, char *text, size_t size)
{
    return show_bystander(run, 1, text, size);
}

static bool show_bystander_after(const struct run *run, char *text, size_t size)
{
    return show_bystander(run, 2, text, size);
}

/* Names of the checks that did not pass. */
static bool show_failing(const struct run *run, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < run->findings.count && used < size; i++)
        if (run->findings.v[i].verdict != VERDICT_PASS)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                                     run->findings.v[i].check);
    return used > 0;
}

static const struct line {
    struct figure figure; /* label always; path when there is no show */
    bool (*show)(const struct run *run, char *text, size_t size);
} lines[] = {
    {{"scenario", "scenario", FIGURE_TEXT}, NULL},
    {{NULL, "date (UTC)", FIGURE_TEXT}, show_date},
    {{NULL, "time (UTC)", FIGURE_TEXT}, show_time},
    {{"verdict", "verdict", FIGURE_TEXT}, NULL},
    {{NULL, "not passed", FIGURE_TEXT}, show_failing},
    {{"limit", "limit", FIGURE_COUNT}, NULL},
    {{"load.sent", "requests", FIGURE_COUNT}, NULL},
    {{"load.accepted", "accepted", FIGURE_COUNT}, NULL},
    {{"rows.final", "coupons", FIGURE_COUNT}, NULL},
    {{NULL, "over-issued", FIGURE_COUNT}, show_over},
    {{NULL, "requests/s", FIGURE_TEXT}, show_rate},
    {{"latency_us.p50", "latency p50", FIGURE_US}, NULL},
    {{"latency_us.p99", "latency p99", FIGURE_US}, NULL},
    {{"latency_us.max", "latency max", FIGURE_US}, NULL},
    {{NULL, "last row after the answers", FIGURE_TEXT}, show_after},
    {{"database.peak_connections", "db peak connections", FIGURE_COUNT}, NULL},
    {{NULL, "db transactions/coupon", FIGURE_TEXT}, show_transactions},
    {{NULL, "db rows inserted/coupon", FIGURE_TEXT}, show_inserted},
    {{NULL, "db WAL/coupon", FIGURE_TEXT}, show_wal},
    {{NULL, "bystander p99 before", FIGURE_TEXT}, show_bystander_before},
    {{NULL, "bystander p99 during", FIGURE_TEXT}, show_bystander_during},
    {{NULL, "bystander p99 after", FIGURE_TEXT}, show_bystander_after},
};
enum { LINES = sizeof lines / sizeof *lines };

/* ---- the table: first row and first column are heads ---- */

struct grid {
    size_t rows, columns;
    char (*cells)[CELL_MAX];
};

static char *cell(const struct grid *grid, size_t row, size_t column)
{
    return grid->cells[row * grid->columns + column];
}

static int fill_run(struct grid *grid, size_t column, const struct run *run, struct err *err)
{
    json_t *result = NULL;
    int rc = result_make(run, &result, err);
    for (size_t i = 0; !rc && i < LINES; i++) {
        char *text = cell(grid, i, column);
        bool known = lines[i].show ? lines[i].show(run, text, CELL_MAX)
                                   : figure_format(result, &lines[i].figure, text, CELL_MAX);
        if (!known)
            text[0] = '\0';
    }
    json_decref(result);
    return rc;
}

/* Leaves out the lines that no run has anything to say to. */
static void drop_empty(struct grid *grid)
{
    size_t kept = 0;
    for (size_t row = 0; row < grid->rows; row++) {
        bool empty = true;
        for (size_t column = 1; column < grid->columns; column++)
            empty &= !*cell(grid, row, column);
        if (empty)
            continue;
        memmove(cell(grid, kept++, 0), cell(grid, row, 0), grid->columns * CELL_MAX);
    }
    grid->rows = kept;
}

static int transpose(struct grid *grid, struct err *err)
{
    struct grid turned = {.rows = grid->columns, .columns = grid->rows};
    turned.cells = calloc(turned.rows * turned.columns, CELL_MAX);
    if (!turned.cells)
        return err_set(err, ERR_MEMORY, "no memory for the comparison");
    for (size_t row = 0; row < turned.rows; row++)
        for (size_t column = 0; column < turned.columns; column++)
            memcpy(cell(&turned, row, column), cell(grid, column, row), CELL_MAX);
    free(grid->cells);
    *grid = turned;
    return 0;
}

/* The next line of a cell: words as far as there is room, one at least. Returns its bytes. */
static size_t next_line(const char *text, int columns)
{
    size_t fits = strcspn(text, " ");
    for (size_t end = fits; text[end];) {
        end += 1 + strcspn(text + end + 1, " ");
        char line[CELL_MAX];
        snprintf(line, sizeof line, "%.*s", (int)end, text);
        if (text_columns(line) > columns)
            break;
        fits = end;
    }
    return fits;
}

/* Takes a line off the cell, into ret_line. */
static const char *take_line(const char *text, int columns, char ret_line[static CELL_MAX])
{
    size_t bytes = next_line(text, columns);
    snprintf(ret_line, CELL_MAX, "%.*s", (int)bytes, text);
    return text + bytes + (text[bytes] == ' ');
}

/* Long cells are broken between words, never within one. */
static int width_of(const struct grid *grid, size_t column)
{
    int width = 3;
    for (size_t row = 0; row < grid->rows; row++) {
        char line[CELL_MAX];
        for (const char *at = cell(grid, row, column); *at;) {
            at = take_line(at, CELL_WIDE, line);
            int columns = text_columns(line);
            width = columns > width ? columns : width;
        }
    }
    return width;
}

/* The first column reads from the left, figures from the right. */
static void print_cell(size_t column, const char *text, int width, FILE *out)
{
    int gap = width - text_columns(text);
    if (column > 0)
        fprintf(out, "%*s", gap + 2, "");
    text_print(out, TEXT_TERMINAL, text);
    if (column == 0)
        fprintf(out, "%*s", gap, "");
}

/* Its first line; what is left of each cell is the next one's. False: there is none. */
static bool print_line(const struct grid *grid, const int *widths, const char **left, FILE *out)
{
    bool more = false;
    for (size_t column = 0; column < grid->columns; column++) {
        char line[CELL_MAX];
        left[column] = take_line(left[column], CELL_WIDE, line);
        print_cell(column, line, widths[column], out);
        more |= *left[column] != '\0';
    }
    fputc('\n', out);
    return more;
}

static int print_terminal(const struct grid *grid, FILE *out, struct err *err)
{
    _cleanup_free_ int *widths = calloc(grid->columns, sizeof *widths);
    _cleanup_free_ const char **left = calloc(grid->columns, sizeof(const char *));
    if (!widths || !left)
        return err_set(err, ERR_MEMORY, "no memory for the comparison");
    for (size_t column = 0; column < grid->columns; column++)
        widths[column] = width_of(grid, column);
    for (size_t row = 0; row < grid->rows; row++) {
        for (size_t column = 0; column < grid->columns; column++) {
            const char *text = cell(grid, row, column);
            left[column] = *text ? text : "-";
        }
        while (print_line(grid, widths, left, out))
            ;
    }
    return 0;
}

static void print_markdown(const struct grid *grid, FILE *out)
{
    for (size_t row = 0; row < grid->rows; row++) {
        for (size_t column = 0; column < grid->columns; column++) {
            fputs("| ", out);
            text_print(out, TEXT_MARKDOWN, cell(grid, row, column));
            fputc(' ', out);
        }
        fputs("|\n", out);
        for (size_t column = 0; row == 0 && column < grid->columns; column++)
            fputs(column ? "|---:" : "|---", out);
        fputs(row == 0 ? "|\n" : "", out);
    }
}

static int total_width(const struct grid *grid)
{
    int width = 0;
    for (size_t column = 0; column < grid->columns; column++)
        width += width_of(grid, column) + 2;
    return width - 2;
}

/* Runs are columns as long as they fit abreast, or as rows would be wider still. */
static int orient(struct grid *grid, bool markdown, int columns, struct err *err)
{
    size_t runs = grid->columns - 1;
    int abreast = total_width(grid);
    if (markdown ? runs <= RUNS_ABREAST_MARKDOWN : abreast <= columns)
        return 0;
    int rc = transpose(grid, err);
    return !rc && !markdown && total_width(grid) > abreast ? transpose(grid, err) : rc;
}

int report_compare(const struct run *const *runs, size_t count, bool markdown, FILE *out,
                   struct err *err)
{
    struct grid grid = {.rows = LINES, .columns = count + 1};
    grid.cells = calloc(grid.rows * grid.columns, CELL_MAX);
    if (!grid.cells)
        return err_set(err, ERR_MEMORY, "no memory for the comparison");
    int rc = 0;
    for (size_t i = 0; i < LINES; i++)
        snprintf(cell(&grid, i, 0), CELL_MAX, "%s", lines[i].figure.label);
    for (size_t i = 0; !rc && i < count; i++)
        rc = fill_run(&grid, i + 1, runs[i], err);
    drop_empty(&grid);
    if (!rc)
        rc = orient(&grid, markdown, term_columns(out), err);
    if (!rc && markdown)
        print_markdown(&grid, out);
    else if (!rc)
        rc = print_terminal(&grid, out, err);
    free(grid.cells);
    return rc;
}
