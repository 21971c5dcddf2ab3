#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mask_stream.h"
#include "command.h"
#include "engine/engine.h"
#include "model/power.h"
#include "report/report.h"
#include "scenario/scenario.h"
#include "version.h"

struct session {
    const struct scenario *scenario;
    const struct session_settings *settings;
    struct console *console;
    struct engine_settings engine;
    struct stack *stack;
    char *text;                              /* the resolved scenario */
    char logs[sizeof((struct run *)0)->dir]; /* the directory whose logs/ all rounds write to */
    struct power loosest;                    /* of the clean rounds: the one with the least power */
    struct session_result *result;
};

int session_worse(int exit_code, int other)
{
    static const int order[] = {EXIT_INTERRUPTED, EXIT_FAIL,    EXIT_ENVIRONMENT,
                                EXIT_USAGE,       EXIT_UNKNOWN, EXIT_PASS};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (exit_code == order[i] || other == order[i])
            return order[i];
    return exit_code > other ? exit_code : other;
}

static int append_summary(const struct run *run, const char *path, struct err *err)
{
    FILE *out = fopen(path, "ae");
    if (!out)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot append to the summary %s", path);
    int rc = report_write_one("summary", run, out, err);
    errno = 0;
    bool failed = fflush(out) || ferror(out);
    int errnum = errno;
    failed |= fclose(out) != 0;
    if (failed && !rc)
        rc = err_errno(err, ERR_ENVIRONMENT, errnum ? errnum : EIO,
                       "cannot append to the summary %s", path);
    return rc;
}

/* Every file is tried, whatever became of the others; the first error is told. */
static int save(const struct session *session, const struct run *run, struct err *err)
{
    int rc = archive_save(run, err), next = report_write_all(run, rc ? NULL : err);
    rc = rc ? rc : next;
    next = session->settings->summary
               ? append_summary(run, session->settings->summary, rc ? NULL : err)
               : 0;
    rc = rc ? rc : next;
    next = log_check(rc ? NULL : err);
    return rc ? rc : next;
}

/* A verdict that nobody can read up on is no pass. What can still be written says so. */
static void take_back(struct run *run, const struct err *err)
{
    run->exit_code = session_worse(run->exit_code, EXIT_ENVIRONMENT);
    if (run->verdict == VERDICT_PASS)
        run->verdict = VERDICT_UNKNOWN;
    if (!run->error[0])
        snprintf(run->error, sizeof run->error, "%s", err->message);
    struct err again = {0};
    if (archive_save_result(run, &again))
        log_error("report", "%s", again.message);
}

static void print_json(const struct run *run)
{
    struct err err = {0};
    _cleanup_free_ char *text = NULL;
    if (archive_result_json(run, &text, &err)) {
        command_fail(&err, "");
        return;
    }
    mask_stream_print(stdout, text);
    puts("");
}

/* Reports are written whatever happened, with what is known. */
static void finish(struct session *session, struct run *run, const struct err *cause)
{
    struct err err = {0};
    run->phases[PHASE_REPORT].started = clock_now();
    if (save(session, run, &err)) {
        take_back(run, &err);
        command_fail(&err, "is the disk full, or the directory not writable?");
    }
    run->phases[PHASE_REPORT].ended = clock_now();
    console_verdict(session->console, run);
    if (session->settings->json)
        print_json(run);
    if (cause && cause->code != ERR_INTERRUPTED)
        command_fail(cause,
                     run->phases[PHASE_STACK].started
                         ? "the logs of servers and processes are in the run's directory, logs/"
                         : "");
}

/* What is said of all clean rounds must hold of each: once one states nothing, none does. */
static void keep_loosest(struct power *loosest, const struct run *run, bool first)
{
    struct power power;
    power_of(run, &power);
    if (first || power.kind != POWER_STATED ||
        (loosest->kind == POWER_STATED && power.window > loosest->window))
        *loosest = power;
}

static void count(struct session *session, const struct run *run)
{
    struct session_result *result = session->result;
    int64_t *const counters[] = {[VERDICT_PASS] = &result->passed,
                                 [VERDICT_UNKNOWN] = &result->unknown,
                                 [VERDICT_FAIL] = &result->failed};
    ++*counters[run->verdict];
    result->exit_code = session_worse(result->exit_code, run->exit_code);
    snprintf(result->dir, sizeof result->dir, "%s", run->dir);
    if (run->verdict == VERDICT_PASS)
        keep_loosest(&session->loosest, run, result->passed == 1);
}

