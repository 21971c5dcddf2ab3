/* The agents of a rush from many machines: how far apart their clocks were known to be, and when
 * each let go. */
#include <inttypes.h>

#include "base/units.h"
#include "report/html_inside.h"

static void put_span(ns_t span, FILE *out)
{
    char text[32];
    html_element(out, "td", "n", units_format_duration(span, text, sizeof text));
}

/* Its clock, and when it let go, from the instant that all had agreed upon. */
static void put_agent(const struct agent_part *part, FILE *out)
{
    fprintf(out, "<tr><td class=\"n\">%" PRId64 "</td><td class=\"n\">%" PRId64 "</td>",
            part->agent, part->phase);
    html_element(out, "td", NULL, part->name);
    fprintf(out, "<td class=\"n\">%" PRId64 "</td><td class=\"n\">%.3f s</td>", part->requests,
            (double)part->offset / (double)NS_PER_S);
    put_span(part->bound, out);
    put_span(part->round_trip, out);
    put_span(part->first > part->agreed ? part->first - part->agreed : 0, out);
    put_span(part->last - part->first, out);
    fputs("</tr>\n", out);
}

void html_agents(const struct run *run, FILE *out)
{
    char text[160];
    if (!run->agents.count)
        return;
    html_element(out, "p", NULL, agents_describe(&run->agents, text, sizeof text));
    html_scroll(out, NULL, "Agents", "");
    fputs("<table><thead><tr><th class=\"n\">agent</th>"
          "<th class=\"n\">phase</th><th>machine</th><th class=\"n\">sent</th>"
          "<th class=\"n\">clock offset</th><th class=\"n\">bound</th>"
          "<th class=\"n\">round trip</th><th class=\"n\">let go after</th>"
          "<th class=\"n\">release spread</th></tr></thead><tbody>\n",
          out);
    for (unsigned i = 0; i < run->agents.count; i++)
        put_agent(&run->agents.v[i], out);
    fputs("</tbody></table></div>", out);
}
