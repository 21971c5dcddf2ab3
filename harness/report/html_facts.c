/* The lower half of the page: how long each phase took, what the bystander felt, what it ran on,
 * and the scenario with every setting. */
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "model/connects.h"
#include "report/figures.h"
#include "report/html_inside.h"
#include "report/observed_report.h"
#include "report/result.h"
#include "report/text.h"

/* ---- phases ---- */

static void put_pair(FILE *out, const char *name, const char *value)
{
    enum { SHORT = 40 }; /* what is longer takes the whole width */
    fputs(strlen(value) > SHORT ? "<div class=\"all\">" : "<div>", out);
    html_element(out, "dt", NULL, name);
    html_figure(out, "dd", NULL, value);
    fputs("</div>\n", out);
}

static bool phase_known(const struct run_phase_info *phase)
{
    return phase->started && phase->ended > phase->started;
}

static void put_phases(const struct run *run, FILE *out)
{
    ns_t first = 0, last = 0;
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (!phase_known(&run->phases[i]))
            continue;
        if (!first || run->phases[i].started < first)
            first = run->phases[i].started;
        if (run->phases[i].ended > last)
            last = run->phases[i].ended;
    }
    if (last <= first)
        return;
    fputs("<section id=\"phases\"><h2>Phases</h2>"
          "<svg class=\"phases\" viewBox=\"0 0 1000 20\" preserveAspectRatio=\"none\" "
          "role=\"img\" aria-label=\"The phases of the run to scale\">",
          out);
    for (int i = 0; i < PHASE_COUNT; i++) {
        const struct run_phase_info *phase = &run->phases[i];
        double scale = 1000.0 / (double)(last - first);
        if (phase_known(phase))
            fprintf(
                out,
                "<rect x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"20\"><title>%s</title></rect>",
                (double)(phase->started - first) * scale,
                (double)(phase->ended - phase->started) * scale, run_phase_name((enum run_phase)i));
    }
    fputs("</svg>", out);
    fputs("<dl class=\"list\">", out);
    for (int i = 0; i < PHASE_COUNT; i++) {
        char span[32];
        if (phase_known(&run->phases[i]))
            put_pair(out, run_phase_name((enum run_phase)i),
                     units_format_duration(run->phases[i].ended - run->phases[i].started, span,
                                           sizeof span));
    }
    fputs("</dl></section>\n", out);
}

/* ---- bystander and database ---- */

static void put_period(const struct bystander_period *period, FILE *out)
{
    const ns_t spans[] = {period->p50, period->p90, period->p99, period->max};
    fputs("<tr>", out);
    html_element(out, "td", NULL, period->name);
    fprintf(out, "<td class=\"n\">%" PRId64 "</td><td class=\"n\">%" PRId64 "</td>",
            period->transactions, period->errors);
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        html_span(out, spans[i]);
    fputs("</tr>\n", out);
}

static void put_bystander(const struct run *run, FILE *out)
{
    if (!run->bystander_count)
        return;
    fputs("<section id=\"bystander\"><h2>The bystander</h2><p>Another domain's small transactions "
          "on the same database, before, during and after the rush.</p>",
          out);
    html_scroll(out, NULL, "The bystander", "");
    fputs("<table><thead><tr><th>period</th><th class=\"n\">transactions</th>"
          "<th class=\"n\">errors</th><th class=\"n\">p50</th><th class=\"n\">p90</th>"
          "<th class=\"n\">p99</th><th class=\"n\">max</th></tr></thead><tbody>\n",
          out);
    for (unsigned i = 0; i < run->bystander_count; i++)
        put_period(&run->bystander[i], out);
    fputs("</tbody></table></div></section>\n", out);
}

/* ---- all figures ---- */

