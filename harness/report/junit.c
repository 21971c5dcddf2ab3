/* junit.xml: one testcase a check. Written for the strictest common reading of the format (the
 * schema in tests/report/junit.xsd), so that Jenkins, GitLab and GitHub actions all take it. */
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "model/check.h"
#include "report/figures.h"
#include "report/result.h"
#include "report/text.h"
#include "report/writers.h"

enum { USERS_MAX = 100 }; /* named in a testcase; result.json has all of them */

static double seconds(ns_t span)
{
    return span > 0 ? (double)span / (double)NS_PER_S : 0;
}

/* From the first phase's begin to the last one's end, as far as they are known by now. */
static ns_t elapsed(const struct run *run)
{
    ns_t first = 0, last = 0;
    for (int i = 0; i < PHASE_COUNT; i++) {
        const struct run_phase_info *phase = &run->phases[i];
        ns_t end = phase->ended ? phase->ended : phase->started;
        if (phase->started && (!first || phase->started < first))
            first = phase->started;
        if (end > last)
            last = end;
    }
    return first ? last - first : 0;
}

/* Why the run itself is at fault, whatever its checks say; NULL: it is not. */
static const char *run_fault(const struct run *run, const char **ret_type)
{
    const struct {
        const char *text, *type;
    } faults[] = {
        {run->error, "environment"},
        {run->invalid, "invalid"},
        {run->interrupted ? "the run was interrupted" : "", "interrupted"},
        {run->findings.count ? "" : "no check was made", "empty"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (*faults[i].text) {
            *ret_type = faults[i].type;
            return faults[i].text;
        }
    return NULL;
}

static void write_properties(const json_t *result, FILE *out)
{
    char text[256];
    fputs("    <properties>\n", out);
    for (size_t i = 0; i < figures_count; i++) {
        if (!figure_plain(result, &figures_table[i], text, sizeof text))
            continue;
        fprintf(out, "      <property name=\"%s\" value=\"", figures_table[i].path);
        text_print(out, TEXT_XML, text);
        fputs("\"/>\n", out);
    }
    fputs("    </properties>\n", out);
}

static void write_case_head(const struct run *run, const char *name, ns_t took, FILE *out)
{
    fputs("    <testcase name=\"", out);
    text_print(out, TEXT_XML, name);
    fputs("\" classname=\"rushproof.", out);
    text_print(out, TEXT_XML, run->scenario ? run->scenario->name : "run");
    fprintf(out, "\" time=\"%.9f\"", seconds(took));
}

static void write_users(const struct run *run, const struct finding *finding, FILE *out)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 1 << 20);
    size_t shown = finding->witnesses_count < USERS_MAX ? finding->witnesses_count : USERS_MAX;
    for (size_t i = 0; i < shown; i++) {
        buf_clear(&text);
        witness_describe(&finding->witnesses[i], run->roster, run->history.origin, &text);
        text_print(out, TEXT_XML, buf_text(&text));
        fputc('\n', out);
    }
    if (shown < finding->witnesses_count)
        fprintf(out, "… %zu of %zu; all are in result.json\n", shown, finding->witnesses_count);
}

static void write_check(const struct run *run, const struct finding *finding, FILE *out)
{
    char name[FINDING_NAME];
    write_case_head(run, finding_name(finding, name, sizeof name), finding->took, out);
    if (finding->verdict == VERDICT_PASS) {
        fputs("/>\n", out);
        return;
    }
    const char *element = finding->verdict == VERDICT_FAIL ? "failure" : "error";
    fprintf(out, ">\n      <%s type=\"%s\" message=\"", element,
            finding->verdict == VERDICT_FAIL ? "violated" : "unknown");
    text_print(out, TEXT_XML, finding->message);
    fputs("\">", out);
    if (finding->expected[0] || finding->actual[0]) {
        fputs("expected: ", out);
        text_print(out, TEXT_XML, finding->expected);
        fputs("\nbut was: ", out);
        text_print(out, TEXT_XML, finding->actual);
        fputc('\n', out);
    }
    fprintf(out, "known as: %s\n", checks_title(finding->check));
    if (finding->hint[0]) {
        text_print(out, TEXT_XML, finding->hint);
        fputc('\n', out);
    }
    write_users(run, finding, out);
    fprintf(out, "</%s>\n    </testcase>\n", element);
}

static void write_fault(const struct run *run, const char *fault, const char *type, FILE *out)
{
    write_case_head(run, "run", elapsed(run), out);
    fprintf(out, ">\n      <error type=\"%s\" message=\"", type);
    text_print(out, TEXT_XML, fault);
    fputs("\">", out);
    text_print(out, TEXT_XML, run->advice);
    fputs("</error>\n    </testcase>\n", out);
}

static void write_suite_head(const struct run *run, bool faulty, FILE *out)
{
    size_t failures = 0, errors = faulty;
    for (size_t i = 0; i < run->findings.count; i++) {
        failures += run->findings.v[i].verdict == VERDICT_FAIL;
        errors += run->findings.v[i].verdict == VERDICT_UNKNOWN;
    }
    char stamp[32];
    clock_format_utc(run->wall_start, stamp, sizeof stamp);
    stamp[strlen("2026-11-23T08:01:02")] = '\0'; /* the format knows no fractions and no zone */
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"", out);
    text_print(out, TEXT_XML, run->scenario ? run->scenario->name : "run");
    fprintf(out,
            "\" package=\"rushproof\" id=\"0\" timestamp=\"%s\" hostname=\"localhost\" "
            "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.6f\">\n",
            stamp, run->findings.count + faulty, failures, errors, seconds(elapsed(run)));
}

/* What came back, a kind a line, with a body of it. */
static void write_answers(const struct run *run, FILE *out)
{
    for (unsigned i = 0; i < run->answers.count; i++) {
        const struct answer_kind *kind = &run->answers.v[i];
        char text[sizeof *kind];
        answer_describe(kind, text, sizeof text);
        fputc('\n', out);
        text_print(out, TEXT_XML, text);
        fputs(*kind->sample ? "\n    " : "", out);
        text_print(out, TEXT_XML, kind->sample);
    }
    if (!run->answers.log[0])
        return;
    fputs("\nthe end of logs/", out);
    text_print(out, TEXT_XML, run->answers.log_of);
    fputs(".log: ", out);
    text_print(out, TEXT_XML, run->answers.log);
}

int junit_write(const struct run *run, const json_t *result, FILE *out, struct err *err)
{
    (void)err;
    const char *type = NULL, *fault = run_fault(run, &type);
    write_suite_head(run, fault != NULL, out);
    write_properties(result, out);
    if (fault)
        write_fault(run, fault, type, out);
    for (size_t i = 0; i < run->findings.count; i++)
        write_check(run, &run->findings.v[i], out);
    fputs("    <system-out>", out);
    text_print(out, TEXT_XML, result_judged(run) ? run->explanation : "no request was sent");
    write_answers(run, out);
    fputs("</system-out>\n    <system-err>", out);
    text_print(out, TEXT_XML, run->warning);
    fputs("</system-err>\n  </testsuite>\n</testsuites>\n", out);
    return 0;
}
