/* index.html: all runs of a directory, a scenario a section. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/html_inside.h"
#include "report/html_trend.h"
#include "report/page.h"
#include "report/report.h"
#include "report/text.h"

enum { STRIP = 30, TROUBLES_SHOWN = 20 };

/* The scenarios of past_runs, one after the other. */
struct scenarios {
    struct trend *v; /* owned */
    size_t count;
};

static void free_scenarios(struct scenarios *scenarios)
{
    free(scenarios->v);
}

static int make_scenarios(const struct past_runs *runs, struct scenarios *ret, struct err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < runs->count; i += trend_length(runs->v + i, runs->count - i))
        count++;
    ret->v = calloc(count + 1, sizeof *ret->v);
    if (!ret->v)
        return err_set(err, ERR_MEMORY, "no memory for the trends of %zu scenarios", count);
    for (size_t i = 0; i < runs->count;) {
        size_t length = trend_length(runs->v + i, runs->count - i);
        trend_make(runs->v + i, length, &ret->v[ret->count++]);
        i += length;
    }
    return 0;
}

/* ---- what is worth a look ---- */

static size_t begin_note(const struct trend *trend, const char *cls, size_t noted, FILE *out)
{
    fprintf(out, "<li class=\"%s\">", cls);
    html_element(out, "b", NULL, trend->v->scenario);
    fputc(' ', out);
    return noted + 1;
}

static size_t note_verdict(const struct trend *trend, size_t noted, FILE *out)
{
    char when[TREND_WHEN];
    size_t runs = trend->count - trend->since;
    bool failed = false;
    for (size_t i = trend->since; i < trend->count; i++)
        failed |= trend->v[i].verdict == VERDICT_FAIL;
    if (!runs)
        return noted;
    noted = begin_note(trend, failed ? "bad" : "warn", noted, out);
    fprintf(out, "has not passed since %s (%zu run%s)</li>\n",
            trend_when(&trend->v[trend->since], when, sizeof when), runs, runs == 1 ? "" : "s");
    return noted;
}

static size_t note_changes(const struct trend *trend, size_t noted, FILE *out)
{
    char text[TREND_SENTENCE];
    for (int i = 0; i < PAST_FIGURES; i++) {
        const struct trend_figure *figure = &trend->figures[i];
        const struct trend_change *last = figure->count ? &figure->v[figure->count - 1] : NULL;
        if (!last || !last->lasts || !last->worse)
            continue;
        noted = begin_note(trend, "warn", noted, out);
        html_figure(out, "span", NULL,
                    trend_describe(trend, (enum past_figure)i, last, text, sizeof text));
        fputs("</li>\n", out);
    }
    return noted;
}

static void put_flaky(const struct trend *trend, const struct trend_flaky *flaky, FILE *out)
{
    char when[TREND_WHEN];
    fputs("the check ", out);
    html_element(out, "span", "name", flaky->check);
    fprintf(out, " comes and goes: of %zu runs it failed in %zu and was unknown in %zu, last on %s",
            flaky->made, flaky->failed, flaky->unknown,
            trend_when(&trend->v[flaky->last], when, sizeof when));
}

static size_t note_flaky(const struct trend *trend, size_t noted, FILE *out)
{
    for (unsigned i = 0; i < trend->flaky_count; i++) {
        noted = begin_note(trend, "warn", noted, out);
        put_flaky(trend, &trend->flaky[i], out);
        fputs("</li>\n", out);
    }
    return noted;
}

static void put_notes(const struct scenarios *scenarios, FILE *out)
{
    size_t noted = 0;
    fputs("<ul class=\"notes\">\n", out);
    for (size_t i = 0; i < scenarios->count; i++)
        noted = note_verdict(&scenarios->v[i], noted, out);
    for (size_t i = 0; i < scenarios->count; i++)
        noted = note_changes(&scenarios->v[i], noted, out);
    for (size_t i = 0; i < scenarios->count; i++)
        noted = note_flaky(&scenarios->v[i], noted, out);
    if (!noted)
        fputs("<li class=\"quiet\">Every scenario passed when it was run last, no figure has got "
              "worse, no check comes and goes.</li>\n",
              out);
    fputs("</ul>\n", out);
}

