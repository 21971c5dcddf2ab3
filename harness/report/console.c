#include "report/console.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "report/console_inside.h"
#include "report/text.h"

#define HEARTBEAT (10 * NS_PER_S)

enum { LINES_MAX = 1 << 16, BAR_MAX = 40, LABEL = 11 };

struct console *console_new(const struct console_settings *settings)
{
    struct console *console = calloc(1, sizeof *console);
    if (!console)
        return NULL;
    term_init(&console->term, settings->out ? settings->out : stdout,
              settings->color == CONSOLE_COLOR_ALWAYS  ? 1
              : settings->color == CONSOLE_COLOR_NEVER ? -1
                                                       : 0);
    console->quiet = settings->quiet;
    console->json = settings->json;
    return console;
}

void console_free(struct console *console)
{
    if (!console)
        return;
    term_draw(&console->term, "");
    free(console);
}

/* ---- what is known while the run goes on ---- */

static int64_t planned_requests(const struct run *run, const struct progress *progress)
{
    int64_t answered =
        progress ? atomic_load_explicit(&progress->answered, memory_order_relaxed) : 0;
    int64_t planned = 0;
    for (unsigned i = 0; run->scenario && i < run->scenario->load_count; i++) {
        const struct spec_phase *phase = &run->scenario->load[i];
        int64_t repeat = run->scenario->users.repeat > 1 ? run->scenario->users.repeat : 1;
        if (phase->burst)
            planned += phase->burst->requests;
        else if (phase->waves)
            planned += phase->waves->offsets_count ? (int64_t)phase->waves->offsets_count
                                                   : phase->waves->waves * phase->waves->size;
        else if (phase->rate)
            planned += phase->rate->requests ? phase->rate->requests
                                             : phase->rate->rate * phase->rate->duration / NS_PER_S;
        else if (phase->closed)
            planned += phase->closed->requests;
        (void)repeat;
    }
    return planned > answered ? planned : answered;
}

static void add_label(const struct console *console, struct buf *line, const char *label)
{
    term_begin(&console->term, line, TERM_DIM);
    buf_addf(line, "  %-*s", LABEL, label);
    term_end(&console->term, line, TERM_DIM);
}

/* "  answered   ━━━━━━━━  812/1000  note" */
static void add_bar(const struct console *console, struct buf *line, const char *label,
                    int64_t done, int64_t total, const char *note)
{
    int columns = term_columns(console->term.out) - LABEL - 40;
    add_label(console, line, label);
    if (columns > 6) {
        term_bar(&console->term, line, columns < BAR_MAX ? columns : BAR_MAX, done, total);
        buf_adds(line, "  ");
    }
    if (total > 0)
        buf_addf(line, "%" PRId64 "/%" PRId64, done, total);
    else
        buf_addf(line, "%" PRId64, done);
    buf_addf(line, "  %s\n", note);
}

static void add_span(struct buf *line, ns_t span)
{
    char text[32];
    buf_adds(line, units_format_duration(span, text, sizeof text));
}

static void add_server(struct buf *line, const char *name, const struct server_info *server)
{
    if (!server->kind[0] || !strcmp(server->kind, "none"))
        return;
    buf_addf(line, "%s%s", line->used && buf_text(line)[line->used - 1] != ' ' ? ", " : "", name);
    if (server->version[0]) {
        buf_adds(line, " ");
        text_add(line, TEXT_TERMINAL, server->version);
    }
    buf_adds(line, " (");
    text_add(line, TEXT_TERMINAL, server->kind);
    buf_adds(line, ")");
}

/* ---- lines that stay: one a finished phase ---- */

static void compose_head(const struct console *console, const struct run *run, struct buf *line)
{
    int64_t planned = planned_requests(run, NULL);
    term_add(&console->term, line, TERM_BOLD, run->scenario ? run->scenario->name : "run");
    buf_addf(line, ": limit %" PRId64, run->scenario ? run->scenario->limit : 0);
    if (planned)
        buf_addf(line, ", %" PRId64 " requests", planned);
    if (run->rounds > 1)
        buf_addf(line, ", round %" PRId64 " of %" PRId64, run->round, run->rounds);
    buf_adds(line, "\n");
}

