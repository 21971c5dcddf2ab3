#include "report/regress.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "model/finding.h"
#include "report/figures.h"

enum { SIDE_MAX = 256 };

/* What more of is worse. Differences below the floor are noise of any machine. */
static const struct {
    struct figure figure;
    double floor;
} rows[] = {
    {{"latency_us.p50", "latency p50", FIGURE_US}, 5000},
    {{"latency_us.p99", "latency p99", FIGURE_US}, 10000},
    {{"drain.after_last_response_ms", "last row after the last response", FIGURE_MS}, 20},
    {{"database.transactions", "transactions of the database", FIGURE_COUNT}, 20},
    {{"database.wal_bytes", "write-ahead log", FIGURE_BYTES}, 65536},
    {{"load.failed", "failed requests", FIGURE_COUNT}, 0},
    {{"load.unknown", "requests without a decision", FIGURE_COUNT}, 0},
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* False: none of the runs tells it. */
static bool median(const struct regress_side *side, const char *path, double *ret_value)
{
    double values[SIDE_MAX];
    size_t count = 0;
    for (size_t i = 0; i < side->count && count < SIDE_MAX; i++) {
        const json_t *value = figure_find(side->results[i], path);
        if (json_is_number(value))
            values[count++] = json_number_value(value);
    }
    if (!count)
        return false;
    qsort(values, count, sizeof *values, by_value);
    *ret_value = count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
    return true;
}

static const char *format(double value, enum figure_unit unit, char *text, size_t size)
{
    if (unit == FIGURE_US || unit == FIGURE_MS)
        return units_format_duration(
            (ns_t)(value * (double)(unit == FIGURE_US ? NS_PER_US : NS_PER_MS)), text, size);
    snprintf(text, size, "%.0f", value);
    return text;
}

/* Unknown is worse than a pass, and a fail worse than both. */
static enum verdict worst(const struct regress_side *side)
{
    enum verdict verdict = VERDICT_PASS;
    for (size_t i = 0; i < side->count; i++) {
        const char *name = json_string_value(figure_find(side->results[i], "verdict"));
        int found = name ? verdict_find(name) : -1;
        verdict = verdict_merge(verdict, found < 0 ? VERDICT_UNKNOWN : (enum verdict)found);
    }
    return verdict;
}

static void print_row(const char *label, const char *before, const char *now, bool worse, FILE *out)
{
    fprintf(out, "%-7s %-34s %12s  %12s\n", worse ? "WORSE" : "", label, before, now);
}

size_t regress_print(const struct regress_side *before, const struct regress_side *now,
                     double noise, FILE *out)
{
    enum verdict was = worst(before), is = worst(now);
    size_t worse = is > was;
    print_row("", "before", "now", false, out);
    print_row("verdict", verdict_name(was), verdict_name(is), is > was, out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double old, new;
        char old_text[32], new_text[32];
        if (!median(before, rows[i].figure.path, &old) || !median(now, rows[i].figure.path, &new))
            continue;
        double allowed = fmax(fabs(old) * noise / 100, rows[i].floor);
        bool beyond = new - old > allowed;
        worse += beyond;
        print_row(rows[i].figure.label, format(old, rows[i].figure.unit, old_text, sizeof old_text),
                  format(new, rows[i].figure.unit, new_text, sizeof new_text), beyond, out);
    }
    fprintf(out, "%zu worse by more than %.0f %%, medians of %zu and %zu run%s\n", worse, noise,
            before->count, now->count, now->count == 1 ? "" : "s");
    return worse;
}