/* ---- all scenarios ---- */

static void put_marked(const struct trend *trend, FILE *out)
{
    size_t worse = 0, better = 0;
    for (int i = 0; i < PAST_FIGURES; i++)
        for (unsigned k = 0; k < trend->figures[i].count; k++) {
            worse += trend->figures[i].v[k].worse;
            better += !trend->figures[i].v[k].worse;
        }
    fprintf(out, "<td class=\"n\">%zu</td><td class=\"n\">%zu</td><td class=\"n\">%u</td>", worse,
            better, trend->flaky_count);
}

static void put_scenario_row(const struct trend *trend, size_t number, FILE *out)
{
    const struct past *last = &trend->v[trend->count - 1];
    char when[TREND_WHEN];
    fprintf(out, "<tr><td class=\"name\"><a href=\"#s%zu\">", number);
    text_print(out, TEXT_HTML, last->scenario);
    fprintf(out,
            "</a></td><td class=\"when\">%s</td><td class=\"mark %s\">%s</td><td class=\"n\">%zu "
            "of %zu</td>",
            trend_when(last, when, sizeof when), verdict_name(last->verdict),
            verdict_name(last->verdict), trend->passed, trend->count);
    fputs("<td class=\"recent\">", out);
    html_strip(trend, STRIP, out);
    fputs("</td>", out);
    put_marked(trend, out);
    fputs("</tr>\n", out);
}

