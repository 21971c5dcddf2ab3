#include "report/past.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "report/result.h"

/* More than this is no measurement, and must not overflow a span. */
#define FIGURE_LIMIT 1e12

const struct past_figure_row past_figures[PAST_FIGURES] = {
    [PAST_SPREAD] = {{"load.spread_us", "release spread", FIGURE_US},
                     "how far apart the requests were let go: the machine's, not the service's",
                     false,
                     500},
    [PAST_LAST_ROW] = {{"drain.after_last_response_ms", "last row", FIGURE_MS},
                       "how long after the last response the last row came",
                       false,
                       2},
    [PAST_P50] = {{"latency_us.p50", "latency p50", FIGURE_US},
                  "what half of the users wait at most",
                  false,
                  500},
    [PAST_P99] = {{"latency_us.p99", "latency p99", FIGURE_US},
                  "what 99 of 100 users wait at most",
                  false,
                  1000},
    [PAST_TRANSACTIONS] = {{"database.transactions", "transactions a coupon", FIGURE_COUNT},
                           "of the database, while the run lasted",
                           true,
                           0.1},
    [PAST_LOG] = {{"database.wal_bytes", "write-ahead log a coupon", FIGURE_BYTES},
                  "bytes that the database wrote to its log",
                  true,
                  64},
};

const char *past_format(enum past_figure figure, double value, char *ret_text, size_t size)
{
    switch (past_figures[figure].figure.unit) {
    case FIGURE_US:
        return units_format_duration((ns_t)(value * (double)NS_PER_US), ret_text, size);
    case FIGURE_MS:
        return units_format_duration((ns_t)(value * (double)NS_PER_MS), ret_text, size);
    case FIGURE_BYTES:
        snprintf(ret_text, size, "%.0f B", value);
        return ret_text;
    default:
        snprintf(ret_text, size, "%.3g", value);
        return ret_text;
    }
}

/* ---- memory ---- */

static void free_run(struct past *run)
{
    for (size_t i = 0; i < run->checks_count; i++)
        free(run->checks[i].name);
    free(run->checks);
    free(run->scenario);
    free(run->dir);
}

void past_runs_free(struct past_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        free_run(&runs->v[i]);
    for (size_t i = 0; i < runs->troubles_count; i++) {
        free(runs->troubles[i].dir);
        free(runs->troubles[i].why);
    }
    free(runs->v);
    free(runs->troubles);
    *runs = (struct past_runs){0};
}

/* Room for one more item in an array that doubles. */
static int make_room(void *array, size_t count, size_t *room, size_t size, struct err *err)
{
    void **v = array;
    if (count < *room)
        return 0;
    size_t more = *room ? 2 * *room : 64;
    void *grown = reallocarray(*v, more, size);
    if (!grown)
        return err_set(err, ERR_MEMORY, "no memory for the runs of a directory");
    *v = grown;
    *room = more;
    return 0;
}

int past_runs_trouble(struct past_runs *runs, const char *dir, const char *why, struct err *err)
{
    int rc = make_room(&runs->troubles, runs->troubles_count, &runs->troubles_room,
                       sizeof *runs->troubles, err);
    if (rc)
        return rc;
    struct past_trouble trouble = {strdup(dir), strdup(why)};
    if (!trouble.dir || !trouble.why) {
        free(trouble.dir);
        free(trouble.why);
        return err_set(err, ERR_MEMORY, "no memory for the runs of a directory");
    }
    runs->troubles[runs->troubles_count++] = trouble;
    return 0;
}

/* ---- reading ---- */

static double number_at(const json_t *result, const char *path)
{
    const json_t *value = figure_find(result, path);
    double number = json_is_number(value) ? json_number_value(value) : NAN;
    return fabs(number) <= FIGURE_LIMIT ? number : NAN;
}

static void read_figures(const json_t *result, double *ret_figures)
{
    double rows = number_at(result, "rows.final");
    for (int i = 0; i < PAST_FIGURES; i++) {
        double value = number_at(result, past_figures[i].figure.path);
        if (past_figures[i].a_coupon)
            value = rows > 0 ? value / rows : NAN;
        ret_figures[i] = value < 0 ? 0 : value; /* a row before the last response is no delay */
    }
}

