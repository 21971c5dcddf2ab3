/* The verdict block: what happened, in the order in which people ask. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "base/utf8.h"
#include "model/check.h"
#include "model/connects.h"
#include "model/power.h"
#include "report/console_inside.h"
#include "report/observed_report.h"
#include "report/result.h"
#include "report/text.h"

/* Of what is not known yet a few are enough: who is named stands not accused. */
enum { USERS_MAX = 20, USERS_UNKNOWN = 3, INDENT = 4, LABEL = 10 };

static const enum term_style styles[] = {
    [VERDICT_PASS] = TERM_GREEN, [VERDICT_UNKNOWN] = TERM_YELLOW, [VERDICT_FAIL] = TERM_RED};

static const char *mark(const struct term *term, enum verdict verdict)
{
    static const char *const unicode[] = {"✔", "?", "✘"}, *const ascii[] = {"+", "?", "x"};
    return term->unicode ? unicode[verdict] : ascii[verdict];
}

static void add_padded(struct buf *line, const char *text, int columns)
{
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, 4096);
    text_add(&clean, TEXT_TERMINAL, text);
    int width = text_columns(buf_text(&clean));
    buf_adds(line, buf_text(&clean));
    buf_addf(line, "%*s", width < columns ? columns - width : 0, "");
}

/* Cut to the columns, with a mark that something is missing; masked before that, since the first
 * half of a secret is found by nobody. */
static void add_cell(const struct term *term, struct buf *line, const char *text, int columns)
{
    char cut[256];
    size_t used = 0;
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, 4096);
    text_add(&clean, TEXT_TERMINAL, text);
    const char *at = buf_text(&clean);
    for (int i = 0; *at && i < columns && used + 8 < sizeof cut; i++) {
        const char *from = at;
        utf8_next(&at);
        bool last = i == columns - 1 && *at;
        const char *rest = term->unicode ? "…" : "~";
        used += (size_t)snprintf(cut + used, sizeof cut - used, "%.*s",
                                 last ? (int)strlen(rest) : (int)(at - from), last ? rest : from);
    }
    cut[used] = '\0';
    add_padded(line, cut, columns);
}

/* ---- the table ---- */

struct widths {
    int name, expected, actual;
};

static int widest(const struct run *run, size_t offset, int most)
{
    int width = 6;
    for (size_t i = 0; i < run->findings.count; i++) {
        const char *text = (const char *)&run->findings.v[i] + offset;
        int columns = text_columns(text);
        width = columns > width ? columns : width;
    }
    return width < most ? width : most;
}

/* What one column does not need is the other's. */
static struct widths measure(const struct run *run, int columns)
{
    struct widths widths = {.name = 6};
    for (size_t i = 0; i < run->findings.count; i++) {
        int width = text_columns(run->findings.v[i].check);
        widths.name = width > widths.name ? width : widths.name;
    }
    int room = columns - widths.name - 9;
    room = room < 16 ? 16 : room;
    widths.actual = widest(run, offsetof(struct finding, actual), room / 2);
    widths.expected = widest(run, offsetof(struct finding, expected), room - widths.actual);
    widths.actual = widest(run, offsetof(struct finding, actual), room - widths.expected);
    return widths;
}

static void add_row(const struct term *term, const struct finding *finding,
                    const struct widths *widths, struct buf *lines)
{
    buf_adds(lines, "  ");
    term_add(term, lines, styles[finding->verdict], mark(term, finding->verdict));
    buf_adds(lines, " ");
    add_cell(term, lines, finding->check, widths->name);
    buf_adds(lines, "  ");
    add_cell(term, lines, finding->expected, widths->expected);
    buf_adds(lines, "  ");
    add_cell(term, lines, finding->actual, widths->actual);
    while (lines->used && lines->data[lines->used - 1] == ' ')
        lines->data[--lines->used] = '\0';
    buf_adds(lines, "\n");
}

static void add_table(const struct term *term, const struct run *run, int columns,
                      struct buf *lines)
{
    if (!run->findings.count)
        return;
    struct widths widths = measure(run, columns);
    term_begin(term, lines, TERM_DIM);
    buf_addf(lines, "    %-*s  %-*s  %s\n", widths.name, "check", widths.expected, "expected",
             "actual");
    term_end(term, lines, TERM_DIM);
    for (size_t i = 0; i < run->findings.count; i++)
        add_row(term, &run->findings.v[i], &widths, lines);
    buf_adds(lines, "\n");
}

/* ---- what did not pass, with the users ---- */

static void add_users(const struct run *run, const struct finding *finding, int columns,
                      struct buf *lines)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 4096);
    size_t most = finding->verdict == VERDICT_FAIL ? USERS_MAX : USERS_UNKNOWN;
    size_t count = finding->witnesses_count, shown = count < most ? count : most;
    for (size_t i = 0; i < shown; i++) {
        buf_clear(&text);
        witness_describe(&finding->witnesses[i], run->roster, run->history.origin, &text);
        term_wrap(lines, buf_text(&text), INDENT + 2, columns);
    }
    if (shown < count)
        buf_addf(lines, "%*sand %zu more, all in result.json\n", INDENT + 2, "", count - shown);
}