static void put_overview(const struct scenarios *scenarios, FILE *out)
{
    fputs("<section id=\"scenarios\"><h2>Scenarios</h2>", out);
    html_scroll(out, "whole", "Scenarios", "");
    fputs("<table><thead><tr><th>scenario</th><th>last run (UTC)</th><th>verdict</th>"
          "<th class=\"n\">passed</th><th>the last runs</th><th class=\"n\">got worse</th>"
          "<th class=\"n\">got better</th><th class=\"n\">flaky</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < scenarios->count; i++)
        put_scenario_row(&scenarios->v[i], i, out);
    fputs("</tbody></table></div></section>\n", out);
}

static void put_scenario(const struct trend *trend, size_t number, FILE *out)
{
    fprintf(out, "<section id=\"s%zu\" class=\"long scenario\">", number);
    html_element(out, "h2", NULL, trend->v->scenario);
    fprintf(out, "<p>%zu run%s: %zu passed, %zu failed, %zu unknown.</p>\n", trend->count,
            trend->count == 1 ? "" : "s", trend->passed, trend->failed, trend->unknown);
    html_strip(trend, trend->count, out);
    if (trend->flaky_count)
        fputs("<ul class=\"notes\">", out);
    for (unsigned i = 0; i < trend->flaky_count; i++) {
        fputs("<li class=\"warn\"><b>flaky</b> ", out);
        put_flaky(trend, &trend->flaky[i], out);
        fputs("</li>\n", out);
    }
    fputs(trend->flaky_count ? "</ul>\n" : "", out);
    html_trend_charts(trend, out);
    html_past_runs(trend, out);
    fputs("</section>\n", out);
}

/* ---- what is not in it, and how it was made ---- */

static void put_left_out(const struct past_runs *runs, FILE *out)
{
    if (!runs->troubles_count && !runs->older && !runs->explorations && !runs->attempts)
        return;
    fputs("<section id=\"left-out\"><h2>Left out</h2><ul>\n", out);
    if (runs->older)
        fprintf(out, "<li>%zu older runs: the newest are shown</li>\n", runs->older);
    if (runs->explorations)
        fprintf(out,
                "<li>%zu of <code>rushproof explore</code>: what holds answers back has no "
                "figures of the service's own</li>\n",
                runs->explorations);
    if (runs->attempts)
        fprintf(out, "<li>%zu attempts that were no bursts and were made again</li>\n",
                runs->attempts);
    for (size_t i = 0; i < runs->troubles_count && i < TROUBLES_SHOWN; i++) {
        fputs("<li>", out);
        html_element(out, "code", NULL, runs->troubles[i].dir);
        fputs(": ", out);
        text_print(out, TEXT_HTML, runs->troubles[i].why);
        fputs("</li>\n", out);
    }
    if (runs->troubles_count > TROUBLES_SHOWN)
        fprintf(out, "<li>and %zu more like these</li>\n", runs->troubles_count - TROUBLES_SHOWN);
    fputs("</ul></section>\n", out);
}

static size_t count_series(const struct scenarios *scenarios)
{
    size_t series = 0;
    for (size_t i = 0; i < scenarios->count; i++)
        for (int k = 0; k < PAST_FIGURES; k++)
            series += scenarios->v[i].figures[k].known >= CHANGE_SERIES_MIN;
    return series;
}

static void put_method(const struct scenarios *scenarios, FILE *out)
{
    size_t series = count_series(scenarios);
    fprintf(
        out,
        "<section id=\"method\"><h2>How changes are marked</h2>"
        "<p>A figure got worse or better where its level shifts: the greatest standardised "
        "Mann-Whitney statistic over all places to cut (Hawkins and Deng 2010), if at most 9 of "
        "999 random orders of the same runs reach it. Of 100 series that do not change at most 1 "
        "is marked by chance, whatever its values look like, as long as runs do not depend on one "
        "another; a machine that is busy for an hour makes neighbours alike, and marks more. This "
        "page looks at %zu series of at least %d runs. The line through the dots is the median "
        "between two shifts; shifts of less than a tenth are not told.</p>"
        "<p>A check is flaky when it did not pass for at most %d runs in a row, and did before and "
        "after. One that failed is no noise for that: whom it names was seen in the stores. "
        "<code>rushproof explore</code> makes a race certain that shows now and then.</p>"
        "</section>\n",
        series, CHANGE_SERIES_MIN, TREND_STRETCH);
}

/* ---- the page ---- */

static void put_head(const struct past_runs *runs, const struct scenarios *scenarios,
                     const char *root, FILE *out)
{
    const struct past *first = runs->v, *last = runs->v;
    char from[TREND_WHEN], to[TREND_WHEN];
    for (size_t i = 0; i < runs->count; i++) {
        first = runs->v[i].started < first->started ? &runs->v[i] : first;
        last = runs->v[i].started > last->started ? &runs->v[i] : last;
    }
    fprintf(out, "<p class=\"kicker\">rushproof · %zu run%s of %zu scenario%s · %s to %s UTC</p>",
            runs->count, runs->count == 1 ? "" : "s", scenarios->count,
            scenarios->count == 1 ? "" : "s", trend_when(first, from, sizeof from),
            trend_when(last, to, sizeof to));
    fputs("<h1>Runs in ", out);
    text_print(out, TEXT_HTML, root);
    fputs("</h1>\n", out);
}

int report_write_index(const struct past_runs *runs, const char *root, FILE *out, struct err *err)
{
    _cleanup_(free_scenarios) struct scenarios scenarios = {0};
    int rc = make_scenarios(runs, &scenarios, err);
    if (rc)
        return rc;
    html_piece(INDEX_BEFORE_TITLE, out);
    fputs("Runs in ", out);
    text_print(out, TEXT_HTML, root);
    html_piece(INDEX_BEFORE_BODY, out);
    fputs("<main>\n", out);
    put_head(runs, &scenarios, root, out);
    put_notes(&scenarios, out);
    put_overview(&scenarios, out);
    for (size_t i = 0; i < scenarios.count; i++)
        put_scenario(&scenarios.v[i], i, out);
    put_left_out(runs, out);
    put_method(&scenarios, out);
    fputs("</main>\n", out);
    html_piece(INDEX_END, out);
    return 0;
}
