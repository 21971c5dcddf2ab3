/* The lines of a run that goes on: those that stay once a phase is over, and those that are drawn
 * again. */
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "model/gate.h"
#include "report/console_inside.h"
#include "report/text.h"

enum { BAR_MAX = 40, LABEL = CONSOLE_LABEL - 2 };

/* ---- what is known while the run goes on ---- */

static int64_t planned_requests(const struct run *run, const struct progress *progress)
{
    int64_t answered =
        progress ? atomic_load_explicit(&progress->answered, memory_order_relaxed) : 0;
    int64_t planned = 0;
    for (unsigned i = 0; run->scenario && i < run->scenario->load_count; i++) {
        const struct spec_phase *phase = &run->scenario->load[i];
        if (phase->kind == LOAD_BURST)
            planned += phase->burst.requests;
        else if (phase->kind == LOAD_WAVES)
            planned += phase->waves.offsets_count ? (int64_t)phase->waves.offsets_count
                                                  : phase->waves.waves * phase->waves.size;
        else if (phase->kind == LOAD_RATE)
            planned += phase->rate.requests ? phase->rate.requests
                                            : phase->rate.rate * phase->rate.duration / NS_PER_S;
        else if (phase->kind == LOAD_CLOSED)
            planned += phase->closed.requests;
    }
    return planned > answered ? planned : answered;
}

static void add_label(const struct console *console, struct buf *line, const char *label)
{
    term_begin(&console->term, line, TERM_DIM);
    buf_addf(line, "  %-*s", LABEL, label);
    term_end(&console->term, line, TERM_DIM);
}

/* "  ended      ━━━━━━━━  812/1000  note" */
static void add_bar(const struct console *console, struct buf *line, const char *label,
                    int64_t done, int64_t total, const char *note)
{
    int columns = term_columns(console->term.out) - LABEL - 40;
    add_label(console, line, label);
    if (console->term.live && columns > 6) {
        term_bar(&console->term, line, columns < BAR_MAX ? columns : BAR_MAX, done, total);
        buf_adds(line, "  ");
    }
    if (total > 0)
        buf_addf(line, "%" PRId64 "/%" PRId64, done, total);
    else
        buf_addf(line, "%" PRId64, done);
    buf_addf(line, "%s%s\n", *note ? "  " : "", note);
}

static void add_span(struct buf *line, ns_t span)
{
    char text[32];
    buf_adds(line, units_format_duration(span, text, sizeof text));
}

/* "redis 7.0.15", and the kind where it is not the usual one. */
static void add_server(struct buf *line, const struct server_info *server, bool first)
{
    buf_addf(line, "%s%s", first ? "" : ", ", server->name);
    if (server->version[0]) {
        buf_adds(line, " ");
        text_add(line, TEXT_TERMINAL, server->version);
    }
    if (strcmp(server->kind, "private") != 0) {
        buf_adds(line, " ");
        text_add(line, TEXT_TERMINAL, server->kind);
    }
}

/* ---- lines that stay: one a finished phase ---- */

void console_compose_head(const struct console *console, const struct run *run, struct buf *line)
{
    int64_t planned = planned_requests(run, NULL);
    char limit[AMOUNT_TEXT];
    term_add(&console->term, line, TERM_BOLD, run->scenario ? run->scenario->name : "run");
    buf_addf(line, ": limit %s", items_spell_limit(run->scenario, limit));
    if (planned)
        buf_addf(line, ", %" PRId64 " requests", planned);
    if (run->rounds > 1)
        buf_addf(line, ", round %" PRId64 " of %" PRId64, run->round, run->rounds);
    buf_adds(line, "\n");
}

void console_compose_servers(const struct console *console, const struct run *run, struct buf *line)
{
    const struct run_phase_info *stack = &run->phases[PHASE_STACK];
    if (!run->servers_count && !run->processes_count)
        return; /* nothing was started */
    add_label(console, line, "servers");
    for (unsigned i = 0; i < run->servers_count; i++)
        add_server(line, &run->servers[i], i == 0);
    if (stack->started && stack->ended) {
        buf_adds(line, run->servers_count ? ", ready after " : "ready after ");
        add_span(line, stack->ended - stack->started);
    }
    buf_adds(line, "\n");
}

/* First to last release of a load of one phase, as in the verdict; false while the history is not
 * to be read yet, or too long to be read in passing. */
static bool find_releases(const struct run *run, const struct progress *progress, ns_t *ret_first,
                          ns_t *ret_last)
{
    enum { IN_PASSING = 20000 };
    ns_t first = 0, last = 0;
    bool one_phase = run->scenario && run->scenario->load_count == 1;
    if (!atomic_load(&progress->load_finished) || run->history.count > IN_PASSING || !one_phase)
        return false;
    for (size_t i = 0; i < run->history.count; i++) {
        ns_t released = run->history.v[i].released;
        if (released && (!first || released < first))
            first = released;
        if (released > last)
            last = released;
    }
    *ret_first = first;
    *ret_last = last;
    return first != 0;
}

/* "0 of 300 answered, 300 timeout": what ended is not what was answered. */
static void add_answered(const struct run *run, const struct progress *progress, ns_t within,
                         struct buf *line)
{
    int64_t ended = atomic_load_explicit(&progress->answered, memory_order_relaxed);
    int64_t answered = 0, sent = 0, without[CAUSE_COUNT] = {0};
    const struct history *history = &run->history;
    if (!atomic_load(&progress->load_finished) || !history->count) {
        buf_addf(line, "%" PRId64 " ended", ended);
        return;
    }
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        bool whole = request_answered(request);
        sent += request->cls != CLASS_SKIPPED;
        answered += whole;
        without[request->cause < CAUSE_COUNT ? request->cause : CAUSE_OTHER] += !whole;
    }
    buf_addf(line, "%" PRId64, answered);
    if (answered < sent)
        buf_addf(line, " of %" PRId64, sent);
    buf_adds(line, " answered");
    if (answered && within > 0) {
        buf_adds(line, " within ");
        add_span(line, within);
    }
    for (int i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++)
        if (without[i])
            buf_addf(line, ", %" PRId64 " %s", without[i],
                     request_cause_name((enum request_cause)i));
}