static void put_figures(const json_t *result, FILE *out)
{
    static const struct figure more[] = {
        {"load.elapsed_us", "first release to last answer", FIGURE_US},
        {"latency_us.p999", "latency p99.9", FIGURE_US},
        {"latency_us.from_send.p50", "latency from the send, p50", FIGURE_US},
        {"latency_us.from_send.p99", "latency from the send, p99", FIGURE_US},
        {"latency_us.from_send.max", "latency from the send, max", FIGURE_US},
        {"counter.before", "counter before", FIGURE_COUNT},
        {"counter.after", "counter after", FIGURE_COUNT},
        {"drain.rounds", "polling rounds", FIGURE_COUNT},
        {"drain.resets", "series of passes undone", FIGURE_COUNT},
        {"drain.gates", "gates that failed last", FIGURE_TEXT},
        {"drain.detail", "drain in detail", FIGURE_TEXT},
        {"drain.poll_cost_postgres_ns", "polls of the database took", FIGURE_NS},
        {"drain.poll_cost_kafka_ns", "polls of Kafka took", FIGURE_NS},
        {"database.transactions", "transactions of the database", FIGURE_COUNT},
        {"database.peak_connections", "connections of the database at the peak", FIGURE_COUNT},
        {"database.rows_inserted", "rows inserted", FIGURE_COUNT},
        {"database.wal_bytes", "write-ahead log", FIGURE_BYTES},
        {"load.memory.bytes_a_connection", "memory a connection", FIGURE_BYTES},
        {"load.memory.bytes_a_request", "memory a request", FIGURE_BYTES},
    };
    char text[512];
    fputs("<section id=\"figures\" class=\"long\"><details class=\"fold\"><summary><h2>All "
          "figures</h2></summary><dl class=\"list\">\n",
          out);
    for (size_t i = 0; i < figures_count; i++)
        if (figure_format(result, &figures_table[i], text, sizeof text))
            put_pair(out, figures_table[i].label, text);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (figure_format(result, &more[i], text, sizeof text))
            put_pair(out, more[i].label, text);
    fputs("</dl></details></section>\n", out);
}

/* ---- stack ---- */

static void put_server(const struct server_info *server, FILE *out)
{
    fputs("<tr>", out);
    html_element(out, "td", NULL, server->name);
    html_element(out, "td", NULL, server->kind);
    html_element(out, "td", NULL, server->version);
    html_element(out, "td", "wide", server->note);
    fputs("</tr>\n", out);
}

/* "ended by signal 11 at 35.2 ms, unasked" */
static void say_process(const struct process_info *process, ns_t origin, char *ret_text,
                        size_t size)
{
    int used;
    if (process->signal)
        used = snprintf(ret_text, size, "ended by signal %d", process->signal);
    else if (process->exit_code >= 0)
        used = snprintf(ret_text, size, "ended with code %d", process->exit_code);
    else if (!process->looked)
        used = snprintf(ret_text, size, "was not started, or not looked at any more");
    else
        used = snprintf(ret_text, size, "ran until the end");
    if (process->ended && origin)
        used += snprintf(ret_text + used, size - (size_t)used, " at %.1f ms",
                         (double)(process->ended - origin) / NS_PER_MS);
    if (process->unexpected)
        used += snprintf(ret_text + used, size - (size_t)used, ", unasked");
    else if (process->asked[0])
        used += snprintf(ret_text + used, size - (size_t)used, ", by a %s", process->asked);
    if (process->restarts)
        snprintf(ret_text + used, size - (size_t)used, ", restarted %" PRId64 " times",
                 process->restarts);
}

static void put_process(const struct process_info *process, ns_t origin, FILE *out)
{
    char how[192];
    say_process(process, origin, how, sizeof how);
    fputs("<tr>", out);
    html_element(out, "td", NULL, process->name);
    fputs("<td>process</td><td></td>", out);
    html_element(out, "td", "wide", how);
    fputs("</tr>\n", out);
}

static void put_instance(const struct instance_info *instance, FILE *out)
{
    char how[128];
    snprintf(how, sizeof how, "%" PRId64 " requests: %" PRId64 " told yes, %" PRId64 " told no",
             instance->requests, instance->accepted, instance->rejected);
    fputs("<tr>", out);
    html_element(out, "td", NULL, instance->name);
    fputs("<td>instance</td><td></td>", out);
    html_element(out, "td", "wide", how);
    fputs("</tr>\n", out);
}

