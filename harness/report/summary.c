/* summary.md: the run for a CI summary page or a pull-request comment (GitHub's and GitLab's
 * Markdown). */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/check.h"
#include "report/figures.h"
#include "report/in_short.h"
#include "report/observed_report.h"
#include "report/result.h"
#include "report/text.h"
#include "report/writers.h"

enum { USERS_MAX = 20 };

static const char *const marks[] = {
    [VERDICT_PASS] = "✅", [VERDICT_UNKNOWN] = "❔", [VERDICT_FAIL] = "❌"};

static const struct figure figures[] = {
    {"load.sent", "sent", FIGURE_COUNT},
    {"load.accepted", "accepted", FIGURE_COUNT},
    {"load.rejected", "rejected", FIGURE_COUNT},
    {"load.limited", "limited", FIGURE_COUNT},
    {"load.failed", "failed", FIGURE_COUNT},
    {"load.unknown", "unknown", FIGURE_COUNT},
    {"rows.at_last_ticket", "rows at the last ticket", FIGURE_COUNT},
    {"rows.at_last_response", "rows at the last response", FIGURE_COUNT},
    {"rows.final", "rows at the verdict", FIGURE_COUNT},
    {"load.release", "released", FIGURE_TEXT},
    {"load.connects", "connects", FIGURE_TEXT},
    {"latency_us.p99", "latency p99", FIGURE_US},
    {"drain.outcome", "drain", FIGURE_TEXT},
};
enum { FIGURES = sizeof figures / sizeof *figures };

static void write_paragraph(FILE *out, const char *before, const char *text)
{
    if (!*text)
        return;
    fputs(before, out);
    text_print(out, TEXT_MARKDOWN, text);
    fputs("\n\n", out);
}

static void write_head(const struct run *run, FILE *out)
{
    fprintf(out, "### %s ", marks[run->verdict]);
    text_print(out, TEXT_MARKDOWN, run->scenario ? run->scenario->name : "run");
    fprintf(out, ": %s\n\n", verdict_name(run->verdict));
    write_paragraph(out, "Error: ", run->error);
    write_paragraph(out, "", result_judged(run) ? run->explanation : "No request was sent.");
    char sentence[IN_SHORT];
    write_paragraph(out, "In short: ", in_short(run, sentence, sizeof sentence));
    write_paragraph(out, "", run->race.said[0]);
    write_paragraph(out, "", run->race.said[1]);
    write_paragraph(out, "Invalid run: ", result_judged(run) ? result_invalid(run) : "");
    write_paragraph(out, "", run->interrupted ? "The run was interrupted." : "");
    write_paragraph(out, "⚠️ ", run->warning);
    char attempt[96];
    write_paragraph(out, "This is ", result_attempt(run, attempt, sizeof attempt));
}

/* One line of figures rather than a table of its own: a pull request has little room. */
static void write_figures(const json_t *result, FILE *out)
{
    char text[128];
    const char *between = "";
    for (size_t i = 0; i < FIGURES; i++) {
        if (!figure_format(result, &figures[i], text, sizeof text))
            continue;
        fprintf(out, "%s%s **", between, figures[i].label);
        text_print(out, TEXT_MARKDOWN, text);
        fputs("**", out);
        between = " · ";
    }
    fputs("\n\n", out);
}

/* What came, when it is not what the rules expect. */
static void write_answers(const struct run *run, FILE *out)
{
    const struct answers *answers = &run->answers;
    if (run->verdict == VERDICT_PASS || answers_plain(answers))
        return;
    fputs("| answers | taken as | type | a body |\n|--:|---|---|---|\n", out);
    for (unsigned i = 0; i < answers->count; i++) {
        const struct answer_kind *kind = &answers->v[i];
        const char *const cells[] = {answer_meaning(kind), kind->type, kind->sample};
        char status[16] = "no answer";
        if (kind->status)
            snprintf(status, sizeof status, "%u", kind->status);
        fprintf(out, "| %" PRId64 " x %s |", kind->count, status);
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
            fputc(' ', out);
            text_print(out, TEXT_MARKDOWN, cells[k]);
            fputs(" |", out);
        }
        fputc('\n', out);
    }
    if (answers->others)
        fprintf(out, "| %" PRId64 " | of other kinds | | |\n", answers->others);
    fputc('\n', out);
    char text[sizeof answers->log + 64];
    snprintf(text, sizeof text, "The end of logs/%s.log: %s", answers->log_of, answers->log);
    write_paragraph(out, "", answers->log[0] ? text : "");
}

static void write_checks(const struct run *run, FILE *out)
{
    if (!run->findings.count)
        return;
    fputs("| | check | expected | actual |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        char name[FINDING_NAME];
        fprintf(out, "| %s | ", finding_untested(finding) ? "–" : marks[finding->verdict]);
        text_print(out, TEXT_MARKDOWN, finding_name(finding, name, sizeof name));
        fputs(" | ", out);
        text_print(out, TEXT_MARKDOWN, finding->expected);
        fputs(" | ", out);
        text_print(out, TEXT_MARKDOWN, finding->actual);
        fputs(" |\n", out);
    }
    fputc('\n', out);
}

static void write_users(const struct run *run, const struct finding *finding, FILE *out)
{
    if (!finding->witnesses_count)
        return;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 1 << 20);
    size_t count = finding->witnesses_count, shown = count < USERS_MAX ? count : USERS_MAX;
    fprintf(out, "<details><summary>%zu named</summary>\n\n", count);
    for (size_t i = 0; i < shown; i++) {
        buf_clear(&text);
        witness_describe(&finding->witnesses[i], run->roster, run->history.origin, &text);
        fputs("- ", out);
        text_print(out, TEXT_MARKDOWN, buf_text(&text));
        fputc('\n', out);
    }
    if (shown < count)
        fprintf(out, "- … %zu of %zu; all are in result.json\n", shown, count);
    fputs("\n</details>\n\n", out);
}

static void write_findings(const struct run *run, FILE *out)
{
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        char name[FINDING_NAME];
        if (finding->verdict == VERDICT_PASS)
            continue;
        fputs("**", out);
        text_print(out, TEXT_MARKDOWN, finding_name(finding, name, sizeof name));
        fprintf(out, "** (%s): ", checks_title(finding->check));
        text_print(out, TEXT_MARKDOWN, finding->message);
        fputs(finding->hint[0] ? " → " : "", out);
        text_print(out, TEXT_MARKDOWN, finding->hint);
        fputs("\n\n", out);
        write_users(run, finding, out);
    }
}

int summary_write(const struct run *run, const json_t *result, FILE *out, struct err *err)
{
    (void)err;
    write_head(run, out);
    if (result_judged(run)) {
        write_figures(result, out);
        write_answers(run, out);
        write_checks(run, out);
        write_findings(run, out);
        observed_summary(&run->observed, out);
        write_paragraph(out, "Not checked, for want of evidence: ", run->not_checked);
    }
    write_paragraph(out, "Next: ", run->advice);
    write_paragraph(out, "Report: ", run->dir);
    return 0;
}
