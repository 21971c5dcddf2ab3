/* The race, as a table that needs no script. */
#include <inttypes.h>

#include "base/cleanup.h"
#include "report/html_inside.h"
#include "report/text.h"

enum { ROWS_MAX = 250 };

static void put_instant(const struct run *run, ns_t instant, FILE *out)
{
    html_span(out, instant > run->history.origin ? instant - run->history.origin : 0);
}

static void put_part(const struct run *run, const struct race_part *part, FILE *out)
{
    const struct trace_statement *read = &run->trace.v[part->read];
    _cleanup_(buf_free) struct buf value;
    buf_init(&value, 2048);
    page_values(run, &read->answer, &value);
    fputs("<tr data-user=\"", out);
    text_print_user(out, TEXT_HTML, run->roster, run->history.v[part->request].user);
    fputs("\"><td class=\"n\">", out);
    text_print_user(out, TEXT_HTML, run->roster, run->history.v[part->request].user);
    fprintf(out, "</td><td class=\"n\">%" PRIu32 "</td>", read->connection);
    html_element(out, "td", "n", value.used ? buf_text(&value) : "no row");
    put_instant(run, read->answered, out);
    put_instant(run, read->let_go ? read->let_go : read->answered, out);
    if (part->write == RACE_NO_STATEMENT)
        fputs("<td></td>", out);
    else
        put_instant(run, run->trace.v[part->write].asked, out);
    fprintf(out, "<td>%s%s</td></tr>\n", read->flags & TRACE_HELD ? "held, " : "",
            part->guessed ? "a guess, by time" : "as the statements show");
}

void html_race(const struct run *run, FILE *out)
{
    const struct race *race = &run->race;
    if (!race->found)
        return;
    fputs("<section id=\"race\"><h2>The race</h2>", out);
    html_prose(out, "p", NULL, race->said[0]);
    html_prose(out, "p", NULL, race->said[1]);
    html_scroll(out, NULL, "The race", "");
    fputs("<table><thead><tr><th class=\"n\">user</th><th "
          "class=\"n\">connection</th><th class=\"n\">read</th><th class=\"n\">answered</th><th "
          "class=\"n\">let go</th><th class=\"n\">wrote</th><th>whose</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < race->count && i < ROWS_MAX; i++)
        put_part(run, &race->v[i], out);
    fputs("</tbody></table></div>\n", out);
    if (race->count > ROWS_MAX)
        fprintf(out, "<p class=\"hint\">and %zu more, all in statements.csv</p>\n",
                race->count - ROWS_MAX);
    fputs("</section>\n", out);
}