static void put_stack(const struct run *run, FILE *out)
{
    fputs("<section id=\"stack\"><h2>What it ran on</h2>", out);
    html_scroll(out, NULL, "What it ran on", "");
    fputs("<table><thead><tr>"
          "<th>part</th><th>kind</th><th>version</th><th>note</th></tr></thead><tbody>\n",
          out);
    for (unsigned i = 0; i < run->servers_count; i++)
        put_server(&run->servers[i], out);
    for (unsigned i = 0; i < run->processes_count; i++)
        put_process(&run->processes[i], run->history.origin, out);
    for (unsigned i = 0; i < run->instances_count; i++)
        put_instance(&run->instances[i], out);
    fputs("</tbody></table></div>", out);
    if (run->spreading[0]) {
        fputs("<p class=\"account\">Spreading ", out);
        text_print(out, TEXT_HTML, run->spreading);
        fputs("</p>", out);
    }
    html_element(out, "p", "account", run->libraries);
    fputs("</section>\n", out);
}

/* ---- load phases and scenario ---- */

/* A line of the table of phases: what it is, and what it was in each of them. */
static void put_load_line(const struct figure *figure, const json_t *phases, FILE *out)
{
    bool known = false;
    char text[160];
    for (size_t i = 0; i < json_array_size(phases); i++)
        known |= figure_format(json_array_get(phases, i), figure, text, sizeof text) && *text;
    if (!known)
        return;
    fputs("<tr>", out);
    fprintf(out, "<th scope=\"row\">%s</th>", figure->label);
    for (size_t i = 0; i < json_array_size(phases); i++) {
        figure_format(json_array_get(phases, i), figure, text, sizeof text);
        html_figure(out, "td", NULL, text);
    }
    fputs("</tr>\n", out);
}

static void put_load_table(const json_t *phases, FILE *out)
{
    static const struct figure figures[] = {
        {"kind", "phase", FIGURE_TEXT},
        {"gate", "gate", FIGURE_TEXT},
        {"gate_reason", "why this gate", FIGURE_TEXT},
        {"protocol", "protocol", FIGURE_TEXT},
        {"connections", "connections", FIGURE_COUNT},
        {"streams", "streams each", FIGURE_COUNT},
        {"staged_in_ns", "staged in", FIGURE_NS},
        {"sent", "sent", FIGURE_COUNT},
        {"accepted", "accepted", FIGURE_COUNT},
        {"spread_us", "released within", FIGURE_US},
        {"require_spread_ns", "allowed", FIGURE_NS},
        {"floor_spread_ns", "floor on this machine", FIGURE_NS},
        {"peak_in_flight", "in flight at the peak", FIGURE_COUNT},
    };
    html_scroll(out, "whole", "Load", "");
    fputs("<table class=\"turned\"><tbody>\n", out);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        put_load_line(&figures[i], phases, out);
    fputs("</tbody></table></div>", out);
}

static void put_load(const struct html_run *page, FILE *out)
{
    const json_t *phases = figure_find(page->result, "load.phases");
    char text[320];
    if (json_array_size(phases) == 0)
        return;
    fputs("<section id=\"load\"><h2>Load</h2>", out);
    put_load_table(phases, out);
    if (*result_sources(page->run)) {
        snprintf(text, sizeof text, "Connections came from %s.", result_sources(page->run));
        html_element(out, "p", NULL, text);
    }
    html_agents(page->run, out);
    if (*result_entered(page->run, text, sizeof text)) {
        fputs("<p>Handlers: ", out);
        html_figure(out, "span", NULL, text);
        fputs(".</p>", out);
    }
    if (*connects_describe(connects_of(page->run), text, sizeof text)) {
        fputs("<p>Connections opened in the burst: ", out);
        html_figure(out, "span", NULL, text);
        fputs(".</p>", out);
    }
    fputs("</section>\n", out);
}