static int begin(struct session *session, struct run *run, int64_t round, struct err *err)
{
    run_init(run);
    run->scenario = session->scenario;
    run->wall_start = clock_wall_ns();
    run->round = round;
    run->rounds = session->settings->rounds;
    run->scenario_text = strdup(session->text);
    version_libraries(run->libraries, sizeof run->libraries);
    int rc = archive_make_dir(session->settings->output, run, err);
    if (rc)
        return rc;
    char path[sizeof run->dir + 32];
    snprintf(path, sizeof path, "%s/rushproof.log", run->dir);
    return log_open(path, err);
}

static void carry_over(struct run *run, const struct run *first)
{
    run->redis = first->redis;
    run->postgres = first->postgres;
    run->kafka = first->kafka;
    memcpy(run->processes, first->processes, sizeof run->processes);
    run->processes_count = first->processes_count;
    run->phases[PHASE_STACK] = first->phases[PHASE_STACK];
}

/* One round; false when there is no point in another. */
static bool round_run(struct session *session, struct run *run, struct run *previous, int64_t round)
{
    struct err err = {0};
    if (begin(session, run, round, &err)) {
        session->result->exit_code =
            session_worse(session->result->exit_code, command_fail(&err, "try --output DIR"));
        return false;
    }
    int rc;
    if (round == 1) {
        snprintf(session->logs, sizeof session->logs, "%s", run->dir);
        rc = engine_open(session->scenario, &session->engine, run, &session->stack, &err);
    } else {
        carry_over(run, previous);
        rc = stack_reset(session->stack, &command_stop, run, &err);
        if (rc) {
            run->exit_code = err.code == ERR_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_ENVIRONMENT;
            snprintf(run->error, sizeof run->error, "%s", err.message);
        }
    }
    if (!rc)
        rc = engine_round(session->scenario, &session->engine, session->stack, run, &err);
    finish(session, run, rc ? &err : NULL);
    count(session, run);
    return session->stack && !command_stop && (!rc || err.code == ERR_INVALID);
}

/* What processes wrote themselves, once they are gone. */
static void clean_logs(const struct session *session)
{
    struct err err = {0};
    if (*session->logs && archive_mask_logs(session->logs, &err))
        session->result->exit_code =
            session_worse(session->result->exit_code,
                          command_fail(&err, "the logs of this run may hold secrets"));
}

static void tell_rounds(struct session *session, const struct run *last)
{
    const struct session_result *result = session->result;
    console_rounds(session->console, last, session->settings->rounds, result->passed,
                   result->failed, result->unknown, &session->loosest);
}

void session_run(const struct scenario *scenario, const char *scenario_dir,
                 const struct session_settings *settings, struct console *console,
                 struct session_result *ret_result)
{
    *ret_result = (struct session_result){.exit_code = EXIT_PASS};
    struct session session = {
        .scenario = scenario,
        .settings = settings,
        .console = console,
        .result = ret_result,
        .engine = {.scenario_dir = scenario_dir,
                   .program_dir = command_program_dir(),
                   .allow_hosts = settings->allow_hosts,
                   .allow_hosts_count = settings->allow_hosts_count,
                   .allow_reset = settings->allow_reset,
                   .keep = settings->keep,
                   .stop = &command_stop,
                   .listener = console_progress,
                   .listener_context = console},
    };
    struct err err = {0};
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 16 << 20);
    struct run *runs = calloc(2, sizeof *runs);
    if (!runs || scenario_print(scenario, &text, &err)) {
        free(runs);
        ret_result->exit_code = command_fail(&err, "");
        return;
    }
    session.text = text.data;
    run_init(&runs[0]);
    run_init(&runs[1]);
    int64_t round = 0;
    bool more = true;
    while (more && round < settings->rounds) {
        round++;
        run_free(&runs[round % 2]);
        more = round_run(&session, &runs[round % 2], &runs[(round + 1) % 2], round);
    }
    if (settings->rounds > 1)
        tell_rounds(&session, &runs[round % 2]);
    stack_stop(session.stack);
    log_close();
    clean_logs(&session);
    run_free(&runs[0]);
    run_free(&runs[1]);
    free(runs);
}
