#include "report/console.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "base/utf8.h"
#include "report/console_inside.h"
#include "report/text.h"

enum { LINES_MAX = 1 << 16 };

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

/* Where the text of a line begins: behind its label, of so many columns. */
static size_t skip_label(const char *line, size_t length)
{
    size_t at = 0;
    for (int columns = 0; at < length && columns < CONSOLE_LABEL;) {
        const char *next = line + at;
        if (*next == '\x1b') {
            at += strcspn(next, "m") + 1;
            continue;
        }
        utf8_next(&next);
        at = (size_t)(next - line);
        columns++;
    }
    if (at < length && line[at] == '\x1b')
        at += strcspn(line + at, "m") + 1;
    return at < length ? at : length;
}

/* Lines that a narrow terminal would break in the middle of a word go on below their text. */
static void wrap_lines(const char *lines, int columns, struct buf *ret_lines)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n"), label = skip_label(lines, length);
        _cleanup_free_ char *text = strndup(lines + label, length - label);
        _cleanup_(buf_free) struct buf wrapped;
        buf_init(&wrapped, LINES_MAX);
        buf_add(ret_lines, lines, label);
        if (text && *text)
            term_wrap(&wrapped, text, CONSOLE_LABEL, columns);
        buf_adds(ret_lines,
                 wrapped.used > CONSOLE_LABEL ? buf_text(&wrapped) + CONSOLE_LABEL : "\n");
        lines += length + (lines[length] == '\n');
    }
}

/* Prints what has become certain since the last call, each line once a run. */
static void tell_certain(struct console *console, const struct run *run, enum run_phase phase,
                         const struct progress *progress, const struct sample *sample)
{
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, LINES_MAX);
    if (!console->told_servers && phase >= PHASE_STAGE) {
        console_compose_servers(console, run, &lines);
        console->told_servers = true;
    }
    /* The pipeline is watched from the last answer on, and the answers are counted a moment later.
     */
    bool counted = progress && (phase > PHASE_DRAIN || atomic_load(&progress->load_finished));
    if (!console->told_answers && phase >= PHASE_DRAIN && counted) {
        console_compose_answers(console, run, progress, &lines);
        console_compose_instances(console, run, &lines);
        console->told_answers = true;
    }
    if (!console->told_drained && phase >= PHASE_WATCH && progress) {
        console_compose_drained(console, run, sample, &lines);
        console->told_drained = true;
    }
    _cleanup_(buf_free) struct buf wrapped;
    buf_init(&wrapped, LINES_MAX);
    int columns =
        console->term.live ? term_columns(console->term.out) : INT_MAX; /* a pipe has none */
    wrap_lines(buf_text(&lines), columns, &wrapped);
    if (wrapped.used)
        term_print(&console->term, buf_text(&wrapped));
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
    console_compose_head(console, run, &line);
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
    console->next_heartbeat = now + PROGRESS_HEARTBEAT;
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
        console->next_heartbeat = clock_now() + PROGRESS_HEARTBEAT;
    }
    tell_certain(console, run, phase, progress, sample);
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, LINES_MAX);
    console_compose_live(console, run, phase, progress, sample, text ? text : "", &lines);
    tell_live(console, buf_text(&lines));
}

/* ---- the end ---- */

static void print_quiet(const struct console *console, const struct run *run)
{
    _cleanup_(buf_free) struct buf line;
    buf_init(&line, LINES_MAX);
    text_add(&line, TEXT_TERMINAL, run->scenario ? run->scenario->name : "run");
    buf_addf(&line, ": %s", verdict_name(run->verdict));
    bool invalid = run->invalid[0] && run->verdict == VERDICT_UNKNOWN;
    const char *why = run->error[0] ? run->error : invalid ? run->invalid : run->explanation;
    if (*why) {
        buf_adds(&line, ": ");
        char first[sizeof run->explanation];
        text_first_line(why, first, sizeof first);
        text_add(&line, TEXT_TERMINAL, first);
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

void console_check(struct console *console, const struct run *run, const struct dry_run *dry,
                   const char *type)
{
    if (!console || console->json)
        return;
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, (size_t)1 << 20);
    int columns = term_columns(console->term.out);
    const char *name = run->scenario ? run->scenario->name : "run";
    if (!console->quiet)
        console_compose_check(console, run, dry, columns, &lines);
    bool ready = !dry->problems_count;
    console_add_mark(&console->term, ready ? VERDICT_PASS : VERDICT_FAIL,
                     ready ? "ready" : "not ready", &lines);
    buf_adds(&lines, "  ");
    text_add(&lines, TEXT_TERMINAL, name);
    if (ready)
        buf_addf(&lines, ": %s\n", type);
    else
        buf_addf(&lines, ": %u problem%s\n", dry->problems_count,
                 dry->problems_count == 1 ? "" : "s");
    term_print(&console->term, buf_text(&lines));
}

void console_retry(struct console *console, const struct run *run, int64_t most)
{
    if (!console || console->json)
        return;
    _cleanup_(buf_free) struct buf text, lines;
    buf_init(&text, LINES_MAX);
    buf_init(&lines, LINES_MAX);
    buf_addf(&text, "%s: attempt %" PRId64 " does not count: %s; again, %" PRId64 " of %" PRId64,
             run->scenario ? run->scenario->name : "run", run->attempt, run->invalid, run->attempt,
             most);
    term_wrap(&lines, buf_text(&text), 0, term_columns(console->term.out));
    term_print(&console->term, buf_text(&lines));
}

void console_rounds(struct console *console, const struct run *runs_last, int64_t passed,
                    int64_t failed, int64_t unknown, const struct power *loosest)
{
    if (!console || console->json)
        return;
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, LINES_MAX);
    term_add(&console->term, &lines, TERM_BOLD,
             runs_last->scenario ? runs_last->scenario->name : "run");
    buf_addf(&lines,
             ": %" PRId64 " rounds: %" PRId64 " pass, %" PRId64 " fail, %" PRId64 " unknown\n",
             passed + failed + unknown, passed, failed, unknown);
    char text[256], sentence[320];
    if (passed && *power_describe(loosest, text, sizeof text)) {
        snprintf(sentence, sizeof sentence, "In each clean round: %s.", text);
        term_wrap(&lines, sentence, 2, term_columns(console->term.out));
    }
    if (!failed && *power_bound(passed, text, sizeof text)) {
        snprintf(sentence, sizeof sentence, "In all: %s.", text);
        term_wrap(&lines, sentence, 2, term_columns(console->term.out));
    }
    term_print(&console->term, buf_text(&lines));
}

void console_error(const struct err *err, const char *what_to_try)
{
    _cleanup_(buf_free) struct buf line;
    buf_init(&line, LINES_MAX);
    char part[sizeof err->message];
    const char *rest = err->message;
    text_first_line(rest, part, sizeof part);
    text_add(&line, TEXT_TERMINAL, part);
    if (what_to_try && *what_to_try)
        buf_addf(&line, "; %s", what_to_try);
    /* What follows are lines of a log. */
    while ((rest = strchr(rest, '\n')) && *++rest) {
        text_first_line(rest, part, sizeof part);
        buf_adds(&line, "\n  ");
        text_add(&line, TEXT_TERMINAL, part);
    }
    fprintf(stderr, "rushproof: %s\n", buf_text(&line));
}
