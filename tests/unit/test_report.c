/* links: report plant scenario model PkgConfig::JANSSON */
/* Reports: texts made safe, figures by path, exports to the byte where that matters. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "plant.h"
#include "report/export.h"
#include "report/figures.h"
#include "report/report.h"
#include "report/result.h"
#include "report/text.h"
#include "scenario/scenario.h"

/* ---- texts ---- */

struct text {
    enum text_place place;
    char from[64], to[160];
};

ParameterizedTestParameters(text, places)
{
    static struct text texts[] = {
        {TEXT_CLEAN, "plain", "plain"},
        {TEXT_CLEAN, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
         "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {TEXT_CLEAN, "a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd"},
        {TEXT_CLEAN, "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong slash */
        {TEXT_CLEAN, "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
        {TEXT_CLEAN, "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {TEXT_TERMINAL, "a\x1b[31mb\r\n\t\x7f", "a?[31mb????"},
        {TEXT_TERMINAL,
         "\xc2\x9b"
         "31m",
         "?31m"}, /* the one-character control sequence introducer */
        {TEXT_XML, "<a b=\"c\" d='e'>&]]>", "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;]]&gt;"},
        {TEXT_XML,
         "a\x01\x0b"
         "b\n",
         "a\xef\xbf\xbd\xef\xbf\xbd"
         "b\n"},
        {TEXT_XML, "\xef\xbf\xbf", "\xef\xbf\xbd"}, /* U+FFFF is no XML */
        {TEXT_HTML, "</script>", "&lt;/script&gt;"},
        {TEXT_MARKDOWN, "a|b\n*c* <i> [x](y) `z` _q_",
         "a\\|b \\*c\\* &lt;i&gt; \\[x\\](y) \\`z\\` \\_q\\_"},
        {TEXT_SCRIPT, "</script>\"\\\n&\x01", "\\u003c/script\\u003e\\\"\\\\\\n\\u0026 "},
        {TEXT_SCRIPT, "\xe2\x80\xa8", "\\u2028"},
        {TEXT_LABEL, "a\"b\\c\nd", "a\\\"b\\\\c\\nd"},
        {TEXT_FIELD, "a\tb\n\r\\n \x1b[m", "a\\tb\\n\\r\\\\n ?[m"},
    };
    return cr_make_param_array(struct text, texts, sizeof texts / sizeof *texts);
}

ParameterizedTest(struct text *text, text, places)
{
    _cleanup_(buf_free) struct buf buf;
    buf_init(&buf, 4096);
    cr_assert_eq(text_add(&buf, text->place, text->from), 0);
    cr_expect_str_eq(buf_text(&buf), text->to);
}

Test(text, every_pair_of_bytes_becomes_valid)
{
    for (int a = 1; a < 256; a++)
        for (int b = 0; b < 256; b++) {
            const char from[] = {(char)a, (char)b, 0};
            _cleanup_(buf_free) struct buf buf;
            buf_init(&buf, 64);
            text_add(&buf, TEXT_CLEAN, from);
            json_t *json = json_string(buf_text(&buf));
            cr_assert(json, "bytes %02x %02x", a, b);
            json_decref(json);
        }
}

/* ---- writers ---- */

static char *write_report(const char *writer, const char *kind)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    char *text = NULL;
    size_t size = 0;
    cr_assert_eq(plant_run(kind, 0, &run, &scenario, &err), 0, "%s", err.message);
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(report_write_one(writer, &run, out, &err), 0, "%s", err.message);
    fclose(out);
    plant_free(&run, scenario);
    return text;
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

Test(report, an_unknown_writer_is_an_error)
{
    static struct run run;
    struct err err = {0};
    run_init(&run);
    cr_expect_eq(report_write_one("pdf", &run, stdout, &err), -(int)ERR_USAGE);
}

Test(junit, one_testcase_a_check_and_verdicts_are_told_apart)
{
    _cleanup_free_ char *text = write_report("junit", "unfair");
    cr_expect_eq(count_of(text, "<testcase "), 18 + 1, "the checks, and the run for being invalid");
    cr_expect_eq(count_of(text, "<failure "), 3);
    cr_expect_eq(count_of(text, "<error "), 2);
    cr_expect(strstr(text, "tests=\"19\" failures=\"3\" errors=\"2\""), "%.400s", text);
    cr_expect(strstr(text, "name=\"load.accepted\" value=\"100\""));
    cr_expect(strstr(text, "timestamp=\"2026-11-23T08:01:02\""));
    cr_expect_null(strstr(text, "time=\"0\""));
}

Test(junit, a_run_without_checks_is_one_error_and_never_zero_tests)
{
    _cleanup_free_ char *text = write_report("junit", "broken");
    cr_expect_eq(count_of(text, "<testcase "), 1);
    cr_expect(strstr(text,
                     "<error type=\"environment\" message=\"postgres did not start: could not "
                     "bind &lt;socket&gt;: Address already in use\">"));
}

Test(html, nothing_from_outside_becomes_markup)
{
    _cleanup_free_ char *text = write_report("html", "hostile");
    cr_expect_null(strstr(text, "<script>document.title"));
    cr_expect_null(strstr(text, "<script>alert"));
    cr_expect_null(strstr(text, "<img"));
    cr_expect_null(strstr(text, "<b>bold"));
    cr_expect_eq(count_of(text, "<script"), 3, "the data, the chart library, ours");
    cr_expect_eq(count_of(text, "</script>"), 3);
    cr_expect(strstr(text, "&lt;script&gt;document.title="));
    cr_expect(strstr(text, "\"9223372036854775807\""), "too large for a number of JavaScript");
}

Test(html, a_page_reaches_for_nothing)
{
    _cleanup_free_ char *text = write_report("html", "pass");
    cr_expect(strstr(text, "content=\"default-src 'none'; script-src 'sha256-"));
    cr_expect_null(strstr(text, "unsafe-"));
    cr_expect_null(strstr(text, "src=\""));
    cr_expect_null(strstr(text, "@import"));
    cr_expect_lt(strlen(text), 600000);
}

Test(summary, has_verdict_checks_and_users)
{
    _cleanup_free_ char *text = write_report("summary", "lossy");
    cr_expect(!strncmp(text, "### ❌ lossy: fail\n", strlen("### ❌ lossy: fail\n")), "%.40s", text);
    cr_expect(strstr(text, "| ❌ | lost | 0 of 100 | 2 |"));
    cr_expect(strstr(text, "**lost** (lost writes): "));
    cr_expect(strstr(text, "- user 18 (released"));
}

Test(metrics, end_with_the_mark_of_openmetrics)
{
    _cleanup_free_ char *text = write_report("metrics", "fail24");
    cr_expect(strstr(text, "rushproof_rows{scenario=\"24-vs-100\",at=\"last_response\"} 24\n"));
    cr_expect(strstr(text, "rushproof_verdict{scenario=\"24-vs-100\",verdict=\"fail\"} 1\n"));
    cr_expect_str_eq(text + strlen(text) - strlen("# EOF\n"), "# EOF\n");
}

/* ---- result.json and figures ---- */

Test(result, has_the_keys_that_scripts_rely_on)
{
    static const char *const paths[] = {
        "scenario",
        "verdict",
        "exit_code",
        "limit",
        "load.planned",
        "load.sent",
        "load.accepted",
        "load.rejected",
        "load.failed",
        "load.unknown",
        "load.spread_us",
        "load.peak_in_flight",
        "load.gate",
        "latency_us.p50",
        "latency_us.p90",
        "latency_us.p99",
        "latency_us.max",
        "rows.at_last_response",
        "rows.final",
        "rows.max",
        "drain.outcome",
        "drain.after_last_response_ms",
        "drain.verdict_delay_ms",
        "checks.0.name",
        "checks.0.verdict",
        "checks.0.expected",
        "checks.0.actual",
        "checks.0.message",
        "stack.redis.kind",
        "stack.redis.version",
        "stack.postgres.kind",
        "stack.kafka.version",
    };
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    json_t *result = NULL;
    cr_assert_eq(plant_run("fail24", 0, &run, &scenario, &err), 0, "%s", err.message);
    cr_assert_eq(result_make(&run, &result, &err), 0);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        cr_expect(figure_find(result, paths[i]), "%s", paths[i]);
    cr_expect_null(figure_find(result, "load.nothing"));
    cr_expect_null(figure_find(result, "checks.999.name"));
    char text[64];
    cr_expect(figure_format(result, &(struct figure){"load.spread_us", "", FIGURE_US}, text, 64));
    cr_expect_str_eq(text, "2.3 ms");
    cr_expect(figure_format(result, &(struct figure){"rows.final", "", FIGURE_COUNT}, text, 64));
    cr_expect_str_eq(text, "24");
    cr_expect(
        figure_format(result, &(struct figure){"database.wal_bytes", "", FIGURE_BYTES}, text, 64));
    cr_expect_str_eq(text, "18.4 KB");
    cr_expect(
        !figure_format(result, &(struct figure){"stack.redis.note", "", FIGURE_TEXT}, text, 64));
    json_decref(result);
    plant_free(&run, scenario);
}

/* ---- exports ---- */

static void small_run(struct run *run, struct scenario *scenario)
{
    struct err err = {0};
    run_init(run);
    scenario->limit = 1;
    run->scenario = scenario;
    cr_assert_eq(history_init(&run->history, 4, &err), 0);
    const struct request requests[] = {
        {.user = 1,
         .seq = 0,
         .released = 1000,
         .done = 1500,
         .cls = CLASS_ACCEPTED,
         .rank = 1,
         .ranked = true},
        {.user = 2, .seq = 1, .released = 1500, .done = 1600, .cls = CLASS_REJECTED},
        {.user = 3, .seq = 2, .released = 1550, .cls = CLASS_UNKNOWN, .cause = CAUSE_TIMEOUT},
        {.user = 4, .seq = 3, .cls = CLASS_SKIPPED},
    };
    memcpy(run->history.v, requests, sizeof requests);
    run->history.count = 4;
    run->history.origin = 1000;
}

static char *export_text(int (*export)(const struct run *, FILE *, struct err *))
{
    static struct run run;
    struct scenario scenario = {0};
    struct err err = {0};
    char *text = NULL;
    size_t size = 0;
    small_run(&run, &scenario);
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(export(&run, out, &err), 0);
    fclose(out);
    run_free(&run);
    return text;
}

Test(export, jepsen)
{
    _cleanup_free_ char *text = export_text(export_jepsen);
    cr_expect_str_eq(
        text, "{:index 0, :type :invoke, :process 0, :f :apply, :time 0, :value {:user 1}}\n"
              /* at one instant the invocation comes first: the two overlap */
              "{:index 1, :type :invoke, :process 1, :f :apply, :time 500, :value {:user 2}}\n"
              "{:index 2, :type :ok, :process 0, :f :apply, :time 500, :value {:user 1, :result "
              ":accepted, :rank 1}}\n"
              "{:index 3, :type :invoke, :process 2, :f :apply, :time 550, :value {:user 3}}\n"
              "{:index 4, :type :ok, :process 1, :f :apply, :time 600, :value {:user 2, :result "
              ":rejected}}\n");
}

Test(export, porcupine)
{
    _cleanup_free_ char *text = export_text(export_porcupine);
    json_error_t where;
    json_t *json = json_loads(text, 0, &where);
    cr_assert(json, "%s", where.text);
    const json_t *operations = json_object_get(json, "operations");
    cr_expect_eq(json_integer_value(json_object_get(json, "limit")), 1);
    cr_assert_eq(json_array_size(operations), 3, "a skipped request is no operation");
    cr_expect_eq(json_integer_value(figure_find(operations, "0.Return")), 500);
    cr_expect_eq(json_integer_value(figure_find(operations, "0.Output.rank")), 1);
    cr_expect_str_eq(json_string_value(figure_find(operations, "1.Output.result")), "rejected");
    cr_expect_eq(json_integer_value(figure_find(operations, "2.Return")), INT64_MAX,
                 "open to the right");
    json_decref(json);
}

/* ---- two runs on one page ---- */

Test(pair, both_runs_are_on_the_page)
{
    static struct run left, right;
    struct scenario *scenarios[2] = {0};
    struct err err = {0};
    char *text = NULL;
    size_t size = 0;
    cr_assert_eq(plant_run("pass", 0, &left, &scenarios[0], &err), 0);
    cr_assert_eq(plant_run("hostile", 0, &right, &scenarios[1], &err), 0);
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(report_write_pair(&left, &right, out, &err), 0, "%s", err.message);
    fclose(out);
    cr_expect(strstr(text, "<title>kafka and &lt;/title&gt;&lt;script&gt;"));
    cr_expect(strstr(text,
                     "<tr class=\"differs\"><td>lost</td><td><span class=\"mark pass\">pass</span> "
                     "<span>0</span></td><td><span class=\"mark fail\">fail</span>"));
    cr_expect_eq(count_of(text, "<script"), 3);
    free(text);
    plant_free(&left, scenarios[0]);
    plant_free(&right, scenarios[1]);
}
