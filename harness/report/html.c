/* report.html: one self-contained page. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "report/html_inside.h"
#include "report/page.h"
#include "report/report.h"
#include "report/result.h"
#include "report/text.h"
#include "report/writers.h"

void html_piece(enum page_place place, FILE *out)
{
    fwrite(page_pieces[place].bytes, 1, page_pieces[place].size, out);
}

void html_scroll(FILE *out, const char *cls, const char *what, const char *of)
{
    fprintf(out, "<div class=\"scroll%s%s\" tabindex=\"0\" role=\"group\" aria-label=\"%s%s",
            cls ? " " : "", cls ? cls : "", what, *of ? " " : "");
    text_print(out, TEXT_HTML, of);
    fputs("\">", out);
}

void html_listing(FILE *out, const char *what, const char *text)
{
    fprintf(out, "<pre tabindex=\"0\" role=\"group\" aria-label=\"%s\">", what);
    text_print(out, TEXT_HTML, text);
    fputs("</pre>", out);
}

void html_address(FILE *out, const char *path)
{
    _cleanup_(buf_free) struct buf address;
    buf_init(&address, 1 << 16);
    for (const unsigned char *at = (const unsigned char *)path; *at; at++)
        buf_addf(&address, isalnum(*at) || strchr("/-._~", *at) ? "%c" : "%%%02X", *at);
    text_print(out, TEXT_HTML, buf_text(&address));
}

static void open_tag(FILE *out, const char *tag, const char *cls)
{
    if (cls)
        fprintf(out, "<%s class=\"%s\">", tag, cls);
    else
        fprintf(out, "<%s>", tag);
}

void html_element(FILE *out, const char *tag, const char *cls, const char *text)
{
    open_tag(out, tag, cls);
    text_print(out, TEXT_HTML, text);
    fprintf(out, "</%s>", tag);
}

/* Escaped, and microseconds get their sign: "us" after a number. */
static void put_text(FILE *out, const char *text)
{
    _cleanup_(buf_free) struct buf spelled;
    buf_init(&spelled, (size_t)1 << 24);
    for (const char *at = text; *at; at++) {
        bool unit = at - text >= 2 && !strncmp(at, "us", 2) && at[-1] == ' ' &&
                    isdigit((unsigned char)at[-2]) && !isalnum((unsigned char)at[2]);
        buf_adds(&spelled, unit ? "µ" : "");
        buf_add(&spelled, unit ? ++at : at, 1);
    }
    text_print(out, TEXT_HTML, buf_text(&spelled));
}

void html_prose(FILE *out, const char *tag, const char *cls, const char *text)
{
    open_tag(out, tag, cls);
    while (*text) {
        const char *tick = strchr(text, '`'), *end = tick ? strchr(tick + 1, '`') : NULL;
        _cleanup_free_ char *plain = strndup(text, end ? (size_t)(tick - text) : strlen(text));
        _cleanup_free_ char *code = end ? strndup(tick + 1, (size_t)(end - tick - 1)) : NULL;
        put_text(out, plain ? plain : "");
        if (code)
            html_element(out, "code", NULL, code);
        text = end ? end + 1 : text + strlen(text);
    }
    fprintf(out, "</%s>", tag);
}

void html_figure(FILE *out, const char *tag, const char *cls, const char *value)
{
    open_tag(out, tag, cls);
    put_text(out, value);
    fprintf(out, "</%s>", tag);
}

void html_span(FILE *out, ns_t span)
{
    char text[32];
    html_figure(out, "td", "n", units_format_duration(span, text, sizeof text));
}

const char *html_name(const struct run *run)
{
    return run->scenario ? run->scenario->name : "run";
}

/* ---- the charts' places; scripts fill them ---- */

struct chart_section {
    const char *id, *title, *about;
    const char *places; /* HTML of ours */
};

#define NO_SCRIPT                                                                                  \
    "<p class=\"noscript\">The chart needs scripts; the figures are in the tables.</p>"

static const struct chart_section drain_section = {
    "drain", "Drain",
    "Rows in the store and records that still wait, as the harness saw them. What an assertion at "
    "the "
    "last response would have read is where its line crosses the rows.",
    "<div class=\"chart\" id=\"drain-chart\" data-label=\"Rows, waiting records and answered "
    "requests over time\"></div><div class=\"tools\" id=\"drain-tools\"></div>" NO_SCRIPT};

static const struct chart_section burst_section = {
    "burst", "Request by request",
    "Each line is a request from its release to its answer, the first released on top: pale while "
    "it "
    "waits for the first byte.",
    "<div class=\"key\"><span class=\"accepted\">accepted</span><span "
    "class=\"rejected\">rejected</span><span class=\"limited\">limited</span><span "
    "class=\"failed\">failed</span><span "
    "class=\"unknown\">unknown</span><span class=\"named\">named by a check</span></div>"
    "<div class=\"tools\" id=\"raster-tools\"></div><div class=\"chart raster\" id=\"raster\" "
    "data-label=\"Requests from release to answer\"></div>" NO_SCRIPT};