static void put_answer(const struct answer_kind *kind, FILE *out)
{
    fprintf(out, "<tr><td class=\"n\">%" PRId64 "</td>", kind->count);
    if (kind->status)
        fprintf(out, "<td class=\"n\">%u</td>", kind->status);
    else
        fputs("<td class=\"n\">none</td>", out);
    html_element(out, "td", NULL, answer_meaning(kind));
    html_element(out, "td", NULL, kind->type);
    html_element(out, "td", NULL, kind->shape);
    html_element(out, "td", "wide", kind->sample);
    fputs("</tr>\n", out);
}

static void put_kinds(const struct answers *answers, const char *id, const char *title, FILE *out)
{
    if (!answers->count)
        return;
    fprintf(out,
            "<section id=\"%s\"><h2>%s</h2><p>One line a kind, with a body of it; secrets "
            "masked.</p>",
            id, title);
    html_scroll(out, NULL, title, "");
    fputs("<table><thead><tr><th class=\"n\">answers</th><th class=\"n\">status</th>"
          "<th>taken as</th><th>type</th><th>members</th><th>a body</th></tr></thead><tbody>\n",
          out);
    for (unsigned i = 0; i < answers->count; i++)
        put_answer(&answers->v[i], out);
    if (answers->others)
        fprintf(out,
                "<tr><td class=\"n\">%" PRId64 "</td><td></td><td colspan=\"4\">of other "
                "kinds</td></tr>\n",
                answers->others);
    fputs("</tbody></table></div></section>\n", out);
}

/* A server error is explained by the log of who served, also when it is read no further. */
static const char *words_of(const struct run *run, const struct process_info *process)
{
    bool served = !strcmp(run->answers.log_of, process->name);
    return process->log[0] || !served ? process->log : run->answers.log;
}

static void put_words(const struct process_info *process, const char *words, FILE *out)
{
    fputs("<h3><a href=\"logs/", out);
    html_address(out, process->name);
    fputs(".log\">", out);
    text_print(out, TEXT_HTML, process->name);
    fputs("</a></h3>", out);
    html_listing(out, "Last lines", words);
}

/* What each program wrote last, those that ended first. */
static void put_logs(const struct run *run, FILE *out)
{
    bool any = false;
    for (unsigned i = 0; i < run->processes_count; i++)
        any |= *words_of(run, &run->processes[i]) != '\0';
    if (!any)
        return;
    fputs("<section id=\"logs\" class=\"long\"><h2>Last words</h2>"
          "<p>The end of what each process has written, secrets masked.</p>\n",
          out);
    for (int ended = 1; ended >= 0; ended--)
        for (unsigned i = 0; i < run->processes_count; i++) {
            const struct process_info *process = &run->processes[i];
            if (*words_of(run, process) && (process->ended != 0) == ended)
                put_words(process, words_of(run, process), out);
        }
    fputs("</section>\n", out);
}

static void put_scenario(const struct run *run, FILE *out)
{
    if (!run->scenario_text)
        return;
    fputs("<section id=\"scenario\" class=\"long\"><h2>Scenario</h2><p>As it ran, every setting "
          "filled in, secrets masked.</p>",
          out);
    html_listing(out, "Scenario", run->scenario_text);
    fputs("</section>\n", out);
}

void html_facts(const struct html_run *page, FILE *out)
{
    put_kinds(&page->run->answers, "answers", "What came back", out);
    put_kinds(&page->run->polled, "polled", "What the tickets came to", out);
    put_logs(page->run, out);
    if (result_judged(page->run))
        put_load(page, out);
    observed_html(&page->run->observed, out);
    put_bystander(page->run, out);
    put_phases(page->run, out);
    put_stack(page->run, out);
    if (result_judged(page->run))
        put_figures(page->result, out);
    put_scenario(page->run, out);
}
