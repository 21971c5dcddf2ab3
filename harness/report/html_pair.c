/* Two runs side by side: their verdicts, what differs between their checks and figures, and their
 * curves in one chart. */
#include <string.h>

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/html_inside.h"
#include "report/page.h"
#include "report/report.h"
#include "report/result.h"
#include "report/text.h"

enum { TEXT_MAX = 512 };

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

static void put_run(const struct run *run, FILE *out)
{
    char stamp[32];
    clock_format_utc(run->wall_start, stamp, sizeof stamp);
    fputs("<div>", out);
    fprintf(out, "<p class=\"kicker\">%.10s %.8s UTC</p>", stamp, stamp + 11);
    html_element(out, "h1", NULL, html_name(run));
    html_verdict(run, out);
    fputs("</div>\n", out);
}

static void put_row(FILE *out, const char *label, const char *left, const char *right)
{
    fputs(strcmp(left, right) ? "<tr class=\"differs\">" : "<tr>", out);
    html_element(out, "td", NULL, label);
    html_figure(out, "td", NULL, left);
    html_figure(out, "td", NULL, right);
    fputs("</tr>\n", out);
}

static void put_table_head(FILE *out, const char *id, const char *title, const struct run *left,
                           const struct run *right)
{
    fprintf(out, "<section id=\"%s\" class=\"long\"><h2>%s</h2>", id, title);
    html_scroll(out, "whole", title, "");
    fputs("<table><thead><tr><td></td>", out);
    html_element(out, "th", NULL, html_name(left));
    html_element(out, "th", NULL, html_name(right));
    fputs("</tr></thead><tbody>\n", out);
}

static void put_finding(FILE *out, const struct finding *finding)
{
    if (!finding) {
        fputs("<td>not made</td>", out);
        return;
    }
    const bool untested = finding_untested(finding);
    const char *verdict = verdict_name(finding->verdict);
    fprintf(out, "<td><span class=\"mark %s\">%s</span> ", untested ? "untested" : verdict,
            untested ? "not tested," : verdict);
    html_figure(out, "span", NULL, finding->actual);
    fputs("</td>", out);
}

static bool agree(const struct finding *a, const struct finding *b)
{
    return a && b && a->verdict == b->verdict && !strcmp(a->actual, b->actual);
}

static void put_check(FILE *out, const char *check, const struct finding *left,
                      const struct finding *right)
{
    fputs(agree(left, right) ? "<tr>" : "<tr class=\"differs\">", out);
    html_element(out, "td", NULL, check);
    put_finding(out, left);
    put_finding(out, right);
    fputs("</tr>\n", out);
}

/* The checks of the left run in their order, then those that only the right one has. */
static void put_checks(const struct run *left, const struct run *right, FILE *out)
{
    put_table_head(out, "checks", "Checks", left, right);
    for (size_t i = 0; i < left->findings.count; i++) {
        const struct finding *finding = &left->findings.v[i];
        put_check(out, finding->check, finding, findings_find(&right->findings, finding->check));
    }
    for (size_t i = 0; i < right->findings.count; i++) {
        const struct finding *finding = &right->findings.v[i];
        if (!findings_find(&left->findings, finding->check))
            put_check(out, finding->check, NULL, finding);
    }
    fputs("</tbody></table></div></section>\n", out);
}

static void put_figures(const struct html_run *left, const struct html_run *right, FILE *out)
{
    char a[TEXT_MAX], b[TEXT_MAX];
    put_table_head(out, "figures", "Figures", left->run, right->run);
    for (size_t i = 0; i < figures_count; i++) {
        bool known = figure_format(left->result, &figures_table[i], a, sizeof a);
        known |= figure_format(right->result, &figures_table[i], b, sizeof b);
        if (known)
            put_row(out, figures_table[i].label, a, b);
    }
    fputs("</tbody></table></div></section>\n", out);
}

static void put_charts(FILE *out)
{
    fputs(
        "<section id=\"drain\"><h2>Drain</h2><p>Rows and waiting records of both runs; the second "
        "one is dashed.</p><div class=\"chart\" id=\"drain-chart\" data-label=\"Rows of both runs "
        "over time\"></div><div class=\"tools\" id=\"drain-tools\"></div></section>\n"
        "<section id=\"latency\"><h2>Latency</h2><p>From the scheduled start, by percentile.</p>"
        "<div class=\"chart low\" id=\"latency-chart\" data-label=\"Latency of both runs by "
        "percentile\"></div></section>\n",
        out);
}

static void put_scenarios(const struct run *left, const struct run *right, FILE *out)
{
    const struct run *const runs[] = {left, right};
    fputs("<section id=\"scenario\" class=\"long\"><h2>Scenarios</h2><div class=\"pair\">", out);
    for (int i = 0; i < 2; i++)
        html_listing(out, i ? "Right scenario" : "Left scenario",
                     runs[i]->scenario_text ? runs[i]->scenario_text : "");
    fputs("</div></section>\n", out);
}

int report_write_pair(const struct run *left, const struct run *right, FILE *out, struct err *err)
{
    _cleanup_(cleanup_json) json_t *left_result = NULL;
    _cleanup_(cleanup_json) json_t *right_result = NULL;
    int rc = result_make(left, &left_result, err);
    if (!rc)
        rc = result_make(right, &right_result, err);
    if (rc)
        return rc;
    html_piece(PAGE_BEFORE_TITLE, out);
    text_print(out, TEXT_HTML, html_name(left));
    fputs(" and ", out);
    text_print(out, TEXT_HTML, html_name(right));
    html_piece(PAGE_BEFORE_BODY, out);
    fputs("<main>\n<div class=\"pair\">\n", out);
    put_run(left, out);
    put_run(right, out);
    fputs("</div>\n", out);
    put_checks(left, right, out);
    put_charts(out);
    put_figures(&(struct html_run){left, left_result}, &(struct html_run){right, right_result},
                out);
    put_scenarios(left, right, out);
    fputs("</main>\n<footer></footer>\n", out);
    html_piece(PAGE_BEFORE_DATA, out);
    if (page_data_write((const struct run *const[]){left, right}, 2, out))
        return err_set(err, ERR_MEMORY, "no memory for the data of the page");
    html_piece(PAGE_END, out);
    return 0;
}