static const struct chart_section spread_section = {
    "spread", "How tight the releases were",
    "Requests released per slice of time, by what became of "
    "them.",
    "<div class=\"chart low\" id=\"spread-chart\" data-label=\"Requests released over "
    "time\"></div>" NO_SCRIPT};

static const struct chart_section latency_section = {
    "latency", "Latency",
    "By percentile; the axis stretches the slow end. From the scheduled start counts what a user "
    "waits, from the send what the service takes.",
    "<div class=\"chart low\" id=\"latency-chart\" data-label=\"Latency by "
    "percentile\"></div>" NO_SCRIPT};

static const struct chart_section lanes_section = {
    "lanes", "What the stores were asked",
    "Each block is a statement, from when the store was sent it to its answer; hatched behind it, "
    "the time for which its answer was kept back. Framed are those of the race. What happens "
    "inside "
    "the service between two statements is not seen.",
    "<div class=\"key\"><span class=\"read\">reads</span><span class=\"write\">writes</span><span "
    "class=\"other\">transactions and others</span><span class=\"failed\">failed</span></div>"
    "<div class=\"tools\" id=\"lanes-tools\"></div><div class=\"chart raster\" id=\"lanes-chart\" "
    "data-label=\"Statements over time\"></div><div class=\"tools\" "
    "id=\"lanes-scrub\"></div>" NO_SCRIPT};

static void put_chart(const struct chart_section *section, FILE *out)
{
    fprintf(out, "<section id=\"%s\"><h2>%s</h2><p>%s</p>%s", section->id, section->title,
            section->about, section->places);
}

static void put_sampling(const struct run *run, FILE *out)
{
    size_t stride = page_data_stride(run);
    if (stride > 1)
        fprintf(out,
                "<p>%zu requests are too many for one page: every %zuth is drawn, and those whose "
                "users a check names. All are in history.csv.</p>",
                run->history.count, stride);
}

static void put_lanes(const struct run *run, FILE *out)
{
    size_t stride = page_trace_stride(run);
    if (!run->trace.count)
        return;
    put_chart(&lanes_section, out);
    if (stride > 1)
        fprintf(out,
                "<p>%zu statements are too many for one page: every %zuth is drawn, and those of "
                "the race. All are in statements.csv.</p>",
                run->trace.count, stride);
    fputs("</section>\n", out);
}

static void put_charts(const struct run *run, FILE *out)
{
    if (run->timeline.count && result_judged(run)) {
        put_chart(&drain_section, out);
        fputs("</section>\n", out);
    }
    if (!run->tally.sent)
        return;
    put_chart(&burst_section, out);
    put_sampling(run, out);
    fputs("</section>\n", out);
    if (run->tally.spread) { /* nothing is to be seen of what left all at once */
        put_chart(&spread_section, out);
        fputs("</section>\n", out);
    }
    put_chart(&latency_section, out);
    fputs("</section>\n", out);
}

static void put_footer(const struct run *run, FILE *out)
{
    const struct evidence *evidence = &run->evidence;
    bool started = run->phases[PHASE_STACK].started != 0;
    const struct {
        const char *name;
        bool there;
    } files[] = {
        {"result.json", true},
        {"result.tsv", true},
        {"junit.xml", true},
        {"summary.md", true},
        {"metrics.prom", true},
        {"history.csv", true},
        {"timeline.csv", true},
        {"coupons.csv", evidence->coupons.known},
        {"parked.csv", evidence->parked.known},
        {"before.csv", evidence->before.known},
        {"stock.csv", evidence->stock.known},
        {"produced.csv", evidence->produced.known},
        {"dead_letter.csv", evidence->dead_letter.known},
        {"statements.csv", run->trace.count > 0},
        {"scenario.yaml", true},
        {"rushproof.log", started},
        {"logs/", started && (run->processes_count || run->servers_count)},
    };
    fputs("<footer><p>rushproof ", out);
    text_print(out, TEXT_HTML, run->version);
    fputs(". Beside this page:", out);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i].there)
            fprintf(out, " <a href=\"%s\">%s</a>", files[i].name, files[i].name);
    fputs(".</p></footer>\n", out);
}

static int put_data(const struct run *const *runs, size_t count, FILE *out, struct err *err)
{
    html_piece(PAGE_BEFORE_DATA, out);
    if (page_data_write(runs, count, out))
        return err_set(err, ERR_MEMORY, "no memory for the data of the page");
    html_piece(PAGE_END, out);
    return 0;
}

int html_write(const struct run *run, const json_t *result, FILE *out, struct err *err)
{
    const struct html_run page = {run, result};
    html_piece(PAGE_BEFORE_TITLE, out);
    text_print(out, TEXT_HTML, html_name(run));
    fprintf(out, ": %s", verdict_name(run->verdict));
    html_piece(PAGE_BEFORE_BODY, out);
    fputs("<main>\n", out);
    html_head(&page, out);
    if (result_judged(run))
        html_checks(run, out);
    html_race(run, out);
    put_lanes(run, out);
    put_charts(run, out);
    html_facts(&page, out);
    fputs("</main>\n", out);
    put_footer(run, out);
    return put_data(&run, 1, out, err);
}
