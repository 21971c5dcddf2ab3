/* The figures of a run, a line each. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "model/connects.h"
#include "model/power.h"
#include "report/console_inside.h"
#include "report/observed_report.h"
#include "report/result.h"

enum { LABEL = 10 };

static const char *span(ns_t length, char *text, size_t size)
{
    return units_format_duration(length, text, size);
}

void console_add_line(const struct term *term, const char *label, const char *text, int columns,
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
    console_add_line(term, "requests", text, columns, lines);
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
        console_add_line(term, i ? "" : "answers", text, columns, lines);
        if (*kind->sample && (kind->cls != CLASS_ACCEPTED || kind->cause != CAUSE_NONE))
            term_wrap(lines, kind->sample, LABEL + 5, columns);
    }
    if (answers->count > KINDS_SHOWN || answers->others)
        console_add_line(term, "", "and others, in result.json", columns, lines);
    if (answers->log[0]) {
        char name[64];
        snprintf(name, sizeof name, "the end of logs/%s.log:", answers->log_of);
        console_add_line(term, "", name, columns, lines);
        term_wrap(lines, answers->log, LABEL + 5, columns);
    }
}

/* "4012 polls, 91 % of the target's requests, 3 failed", or "400 streams, 412 events, 0 …" */
static void spell_asking(const struct run *run, char *ret_text, size_t size)
{
    const struct load_decisions *sum = &run->decisions;
    if (sum->streams || sum->streams_failed)
        snprintf(ret_text, size,
                 "%" PRId64 " streams, %" PRId64 " events, %" PRId64 " attempts failed",
                 sum->streams, sum->events, sum->streams_failed);
    else
        snprintf(ret_text, size,
                 "%" PRId64 " polls, %" PRId64 " %% of the target's requests, %" PRId64 " failed",
                 sum->polls, 100 * sum->polls / (sum->polls + run->tally.sent), sum->polls_failed);
}

/* "400 tickets, the last after 835 ms; 390 decided, the last after 1.03 s; 4012 polls, …" */
static void add_decisions(const struct term *term, const struct run *run, int columns,
                          struct buf *lines)
{
    const struct load_decisions *sum = &run->decisions;
    char text[384], asking[128], ticket[32], decision[32] = "never";
    if (!sum->tickets)
        return;
    if (sum->last_decision)
        span(sum->last_decision - run->history.origin, decision, sizeof decision);
    spell_asking(run, asking, sizeof asking);
    snprintf(text, sizeof text,
             "%" PRId64 " tickets, the last after %s; %" PRId64 " decided, the last after %s; %s",
             sum->tickets, span(sum->last_ticket - run->history.origin, ticket, sizeof ticket),
             sum->decided, decision, asking);
    console_add_line(term, "decisions", text, columns, lines);
}

static void add_burst(const struct term *term, const struct run *run, int columns,
                      struct buf *lines)
{
    struct tally tally = run->tally;
    bool burst = result_burst(run, &tally);
    char text[384], release[128], carried[96];
    result_carried(run, carried, sizeof carried);
    snprintf(text, sizeof text, "released %s, %" PRId64 " in flight at the peak%s%s%s%s",
             result_release(run, release, sizeof release), tally.peak_in_flight,
             *result_gate(run) ? ", gate " : "", result_gate(run), *carried ? "; " : "", carried);
    console_add_line(term, burst ? "burst" : "load", text, columns, lines);
    console_add_line(term, "from", result_sources(run), columns, lines);
    console_add_line(term, "handlers", result_entered(run, text, sizeof text), columns, lines);
    char agents[160];
    console_add_line(term, "agents", agents_describe(&run->agents, agents, sizeof agents), columns,
                     lines);
    console_add_line(term, "connects", connects_describe(connects_of(run), text, sizeof text),
                     columns, lines);
    struct power power;
    power_of(run, &power);
    if (!strstr(run->explanation, power_describe(&power, text, sizeof text)))
        console_add_line(term, "power", text, columns, lines);
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
    console_add_line(term, "latency", text, columns, lines);
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
    console_add_line(term, "drain", text, columns, lines);
}

void console_add_figures(const struct term *term, const struct run *run, int columns,
                         struct buf *lines)
{
    char attempt[96], statements[160], actions[384], faults[256];
    if (run->tally.sent) {
        add_requests(term, &run->tally, columns, lines);
        add_answers(term, run, columns, lines);
        add_decisions(term, run, columns, lines);
        console_add_line(term, "actions", result_actions_line(run, actions, sizeof actions),
                         columns, lines);
        add_burst(term, run, columns, lines);
        add_latency(term, run, columns, lines);
        console_add_line(term, "statements",
                         observed_line(&run->observed, statements, sizeof statements), columns,
                         lines);
    }
    add_drain(term, run, columns, lines);
    console_add_line(term, "faults", run_faults(run, faults, sizeof faults), columns, lines);
    console_add_line(term, "repeated", result_attempt(run, attempt, sizeof attempt), columns,
                     lines);
}