/* Do two findings say the same for the same reason? One missing store leaves many checks unknown.
 */
static bool alike(const struct finding *a, const struct finding *b)
{
    return a->verdict == b->verdict && !a->witnesses_count && !b->witnesses_count &&
           !strcmp(a->message, b->message) && !strcmp(a->hint, b->hint);
}

static bool told_before(const struct findings *findings, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (alike(&findings->v[i], &findings->v[index]))
            return true;
    return false;
}

/* "cap_exact (exact allocation), lost (lost writes)" */
static void add_names(const struct term *term, const struct findings *findings, size_t index,
                      int columns, struct buf *lines)
{
    _cleanup_(buf_free) struct buf names, wrapped;
    buf_init(&names, 1 << 16);
    buf_init(&wrapped, 1 << 16);
    for (size_t i = index; i < findings->count; i++)
        if (i == index || alike(&findings->v[i], &findings->v[index]))
            buf_addf(&names, "%s%s (%s)", names.used ? ", " : "", findings->v[i].check,
                     checks_title(findings->v[i].check));
    term_wrap(&wrapped, buf_text(&names), 2, columns);
    term_begin(term, lines, styles[findings->v[index].verdict]);
    buf_adds(lines, buf_text(&wrapped));
    term_end(term, lines, styles[findings->v[index].verdict]);
}

static void add_findings(const struct term *term, const struct run *run, int columns,
                         struct buf *lines)
{
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        if (finding->verdict == VERDICT_PASS || told_before(&run->findings, i))
            continue;
        add_names(term, &run->findings, i, columns, lines);
        if (finding->message[0])
            term_wrap(lines, finding->message, INDENT, columns);
        add_users(run, finding, columns, lines);
        if (finding->hint[0])
            term_wrap(lines, finding->hint, INDENT, columns);
        buf_adds(lines, "\n");
    }
}

/* ---- figures ---- */

static const char *span(ns_t length, char *text, size_t size)
{
    return units_format_duration(length, text, size);
}

static void add_line(const struct term *term, const char *label, const char *text, int columns,
                     struct buf *lines)
{
    _cleanup_(buf_free) struct buf wrapped;
    buf_init(&wrapped, 1 << 16);
    if (!*text)
        return;
    term_wrap(&wrapped, text, LABEL + 3, columns);
    term_begin(term, lines, TERM_DIM);
    buf_addf(lines, "  %-*s ", LABEL, label);
    term_end(term, lines, TERM_DIM);
    buf_adds(lines, buf_text(&wrapped) + LABEL + 3);
}

static void add_requests(const struct term *term, const struct tally *tally, int columns,
                         struct buf *lines)
{
    char text[256];
    int used = snprintf(text, sizeof text,
                        "%" PRId64 " sent = %" PRId64 " accepted + %" PRId64 " rejected",
                        tally->sent, tally->accepted, tally->rejected);
    if (tally->limited)
        used += snprintf(text + used, sizeof text - (size_t)used, " + %" PRId64 " limited",
                         tally->limited);
    used += snprintf(text + used, sizeof text - (size_t)used,
                     " + %" PRId64 " failed + %" PRId64 " unknown", tally->failed, tally->unknown);
    if (tally->skipped)
        snprintf(text + used, sizeof text - (size_t)used, "; %" PRId64 " skipped", tally->skipped);
    add_line(term, "requests", text, columns, lines);
}

/* What came, when it was not what the rules expect: a kind a line, and a body of it. */
static void add_answers(const struct term *term, const struct run *run, int columns,
                        struct buf *lines)
{
    enum { KINDS_SHOWN = 6 };
    const struct answers *answers = &run->answers;
    if (run->verdict == VERDICT_PASS || answers_plain(answers))
        return;
    for (unsigned i = 0; i < answers->count && i < KINDS_SHOWN; i++) {
        const struct answer_kind *kind = &answers->v[i];
        char text[sizeof *kind];
        answer_describe(kind, text, sizeof text);
        add_line(term, i ? "" : "answers", text, columns, lines);
        if (*kind->sample && (kind->cls != CLASS_ACCEPTED || kind->cause != CAUSE_NONE))
            term_wrap(lines, kind->sample, LABEL + 5, columns);
    }
    if (answers->count > KINDS_SHOWN || answers->others)
        add_line(term, "", "and others, in result.json", columns, lines);
    if (answers->log[0]) {
        char name[64];
        snprintf(name, sizeof name, "the end of logs/%s.log:", answers->log_of);
        add_line(term, "", name, columns, lines);
        term_wrap(lines, answers->log, LABEL + 5, columns);
    }
}