static void compose_servers(const struct console *console, const struct run *run, struct buf *line)
{
    const struct run_phase_info *stack = &run->phases[PHASE_STACK];
    add_label(console, line, "servers");
    add_server(line, "redis", &run->redis);
    add_server(line, "postgres", &run->postgres);
    add_server(line, "kafka", &run->kafka);
    if (stack->started && stack->ended) {
        buf_adds(line, " ready after ");
        add_span(line, stack->ended - stack->started);
    }
    buf_adds(line, "\n");
}

static void compose_answers(const struct console *console, const struct run *run,
                            const struct progress *progress, struct buf *line)
{
    ns_t first = atomic_load_explicit(&progress->first_release, memory_order_relaxed);
    ns_t last = atomic_load_explicit(&progress->last_done, memory_order_relaxed);
    add_label(console, line, "answered");
    buf_addf(line, "%lld requests",
             (long long)atomic_load_explicit(&progress->answered, memory_order_relaxed));
    if (first && last > first) {
        buf_adds(line, " within ");
        add_span(line, last - first);
    }
    if (run->load[0].gate[0])
        buf_addf(line, ", gate %s", run->load[0].gate);
    buf_adds(line, "\n");
}

static void compose_drained(const struct console *console, const struct run *run,
                            const struct sample *sample, struct buf *line)
{
    add_label(console, line, "drain");
    buf_adds(line, drain_outcome_name(run->drain.outcome));
    if (sample && sample->rows != COUNT_UNKNOWN)
        buf_addf(line, ", %" PRId64 " rows", sample->rows);
    const struct run_phase_info *drain = &run->phases[PHASE_DRAIN];
    if (drain->started && drain->ended) {
        buf_adds(line, ", decided after ");
        add_span(line, drain->ended - drain->started);
    }
    buf_adds(line, "\n");
}

/* Prints what has become certain since the last call, each line once a run. */
static void tell_certain(struct console *console, const struct run *run, enum run_phase phase,
                         const struct progress *progress, const struct sample *sample)
{
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, LINES_MAX);
    if (!console->told_servers && phase >= PHASE_STAGE) {
        compose_servers(console, run, &lines);
        console->told_servers = true;
    }
    if (!console->told_answers && phase >= PHASE_DRAIN && progress) {
        compose_answers(console, run, progress, &lines);
        console->told_answers = true;
    }
    if (!console->told_drained && phase >= PHASE_WATCH && progress) {
        compose_drained(console, run, sample, &lines);
        console->told_drained = true;
    }
    if (lines.used)
        term_print(&console->term, buf_text(&lines));
}

/* ---- lines that live: the phase that is going on ---- */

static void compose_settle(const struct console *console, const struct run *run,
                           const struct progress *progress, const struct sample *sample,
                           struct buf *lines)
{
    int64_t answered = atomic_load_explicit(&progress->answered, memory_order_relaxed);
    add_bar(console, lines, "answered", answered, planned_requests(run, progress), "");
    if (sample && sample->rows != COUNT_UNKNOWN)
        add_bar(console, lines, "rows", sample->rows, run->scenario->limit, "");
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
            run->scenario->limit, note);
}

static void compose_note(const struct console *console, const char *label, const char *text,
                         struct buf *lines)
{
    add_label(console, lines, label);
    text_add(lines, TEXT_TERMINAL, text);
    buf_adds(lines, "\n");
}

static void compose_stage(const struct console *console, const struct progress *progress,
                          struct buf *lines)
{
    add_bar(console, lines, "staged", atomic_load_explicit(&progress->staged, memory_order_relaxed),
            atomic_load_explicit(&progress->planned, memory_order_relaxed), "");
}

static void compose_live(const struct console *console, const struct run *run, enum run_phase phase,
                         const struct progress *progress, const struct sample *sample,
                         const char *text, struct buf *lines)
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
            compose_stage(console, progress, lines);
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