void console_compose_answers(const struct console *console, const struct run *run,
                             const struct progress *progress, struct buf *line)
{
    ns_t first = atomic_load_explicit(&progress->first_release, memory_order_relaxed);
    ns_t done = atomic_load_explicit(&progress->last_done, memory_order_relaxed);
    ns_t released;
    if (!first && !done && !run->history.count)
        return; /* it was never begun */
    add_label(console, line, "load");
    /* From when they could leave, as latencies count, also where they were frozen meanwhile. */
    bool found = find_releases(run, progress, &first, &released);
    if (gate_freezes(run->load[0].gate)) {
        buf_adds(line, "released all at once, ");
    } else if (found) {
        buf_adds(line, gate_connects(run->load[0].gate) ? "connects left in " : "released in ");
        add_span(line, released - first);
        buf_adds(line, ", ");
    }
    add_answered(run, progress, first ? done - first : 0, line);
    if (run->load[0].gate[0])
        buf_addf(line, ", gate %s", run->load[0].gate);
    buf_adds(line, "\n");
}

void console_compose_instances(const struct console *console, const struct run *run,
                               struct buf *line)
{
    if (!run->instances_count && !run->spreading[0])
        return;
    add_label(console, line, "instances");
    if (run->spreading[0])
        buf_addf(line, "spreading %s", run->spreading);
    for (unsigned i = 0; i < run->instances_count; i++)
        buf_addf(line, "%s%s %" PRId64, i ? ", " : "", run->instances[i].name,
                 run->instances[i].requests);
    buf_adds(line, "\n");
}

void console_compose_drained(const struct console *console, const struct run *run,
                             const struct sample *sample, struct buf *line)
{
    if (run->drain.outcome == DRAIN_NOT_RUN)
        return;
    add_label(console, line, "drain");
    buf_adds(line, drain_outcome_name(run->drain.outcome));
    if (sample && sample->rows != COUNT_UNKNOWN)
        buf_addf(line, ", %" PRId64 " rows", sample->rows);
    buf_adds(line, "\n");
}

/* ---- lines that live: the phase that is going on ---- */

/* How many rows there may be; 0: of amounts nobody knows. */
static int64_t rows_most(const struct run *run)
{
    const struct spec_items *items = run->scenario->items;
    return items && items->decimals ? 0 : run->scenario->limit;
}

static void compose_settle(const struct console *console, const struct run *run,
                           const struct progress *progress, const struct sample *sample,
                           struct buf *lines)
{
    int64_t ended = atomic_load_explicit(&progress->answered, memory_order_relaxed);
    add_bar(console, lines, "ended", ended, planned_requests(run, progress), "");
    if (sample && sample->rows != COUNT_UNKNOWN)
        add_bar(console, lines, "rows", sample->rows, rows_most(run), "");
}

static void compose_drain(const struct console *console, const struct run *run,
                          const struct sample *sample, struct buf *lines)
{
    char note[96] = "";
    if (!sample)
        return;
    int64_t lag = sample_lag(sample);
    if (lag != COUNT_UNKNOWN)
        snprintf(note, sizeof note, "lag %" PRId64, lag);
    if (sample->flags & SAMPLE_CONSUMER_GONE)
        snprintf(note + strlen(note), sizeof note - strlen(note), "  a process has ended");
    add_bar(console, lines, "rows", sample->rows == COUNT_UNKNOWN ? 0 : sample->rows,
            rows_most(run), note);
}

static void compose_note(const struct console *console, const char *label, const char *text,
                         struct buf *lines)
{
    add_label(console, lines, label);
    text_add(lines, TEXT_TERMINAL, text);
    buf_adds(lines, "\n");
}

static void compose_stage(const struct console *console, const struct run *run,
                          const struct progress *progress, struct buf *lines)
{
    int64_t planned = atomic_load_explicit(&progress->planned, memory_order_relaxed);
    add_bar(console, lines, "staged", atomic_load_explicit(&progress->staged, memory_order_relaxed),
            planned ? planned : planned_requests(run, NULL), "");
}

void console_compose_live(const struct console *console, const struct run *run,
                          enum run_phase phase, const struct progress *progress,
                          const struct sample *sample, const char *text, struct buf *lines)
{
    switch (phase) {
    case PHASE_RESOLVE:
    case PHASE_STACK:
        compose_note(console, "servers", *text ? text : "starting", lines);
        break;
    case PHASE_PREFLIGHT:
        compose_note(console, "preflight", *text ? text : "looking at the stores", lines);
        break;
    case PHASE_STAGE:
        if (progress)
            compose_stage(console, run, progress, lines);
        break;
    case PHASE_RELEASE:
    case PHASE_SETTLE:
        if (progress)
            compose_settle(console, run, progress, sample, lines);
        break;
    case PHASE_DRAIN:
        compose_drain(console, run, sample, lines);
        break;
    case PHASE_WATCH:
        compose_note(console, "watching", *text ? text : "for late changes", lines);
        break;
    case PHASE_CHECK:
        compose_note(console, "checking", text, lines);
        break;
    case PHASE_REPORT:
    case PHASE_TEARDOWN:
    case PHASE_COUNT:
        break;
    }
}
