/* The verdict block: what happened, in the order in which people ask. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/console_inside.h"
#include "report/in_short.h"
#include "report/result.h"
#include "report/text.h"

enum { LABEL = 10, MORE = 12 };

static void add_where(const struct term *term, const struct run *run, struct buf *lines)
{
    if (!run->dir[0])
        return;
    /* Not wrapped: a path that people copy must stay whole. */
    term_begin(term, lines, TERM_DIM);
    buf_addf(lines, "  %-*s ", LABEL, "report");
    term_end(term, lines, TERM_DIM);
    text_add(lines, TEXT_TERMINAL, run->dir);
    buf_adds(lines, "/report.html\n");
}

static void add_head(const struct term *term, const struct run *run, struct buf *lines)
{
    buf_adds(lines, "\n");
    term_begin(term, lines, TERM_BOLD);
    console_add_mark(term, run->verdict, verdict_name(run->verdict), lines);
    term_end(term, lines, TERM_BOLD);
    buf_adds(lines, "  ");
    term_add(term, lines, TERM_BOLD, run->scenario ? run->scenario->name : "run");
}

/* The verdict once more, where the eye is when all has scrolled by: with the checks that it is
 * because of, as many as fit. */
static void add_last(const struct term *term, const struct run *run, int columns, struct buf *lines)
{
    size_t left = 0, named = 0, untested = 0;
    const char *run_name = run->scenario ? run->scenario->name : "run";
    int used = (int)strlen(verdict_name(run->verdict)) + text_columns(run_name) + 4;
    add_head(term, run, lines);
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        char name[FINDING_NAME];
        if (finding->verdict != run->verdict)
            continue;
        untested += finding_untested(finding);
        used += text_columns(finding_name(finding, name, sizeof name)) + 2;
        left += run->verdict == VERDICT_PASS || used + MORE > columns;
        if (left)
            continue;
        buf_adds(lines, named++ ? ", " : ": ");
        text_add(lines, TEXT_TERMINAL, name);
    }
    if (run->verdict == VERDICT_PASS)
        buf_addf(lines, untested ? ": %zu checks, %zu not tested" : ": %zu checks", left - untested,
                 untested);
    else if (left)
        buf_addf(lines, "%s%zu%s", named ? " and " : ": ", left, named ? " more" : " checks");
    buf_adds(lines, "\n");
}

void console_compose_verdict(const struct term *term, const struct run *run, int columns,
                             struct buf *lines)
{
    add_head(term, run, lines);
    buf_adds(lines, "\n");
    bool judged = result_judged(run);
    char error[sizeof run->error];
    text_first_line(run->error, error, sizeof error);
    const char *const reasons[] = {error,
                                   judged || run->interrupted ? run->explanation
                                                              : "no request was sent",
                                   judged ? result_invalid(run) : "",
                                   run->race.said[0],
                                   run->race.said[1],
                                   run->warning};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i][0])
            term_wrap(lines, reasons[i], 2, columns);
    buf_adds(lines, "\n");
    if (judged) {
        console_add_table(term, run, columns, lines);
        console_add_findings(term, run, columns, lines);
    }
    console_add_figures(term, run, columns, lines);
    if (judged)
        console_add_line(term, "unchecked", run->not_checked, columns, lines);
    char sentence[IN_SHORT];
    console_add_line(term, "in short", in_short(run, sentence, sizeof sentence), columns, lines);
    add_where(term, run, lines);
    console_add_line(term, "next", run->advice, columns, lines);
    add_last(term, run, columns, lines);
}
