/* metrics.prom: the run's figures in OpenMetrics text, all gauges: a run is over when they are
 * read. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/text.h"
#include "report/writers.h"

static const struct metric {
    const char *path;  /* in result.json */
    const char *name;  /* after "rushproof_" */
    const char *label; /* 'class="accepted"', or NULL */
    double scale;      /* to the base unit: seconds, bytes, ratios */
    const char *help;  /* NULL: another sample of the metric before */
} metrics[] = {
    {"exit_code", "exit_code", NULL, 1, "Exit code of the run."},
    {"limit", "limit", NULL, 1, "Coupons that may be issued."},
    {"load.planned", "requests_planned", NULL, 1, "Requests that the scenario planned."},
    {"load.sent", "requests_sent", NULL, 1, "Requests that were released."},
    {"load.accepted", "requests", "class=\"accepted\"", 1, "Requests by what became of them."},
    {"load.rejected", "requests", "class=\"rejected\"", 1, NULL},
    {"load.limited", "requests", "class=\"limited\"", 1, NULL},
    {"load.failed", "requests", "class=\"failed\"", 1, NULL},
    {"load.unknown", "requests", "class=\"unknown\"", 1, NULL},
    {"load.skipped", "requests", "class=\"skipped\"", 1, NULL},
    {"load.spread_us", "release_spread_seconds", NULL, 1e-6, "First to last release."},
    {"load.floor_us", "release_floor_seconds", NULL, 1e-6,
     "Release spread that this machine managed beside the idle target."},
    {"load.smallest_window_ns", "race_window_seconds", NULL, 1e-9,
     "Check-then-act window that would have shown with 95 % probability, if the service works on "
     "requests as they arrive."},
    {"load.peak_in_flight", "peak_in_flight", NULL, 1, "Most requests out at one instant."},
    {"latency_us.p50", "latency_seconds", "quantile=\"0.5\"", 1e-6,
     "Latency from the scheduled start."},
    {"latency_us.p90", "latency_seconds", "quantile=\"0.9\"", 1e-6, NULL},
    {"latency_us.p99", "latency_seconds", "quantile=\"0.99\"", 1e-6, NULL},
    {"latency_us.max", "latency_seconds", "quantile=\"1\"", 1e-6, NULL},
    {"latency_us.sum", "latency_seconds_sum", NULL, 1e-6, NULL},
    {"latency_us.count", "latency_seconds_count", NULL, 1, NULL},
    {"rows.at_last_response", "rows", "at=\"last_response\"", 1, "Coupon rows."},
    {"rows.final", "rows", "at=\"verdict\"", 1, NULL},
    {"rows.max", "rows", "at=\"most\"", 1, NULL},
    {"drain.after_last_response_ms", "drain_after_last_response_seconds", NULL, 1e-3,
     "From the last response to the last row."},
    {"drain.verdict_delay_ms", "drain_verdict_delay_seconds", NULL, 1e-3,
     "From the last row to the decision."},
    {"database.transactions", "database_transactions", NULL, 1,
     "Transactions of the database from preflight to verdict."},
    {"database.peak_connections", "database_peak_connections", NULL, 1,
     "Most connections of the database at once."},
    {"database.wal_bytes", "database_wal_bytes", NULL, 1, "Write-ahead log written."},
};

static void write_labels(const struct run *run, const char *label, FILE *out)
{
    fputs("{scenario=\"", out);
    text_print(out, TEXT_LABEL, run->scenario ? run->scenario->name : "run");
    fprintf(out, "\"%s%s}", label ? "," : "", label ? label : "");
}

/* Quantiles make a summary; everything else is a gauge. */
static void write_head(const char *name, const char *help, const char *type, FILE *out)
{
    fprintf(out, "# HELP rushproof_%s %s\n# TYPE rushproof_%s %s\n", name, help, name, type);
}

static void write_sample(const struct run *run, const char *name, const char *label, double value,
                         FILE *out)
{
    fprintf(out, "rushproof_%s", name);
    write_labels(run, label, out);
    fprintf(out, " %.15g\n", value);
}

