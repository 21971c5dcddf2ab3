/* links: report plant scenario model */
/* Runs in one table. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "plant.h"
#include "report/report.h"
#include "scenario/scenario.h"

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

static char *compare_kinds(const char *const kinds[2], bool markdown, size_t count)
{
    static struct run runs[20];
    const struct run *borrowed[20];
    struct scenario *scenarios[20] = {0};
    struct err err = {0};
    char *text = NULL;
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(plant_run(kinds[i % 2], 0, &runs[i], &scenarios[i], &err), 0);
        borrowed[i] = &runs[i];
    }
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(report_compare(borrowed, count, markdown, out, &err), 0, "%s", err.message);
    fclose(out);
    for (size_t i = 0; i < count; i++)
        plant_free(&runs[i], scenarios[i]);
    return text;
}

static char *compare(bool markdown, size_t count)
{
    static const char *const kinds[] = {"pass", "faults"};
    return compare_kinds(kinds, markdown, count);
}

/* A line that reads so when runs of blanks are one. */
static void expect_line(const char *text, const char *wanted)
{
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n"), used = 0;
        char plain[512];
        for (size_t i = 0; i < length && used < sizeof plain - 1; i++)
            if (line[i] != ' ' || (i && line[i - 1] != ' '))
                plain[used++] = line[i];
        plain[used] = '\0';
        if (!strcmp(plain, wanted))
            return;
        line += length + (line[length] == '\n');
    }
    cr_expect_fail("no line '%s' in\n%s", wanted, text);
}

/* Checks that did not pass, and names of scenarios, are many words: broken between them, never cut.
 */
Test(compare, no_word_is_cut)
{
    static const char *const long_one[] = {"stalled", "fail24"};
    _cleanup_free_ char *text = compare_kinds(long_one, false, 2);
    struct run run;
    struct scenario *scenario = NULL;
    cr_assert_eq(plant_run("stalled", 0, &run, &scenario, &(struct err){0}), 0);
    for (size_t i = 0; i < run.findings.count; i++)
        if (run.findings.v[i].verdict != VERDICT_PASS)
            cr_expect(strstr(text, run.findings.v[i].check), "no %s in\n%s",
                      run.findings.v[i].check, text);
    plant_free(&run, scenario);
}

Test(compare, runs_stand_abreast_and_figures_are_rows)
{
    setenv("COLUMNS", "120", 1);
    _cleanup_free_ char *text = compare(false, 2);
    cr_expect(strstr(text, "db transactions/coupon"));
    expect_line(text, "bystander p99 during - 11.8 ms");
    expect_line(text, "over-issued 0 0");
    expect_line(text, "last row after the answers none none");
    cr_expect_null(strstr(text, "not passed"),
                   "a line that no run has anything to say to is left out");
}

Test(compare, many_runs_become_rows)
{
    setenv("COLUMNS", "80", 1);
    _cleanup_free_ char *text = compare(false, 20);
    cr_expect_eq(count_of(text, "\n"), 21, "a head and twenty runs");
    _cleanup_free_ char *markdown = compare(true, 2);
    cr_expect(!strncmp(markdown, "| scenario | kafka | consumer-kill |\n|---|---:|---:|\n", 52),
              "%.80s", markdown);
}