/* ---- the listener ---- */

static void begin_run(struct console *console, const struct run *run)
{
    _cleanup_(buf_free) struct buf line;
    buf_init(&line, LINES_MAX);
    console->run = run;
    console->round = run->round;
    console->told_servers = run->round > 1; /* they stay up between rounds */
    console->told_answers = console->told_drained = false;
    compose_head(console, run, &line);
    term_print(&console->term, buf_text(&line));
}

/* On a terminal the block is drawn again; piped, a long phase gives a sign of life now and then. */
static void tell_live(struct console *console, const char *lines)
{
    if (console->term.live) {
        term_draw(&console->term, lines);
        return;
    }
    ns_t now = clock_now();
    if (now < console->next_heartbeat)
        return;
    console->next_heartbeat = now + HEARTBEAT;
    term_print(&console->term, lines);
}

void console_progress(void *context, const struct run *run, enum run_phase phase,
                      const struct progress *progress, const struct sample *sample,
                      const char *text)
{
    struct console *console = context;
    if (!console || console->quiet || console->json)
        return;
    if (console->run != run || console->round != run->round)
        begin_run(console, run);
    if (console->phase != phase) {
        console->phase = phase;
        console->next_heartbeat = clock_now() + HEARTBEAT;
    }
    tell_certain(console, run, phase, progress, sample);
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, LINES_MAX);
    compose_live(console, run, phase, progress, sample, text ? text : "", &lines);
    tell_live(console, buf_text(&lines));
}

/* ---- the end ---- */

static void print_quiet(const struct console *console, const struct run *run)
{
    _cleanup_(buf_free) struct buf line;
    buf_init(&line, LINES_MAX);
    text_add(&line, TEXT_TERMINAL, run->scenario ? run->scenario->name : "run");
    buf_addf(&line, ": %s", verdict_name(run->verdict));
    const char *why = run->error[0]     ? run->error
                      : run->invalid[0] ? run->invalid
                                        : run->explanation;
    if (*why) {
        buf_adds(&line, ": ");
        text_add(&line, TEXT_TERMINAL, why);
    }
    fprintf(console->term.out, "%s\n", buf_text(&line));
    fflush(console->term.out);
}

void console_verdict(struct console *console, const struct run *run)
{
    if (!console || console->json)
        return;
    if (console->quiet) {
        print_quiet(console, run);
        return;
    }
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, (size_t)1 << 24);
    console_compose_verdict(&console->term, run, term_columns(console->term.out), &lines);
    term_print(&console->term, buf_text(&lines));
    console->run = NULL;
}

void console_rounds(struct console *console, const struct run *runs_last, int64_t rounds,
                    int64_t passed, int64_t failed, int64_t unknown, ns_t window_95)
{
    if (!console || console->json)
        return;
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, LINES_MAX);
    char window[32];
    term_add(&console->term, &lines, TERM_BOLD,
             runs_last->scenario ? runs_last->scenario->name : "run");
    buf_addf(&lines,
             ": %" PRId64 " rounds: %" PRId64 " pass, %" PRId64 " fail, %" PRId64 " unknown\n",
             rounds, passed, failed, unknown);
    if (passed && window_95 > 0) {
        char text[256];
        snprintf(
            text, sizeof text,
            "A check-then-act window of %s and more would have shown with probability 95 %% in "
            "the clean rounds; smaller ones may still be there.",
            units_format_duration(window_95, window, sizeof window));
        term_wrap(&lines, text, 2, term_columns(console->term.out));
    }
    term_print(&console->term, buf_text(&lines));
}

void console_error(const struct err *err, const char *what_to_try)
{
    _cleanup_(buf_free) struct buf line;
    buf_init(&line, LINES_MAX);
    text_add(&line, TEXT_TERMINAL, err->message);
    fprintf(stderr, "rushproof: %s", buf_text(&line));
    if (what_to_try && *what_to_try)
        fprintf(stderr, "; %s", what_to_try);
    fputc('\n', stderr);
}
