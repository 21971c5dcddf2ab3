/* links: report model PkgConfig::JANSSON */
/* Trends: what is told of a scenario's runs beside each other. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/trend.h"

/* A run a letter: P passed, F failed and U unknown by the check lost, N without that check. */
static struct past *make_runs(const char *letters)
{
    size_t count = strlen(letters);
    struct past *runs = calloc(count + 1, sizeof *runs);
    for (size_t i = 0; i < count; i++) {
        enum verdict verdict = letters[i] == 'F'   ? VERDICT_FAIL
                               : letters[i] == 'U' ? VERDICT_UNKNOWN
                                                   : VERDICT_PASS;
        runs[i] = (struct past){.scenario = "kafka", .started = (int64_t)i, .verdict = verdict};
        for (int k = 0; k < PAST_FIGURES; k++)
            runs[i].figures[k] = NAN;
        if (letters[i] == 'N')
            continue;
        runs[i].checks = calloc(1, sizeof *runs[i].checks);
        runs[i].checks[0] = (struct past_check){"lost", verdict};
        runs[i].checks_count = 1;
    }
    return runs;
}

static struct trend *trend_of(struct past *runs, size_t count)
{
    static struct trend trend;
    trend_make(runs, count, &trend);
    return &trend;
}

static void free_runs(struct past *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(runs[i].checks);
    free(runs);
}

static void expect_flaky(const char *letters, bool flaky, size_t since)
{
    size_t count = strlen(letters);
    struct past *runs = make_runs(letters);
    const struct trend *trend = trend_of(runs, count);
    cr_expect_eq(trend->flaky_count, flaky, "%s", letters);
    cr_expect_eq(trend->since, since, "%s: since %zu", letters, trend->since);
    free_runs(runs, count);
}

Test(trend, a_check_is_flaky_when_it_comes_and_goes_within_three_runs)
{
    expect_flaky("PPPPPP", false, 6);
    expect_flaky("PPFPPP", true, 6);
    expect_flaky("PPFFFP", true, 6);
    expect_flaky("PPFFFFP", false, 7); /* that is a fault, and its mending */
    expect_flaky("PPPFFF", false, 3);  /* it has not come back */
    expect_flaky("FFFPPP", false, 6);  /* nor had it passed before */
    expect_flaky("PUP", true, 3);
    expect_flaky("PFNNP", true, 5); /* runs that did not make it say nothing */
    expect_flaky("PFPFFFF", true, 3);
    expect_flaky("F", false, 0);
}

Test(trend, its_counts_are_told)
{
    struct past *runs = make_runs("PFPUPN");
    const struct trend *trend = trend_of(runs, 6);
    cr_assert_eq(trend->flaky_count, 1);
    const struct trend_flaky *flaky = &trend->flaky[0];
    cr_expect_str_eq(flaky->check, "lost");
    cr_expect(flaky->made == 5 && flaky->failed == 1 && flaky->unknown == 1 && flaky->last == 3);
    cr_expect(trend->passed == 4 && trend->failed == 1 && trend->unknown == 1);
    free_runs(runs, 6);
}

/* A step in p99 at run 20 of 40, of which the odd ones do not tell it; by so much. */
static unsigned changes_of(double before, double after, struct trend_change *ret_change)
{
    struct past *runs = make_runs("PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP");
    for (size_t i = 0; i < 40; i += 2)
        runs[i].figures[PAST_P99] = (i < 20 ? before : after) * (1 + 0.001 * (double)(i % 6));
    const struct trend *trend = trend_of(runs, 40);
    const struct trend_figure *figure = &trend->figures[PAST_P99];
    cr_expect_eq(figure->known, 20);
    cr_expect_eq(figure->levels_count, 1, "%f to %f", before, after);
    *ret_change = figure->v[0];
    unsigned count = figure->count;
    free_runs(runs, 40);
    return count;
}

Test(trend, a_shift_is_told_when_it_is_of_a_tenth_and_above_the_floor)
{
    struct trend_change change;
    cr_assert_eq(changes_of(40000, 60000, &change), 1);
    cr_expect(change.at == 20 && change.worse && change.lasts);
    cr_expect_float_eq(change.before, 40080, 200);
    cr_expect_float_eq(change.after, 60120, 300);
    cr_assert_eq(changes_of(60000, 40000, &change), 1);
    cr_expect(!change.worse);
    cr_expect_eq(changes_of(40000, 42000, &change), 0, "a twentieth");
    cr_expect_eq(changes_of(100, 400, &change), 0, "microseconds are nobody's concern");
}

/* ---- what is taken of a result.json ---- */

static void add(struct past_runs *runs, const char *text)
{
    struct err err = {0};
    json_error_t where;
    json_t *result = json_loads(text, JSON_DECODE_ANY, &where);
    cr_assert(result, "%s", where.text);
    cr_assert_eq(past_runs_add(runs, "kafka/20261126T163222.699Z", true, result, &err), 0);
    json_decref(result);
}

Test(past, figures_are_taken_as_they_can_be_shown)
{
    struct past_runs runs = {0};
    add(&runs, "{\"schema\": 1, \"scenario\": \"kafka\", \"verdict\": \"fail\", \"round\": 1,"
               " \"started_wall_ns\": 5, \"attempt\": 1, \"rows\": {\"final\": 100},"
               " \"latency_us\": {\"p50\": 9e300, \"p99\": 1234},"
               " \"drain\": {\"after_last_response_ms\": -3.5}, \"load\": {\"spread_us\": \"x\"},"
               " \"database\": {\"transactions\": 250, \"wal_bytes\": null},"
               " \"checks\": [{\"name\": \"sql\", \"label\": \"orders\", \"verdict\": \"fail\"},"
               " {\"name\": \"x\", \"verdict\": \"odd\"}, 7]}");
    cr_assert_eq(runs.count, 1);
    const struct past *run = &runs.v[0];
    cr_expect_float_eq(run->figures[PAST_P99], 1234, 0.1);
    cr_expect(isnan(run->figures[PAST_P50]) && isnan(run->figures[PAST_SPREAD]));
    cr_expect_float_eq(run->figures[PAST_LAST_ROW], 0, 1e-9);
    cr_expect_float_eq(run->figures[PAST_TRANSACTIONS], 2.5, 1e-9);
    cr_expect(isnan(run->figures[PAST_LOG]));
    cr_assert_eq(run->checks_count, 1);
    cr_expect_str_eq(run->checks[0].name, "sql: orders");
    past_runs_free(&runs);
}

Test(past, what_is_no_result_is_a_trouble)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "7",
        "{\"schema\": 2}",
        "{\"schema\": 1, \"verdict\": \"good\"}",
        "{\"schema\": 1, \"verdict\": \"pass\"}",
        "{\"schema\": 1, \"verdict\": \"pass\", \"scenario\": \"x\", \"started_wall_ns\": -1}"};
    struct past_runs runs = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        add(&runs, texts[i]);
    cr_expect_eq(runs.count, 0);
    cr_expect_eq(runs.troubles_count, sizeof texts / sizeof *texts);
    past_runs_free(&runs);
}