/* "sql: paid orders" */
static char *name_check(const json_t *check)
{
    const char *name = json_string_value(json_object_get(check, "name"));
    const char *label = json_string_value(json_object_get(check, "label"));
    char text[FINDING_NAME];
    snprintf(text, sizeof text, "%.60s%s%.90s", name ? name : "", label && *label ? ": " : "",
             label ? label : "");
    return strdup(text);
}

static int read_checks(const json_t *result, struct past *run)
{
    const json_t *checks = json_object_get(result, "checks");
    size_t count = json_array_size(checks);
    run->checks = calloc(count + 1, sizeof *run->checks);
    for (size_t i = 0; run->checks && i < count; i++) {
        const json_t *check = json_array_get(checks, i);
        const char *verdict = json_string_value(json_object_get(check, "verdict"));
        int found = verdict ? verdict_find(verdict) : -1;
        if (found < 0)
            continue;
        struct past_check *past = &run->checks[run->checks_count];
        *past = (struct past_check){name_check(check), (enum verdict)found};
        if (!past->name)
            return -(int)ERR_MEMORY;
        run->checks_count++;
    }
    return run->checks ? 0 : -(int)ERR_MEMORY;
}

static int64_t integer_at(const json_t *result, const char *key)
{
    const json_t *value = json_object_get(result, key);
    return json_is_integer(value) ? (int64_t)json_integer_value(value) : -1;
}

/* What a run is told by; NULL: it is one. */
static const char *find_fault(const json_t *result)
{
    const char *verdict = json_string_value(json_object_get(result, "verdict"));
    if (integer_at(result, "schema") != RESULT_SCHEMA_VERSION)
        return "result.json is of another version, or none";
    if (!verdict || verdict_find(verdict) < 0)
        return "result.json has no verdict";
    if (!json_is_string(json_object_get(result, "scenario")))
        return "result.json names no scenario";
    if (integer_at(result, "started_wall_ns") < 0)
        return "result.json does not say when the run was";
    return NULL;
}

int past_runs_add(struct past_runs *runs, const char *dir, bool has_page, const json_t *result,
                  struct err *err)
{
    const char *fault = find_fault(result);
    if (fault)
        return past_runs_trouble(runs, dir, fault, err);
    int rc = make_room(&runs->v, runs->count, &runs->room, sizeof *runs->v, err);
    if (rc)
        return rc;
    struct past run = {
        .scenario = strdup(json_string_value(json_object_get(result, "scenario"))),
        .dir = strdup(dir),
        .has_page = has_page,
        .started = integer_at(result, "started_wall_ns"),
        .round = integer_at(result, "round"),
        .attempt = integer_at(result, "attempt"),
        .verdict =
            (enum verdict)verdict_find(json_string_value(json_object_get(result, "verdict"))),
    };
    read_figures(result, run.figures);
    if (!run.scenario || !run.dir || read_checks(result, &run)) {
        free_run(&run);
        return err_set(err, ERR_MEMORY, "no memory for the runs of a directory");
    }
    runs->v[runs->count++] = run;
    return 0;
}

/* ---- their order ---- */

static int compare(const void *a, const void *b)
{
    const struct past *x = a, *y = b;
    int names = strcmp(x->scenario, y->scenario);
    if (names)
        return names;
    if (x->started != y->started)
        return x->started < y->started ? -1 : 1;
    return strcmp(x->dir, y->dir);
}

/* The burst was none, and the run was made again. */
static bool is_followed(const struct past *run, const struct past *next)
{
    return run->attempt >= 1 && next->attempt == run->attempt + 1 && next->round == run->round &&
           run->verdict == VERDICT_UNKNOWN && !strcmp(run->scenario, next->scenario);
}

void past_runs_sort(struct past_runs *runs)
{
    size_t kept = 0;
    if (runs->count)
        qsort(runs->v, runs->count, sizeof *runs->v, compare);
    for (size_t i = 0; i < runs->count; i++) {
        if (i + 1 < runs->count && is_followed(&runs->v[i], &runs->v[i + 1])) {
            free_run(&runs->v[i]);
            runs->attempts++;
            continue;
        }
        runs->v[kept++] = runs->v[i];
    }
    runs->count = kept;
}