/* "400 tickets, 390 decided; last ticket 835 ms, last decision 1.03 s; 4012 polls (91 % of …)" */
static void add_decisions(const struct term *term, const struct run *run, int columns,
                          struct buf *lines)
{
    const struct load_decisions *sum = &run->decisions;
    char text[384], ticket[32], decision[32] = "never";
    if (!sum->tickets)
        return;
    if (sum->last_decision)
        span(sum->last_decision - run->history.origin, decision, sizeof decision);
    snprintf(text, sizeof text,
             "%" PRId64 " tickets, the last after %s; %" PRId64 " decided by polls, the last after "
             "%s; %" PRId64 " polls, %" PRId64 " %% of the target's requests, %" PRId64 " failed",
             sum->tickets, span(sum->last_ticket - run->history.origin, ticket, sizeof ticket),
             sum->decided, decision, sum->polls, 100 * sum->polls / (sum->polls + run->tally.sent),
             sum->polls_failed);
    add_line(term, "decisions", text, columns, lines);
}

static void add_burst(const struct term *term, const struct run *run, int columns,
                      struct buf *lines)
{
    struct tally tally = run->tally;
    bool burst = result_burst(run, &tally);
    char text[256], release[128];
    snprintf(text, sizeof text, "released %s, %" PRId64 " in flight at the peak%s%s",
             result_release(run, release, sizeof release), tally.peak_in_flight,
             *result_gate(run) ? ", gate " : "", result_gate(run));
    add_line(term, burst ? "burst" : "load", text, columns, lines);
    add_line(term, "connects", connects_describe(connects_of(run), text, sizeof text), columns,
             lines);
    struct power power;
    power_of(run, &power);
    if (!strstr(run->explanation, power_describe(&power, text, sizeof text)))
        add_line(term, "power", text, columns, lines);
}

static void add_latency(const struct term *term, const struct run *run, int columns,
                        struct buf *lines)
{
    _cleanup_free_ struct hist *hist = calloc(1, sizeof *hist);
    if (!hist)
        return;
    tally_latency(&run->history, TALLY_ALL_PHASES, hist, NULL);
    if (!hist->total)
        return;
    char text[256], p50[32], p90[32], p99[32], most[32];
    snprintf(text, sizeof text, "p50 %s, p90 %s, p99 %s, max %s",
             span(hist_quantile(hist, 0.5), p50, sizeof p50),
             span(hist_quantile(hist, 0.9), p90, sizeof p90),
             span(hist_quantile(hist, 0.99), p99, sizeof p99), span(hist->max, most, sizeof most));
    add_line(term, "latency", text, columns, lines);
}

static void add_drain(const struct term *term, const struct run *run, int columns,
                      struct buf *lines)
{
    const struct drain_result *drain = &run->drain;
    char text[768], last[32], decided[32];
    if (drain->outcome == DRAIN_NOT_RUN)
        return;
    int used = snprintf(text, sizeof text, "%s", drain_outcome_name(drain->outcome));
    ns_t length;
    if (drain->rows_at_last_response != COUNT_UNKNOWN)
        used += snprintf(text + used, sizeof text - (size_t)used,
                         ", %" PRId64 " rows at the last response", drain->rows_at_last_response);
    bool later = result_after_last_response(run, &length) && length > 0;
    if (later)
        used += snprintf(text + used, sizeof text - (size_t)used, ", the last one %s later",
                         span(length, last, sizeof last));
    /* Nothing can be decided before everybody is answered, however early the last row was. */
    ns_t known = later ? result_last_row(run) : run->tally.last_response;
    if (known && drain->decided >= known)
        used += snprintf(text + used, sizeof text - (size_t)used, ", decided %s after %s",
                         span(drain->decided - known, decided, sizeof decided),
                         later ? "it" : "the last response");
    if (drain->detail[0])
        snprintf(text + used, sizeof text - (size_t)used, "; %s", drain->detail);
    add_line(term, "drain", text, columns, lines);
}

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

void console_compose_verdict(const struct term *term, const struct run *run, int columns,
                             struct buf *lines)
{
    char head[512];
    snprintf(head, sizeof head, "%s %s", mark(term, run->verdict), verdict_name(run->verdict));
    buf_adds(lines, "\n");
    term_begin(term, lines, TERM_BOLD);
    term_add(term, lines, styles[run->verdict], head);
    term_end(term, lines, TERM_BOLD);
    buf_adds(lines, "  ");
    term_add(term, lines, TERM_BOLD, run->scenario ? run->scenario->name : "run");
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
        add_table(term, run, columns, lines);
        add_findings(term, run, columns, lines);
    }
    char attempt[96], statements[160];
    if (run->tally.sent) {
        add_requests(term, &run->tally, columns, lines);
        add_answers(term, run, columns, lines);
        add_decisions(term, run, columns, lines);
        add_burst(term, run, columns, lines);
        add_latency(term, run, columns, lines);
        add_line(term, "statements", observed_line(&run->observed, statements, sizeof statements),
                 columns, lines);
    }
    add_drain(term, run, columns, lines);
    add_line(term, "repeated", result_attempt(run, attempt, sizeof attempt), columns, lines);
    if (judged)
        add_line(term, "unchecked", run->not_checked, columns, lines);
    add_where(term, run, lines);
    add_line(term, "next", run->advice, columns, lines);
}
