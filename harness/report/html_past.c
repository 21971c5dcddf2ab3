/* All runs of a scenario as a table: everything that the pictures of html_trend.c show. */
#include <math.h>
#include <string.h>

#include "report/html_inside.h"
#include "report/html_trend.h"
#include "report/text.h"

enum { NAMED = 3 };

static void put_when(const struct past *run, FILE *out)
{
    char when[TREND_WHEN];
    trend_when(run, when, sizeof when);
    if (!run->has_page) {
        fprintf(out, "<td class=\"when\">%s</td>", when);
        return;
    }
    fputs("<td class=\"when\"><a href=\"", out);
    html_address(out, run->dir);
    fprintf(out, "/report.html\">%s</a></td>", when);
}

static void put_failing(const struct past *run, FILE *out)
{
    size_t named = 0;
    fputs("<td>", out);
    for (size_t i = 0; i < run->checks_count; i++) {
        if (run->checks[i].verdict == VERDICT_PASS || named++ >= NAMED)
            continue;
        fputs(named > 1 ? ", " : "", out);
        text_print(out, TEXT_HTML, run->checks[i].name);
    }
    if (named > NAMED)
        fprintf(out, " and %zu more", named - NAMED);
    fputs("</td>", out);
}

static void put_run(const struct past *run, FILE *out)
{
    const char *verdict = verdict_name(run->verdict);
    char text[64];
    fputs("<tr>", out);
    put_when(run, out);
    fprintf(out, "<td class=\"mark %s\">%s</td>", verdict, verdict);
    put_failing(run, out);
    for (int i = 0; i < PAST_FIGURES; i++) {
        bool known = !isnan(run->figures[i]);
        html_figure(out, "td", "n",
                    known ? past_format((enum past_figure)i, run->figures[i], text, sizeof text)
                          : "");
    }
    fputs("</tr>\n", out);
}

void html_past_runs(const struct trend *trend, FILE *out)
{
    fprintf(out, "<details class=\"runs\"><summary>All %zu runs as a table</summary>",
            trend->count);
    html_scroll(out, NULL, "Runs of", trend->v->scenario);
    fputs("<table><thead><tr><th>began (UTC)</th><th>verdict</th><th>not passed</th>", out);
    for (int i = 0; i < PAST_FIGURES; i++)
        fprintf(out, "<th class=\"n\">%s</th>", past_figures[i].figure.label);
    fputs("</tr></thead><tbody>\n", out);
    for (size_t i = trend->count; i-- > 0;)
        put_run(&trend->v[i], out);
    fputs("</tbody></table></div></details>\n", out);
}