static bool is_summary(const struct metric *metric)
{
    return metric->label && !strncmp(metric->label, "quantile=", strlen("quantile="));
}

/* The head of a metric is written with its first sample that is known. */
static void write_table(const struct run *run, const json_t *result, FILE *out)
{
    const struct metric *due = NULL;
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const struct metric *metric = &metrics[i];
        if (metric->help)
            due = metric;
        const json_t *value = figure_find(result, metric->path);
        if (!value)
            continue;
        if (due)
            write_head(due->name, due->help, is_summary(due) ? "summary" : "gauge", out);
        due = NULL;
        write_sample(run, metric->name, metric->label, json_number_value(value) * metric->scale,
                     out);
    }
}

/* name="value", the value from outside. */
static const char *make_label(const char *name, const char *value, struct buf *label)
{
    buf_clear(label);
    buf_addf(label, "%s=\"", name);
    text_add(label, TEXT_LABEL, value);
    buf_adds(label, "\"");
    return buf_text(label);
}

/* check="sql", and name="…" for one of several. */
static const char *check_label(const struct finding *finding, struct buf *label)
{
    make_label("check", finding->check, label);
    if (finding->label[0]) {
        buf_adds(label, ",name=\"");
        text_add(label, TEXT_LABEL, finding->label);
        buf_adds(label, "\"");
    }
    return buf_text(label);
}

static void write_verdict(const struct run *run, FILE *out)
{
    char label[64];
    write_head("verdict", "1 for the verdict that the run came to, 0 for the others.", "gauge",
               out);
    for (int i = VERDICT_PASS; i <= VERDICT_FAIL; i++) {
        snprintf(label, sizeof label, "verdict=\"%s\"", verdict_name((enum verdict)i));
        write_sample(run, "verdict", label, (int)run->verdict == i, out);
    }
}

static void write_checks(const struct run *run, FILE *out)
{
    _cleanup_(buf_free) struct buf label;
    buf_init(&label, 1 << 16);
    if (!run->findings.count)
        return;
    write_head("check_passed", "1: the check passed; 0: it failed or is unknown.", "gauge", out);
    for (size_t i = 0; i < run->findings.count; i++) {
        write_sample(run, "check_passed", check_label(&run->findings.v[i], &label),
                     run->findings.v[i].verdict == VERDICT_PASS, out);
    }
    write_head("check_users", "Users, rows or records that the check names.", "gauge", out);
    for (size_t i = 0; i < run->findings.count; i++) {
        write_sample(run, "check_users", check_label(&run->findings.v[i], &label),
                     (double)run->findings.v[i].witnesses_count, out);
    }
}

static void write_bystander(const struct run *run, FILE *out)
{
    if (!run->bystander_count)
        return;
    write_head("bystander_latency_seconds", "Latency of another domain's transactions.", "summary",
               out);
    _cleanup_(buf_free) struct buf label;
    buf_init(&label, 1 << 16);
    for (unsigned i = 0; i < run->bystander_count; i++) {
        const struct bystander_period *period = &run->bystander[i];
        const struct {
            const char *quantile;
            ns_t span;
        } rows[] = {
            {"0.5", period->p50}, {"0.9", period->p90}, {"0.99", period->p99}, {"1", period->max}};
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            make_label("period", period->name, &label);
            buf_addf(&label, ",quantile=\"%s\"", rows[k].quantile);
            write_sample(run, "bystander_latency_seconds", buf_text(&label),
                         (double)rows[k].span / (double)NS_PER_S, out);
        }
        write_sample(run, "bystander_latency_seconds_count",
                     make_label("period", period->name, &label), (double)period->transactions, out);
    }
}

int metrics_write(const struct run *run, const json_t *result, FILE *out, struct err *err)
{
    (void)err;
    write_head("run_timestamp_seconds", "When the run began, since 1970.", "gauge", out);
    write_sample(run, "run_timestamp_seconds", NULL, (double)run->wall_start / (double)NS_PER_S,
                 out);
    write_verdict(run, out);
    write_checks(run, out);
    write_table(run, result, out);
    write_bystander(run, out);
    fputs("# EOF\n", out);
    return 0;
}
