/* What passed between the processes and their stores, for the console, the page and the summary. */
#include <inttypes.h>

#include "base/units.h"
#include "report/html_inside.h"
#include "report/observed_report.h"
#include "report/text.h"

enum { SHAPES_SHOWN = 20 }; /* in the summary */

const char *observed_line(const struct observed *observed, char *ret_text, size_t size)
{
    *ret_text = '\0';
    if (observed->known)
        snprintf(ret_text, size,
                 "%" PRId64 " of %u shape%s on %" PRId64 " connection%s, %" PRId64
                 " inside the stores at once",
                 observed->statements, observed->count, observed->count == 1 ? "" : "s",
                 observed->connections, observed->connections == 1 ? "" : "s", observed->at_once);
    return ret_text;
}

static void put_shape(const struct observed_shape *shape, FILE *out)
{
    const int64_t counts[] = {shape->statements, shape->failed, shape->connections, shape->at_once};
    const ns_t spans[] = {shape->p50, shape->p99, shape->max};
    fputs("<tr>", out);
    html_element(out, "td", NULL, shape->process);
    html_element(out, "td", NULL, shape->store);
    fputs("<td>", out);
    html_element(out, "code", NULL, shape->text);
    fputs("</td>", out);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        fprintf(out, "<td class=\"n\">%" PRId64 "</td>", counts[i]);
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        html_span(out, spans[i]);
    fputs("</tr>\n", out);
}

void observed_html(const struct observed *observed, FILE *out)
{
    char line[160];
    if (!observed->known)
        return;
    fputs("<section id=\"observed\"><h2>Statements</h2>", out);
    html_element(out, "p", NULL, observed_line(observed, line, sizeof line));
    html_scroll(out, NULL, "Statements", "");
    fputs("<table><thead><tr><th>process</th><th>store</th><th>statement</th>"
          "<th class=\"n\">count</th><th class=\"n\">failed</th><th class=\"n\">connections</th>"
          "<th class=\"n\">at once</th><th class=\"n\">p50</th><th class=\"n\">p99</th>"
          "<th class=\"n\">max</th></tr></thead><tbody>\n",
          out);
    for (unsigned i = 0; i < observed->count; i++)
        put_shape(&observed->v[i], out);
    fputs("</tbody></table></div></section>\n", out);
}

void observed_summary(const struct observed *observed, FILE *out)
{
    char line[160], p50[32], p99[32];
    if (!observed->known)
        return;
    fprintf(out, "Statements: %s\n\n", observed_line(observed, line, sizeof line));
    if (!observed->count)
        return;
    fputs("| process | store | statement | count | at once | p50 | p99 |\n"
          "|---|---|---|--:|--:|--:|--:|\n",
          out);
    for (unsigned i = 0; i < observed->count && i < SHAPES_SHOWN; i++) {
        const struct observed_shape *shape = &observed->v[i];
        fprintf(out, "| %s | %s | ", shape->process, shape->store);
        text_print(out, TEXT_MARKDOWN, shape->text);
        fprintf(out, " | %" PRId64 " | %" PRId64 " | %s | %s |\n", shape->statements,
                shape->at_once, units_format_duration(shape->p50, p50, sizeof p50),
                units_format_duration(shape->p99, p99, sizeof p99));
    }
    if (observed->count > SHAPES_SHOWN)
        fprintf(out, "\nand %u more\n", observed->count - SHAPES_SHOWN);
    fputs("\n", out);
}
