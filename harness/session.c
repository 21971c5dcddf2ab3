#include "session.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "command.h"
#include "engine/engine.h"
#include "load/load.h"
#include "model/power.h"
#include "report/annotations.h"
#include "saving.h"
#include "scenario/scenario.h"
#include "version.h"

/* Which run of the session it is; both count from 1. */
struct place_in_session {
    int64_t round, attempt;
};

struct session {
    const struct scenario *scenario;
    const struct session_settings *settings;
    struct console *console;
    struct engine_settings engine;
    struct stack *stack;
    pthread_t teardown; /* takes the stack down */
    bool tearing_down;
    char *text;                              /* the resolved scenario */
    char logs[sizeof((struct run *)0)->dir]; /* the directory whose logs/ all rounds write to */
    struct run *runs;                        /* two, in turns */
    struct run *run;                         /* the latest of them */
    struct run *finishing;                   /* the one whose reports are being written, or NULL */
    bool counts;                             /* is it more than an attempt? */
    struct err cause;                        /* how it failed; code 0: it did not */
    struct saving saving;
    int64_t decided, failed; /* rounds that are over; result counts those that are reported */
    struct power loosest;    /* of the clean rounds: the one with the least power */
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

/* Did anything that the run started write one, and may it say more than the error does? */
static bool has_logs(const struct run *run, const struct err *cause)
{
    const struct scenario *scenario = run->scenario;
    bool servers = false;
    for (unsigned i = 0; i < run->servers_count; i++)
        servers |= strcmp(run->servers[i].kind, "external") != 0;
    return cause->code == ERR_ENVIRONMENT && run->phases[PHASE_STACK].started &&
           (servers || scenario->processes_count);
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

/* A burst that was none says nothing about the service; unless something failed all the same, which
 * no other attempt takes back. */
static bool may_repeat(const struct session *session, const struct run *run)
{
    const struct finding *burst = findings_find(&run->findings, "burst_simultaneous");
    return run->attempt <= session->settings->retry_invalid && session->stack && !command_stop &&
           run->verdict == VERDICT_UNKNOWN && !run->interrupted && !run->error[0] && burst &&
           burst->verdict == VERDICT_UNKNOWN;
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

/* Reports are written whatever happened, with what is known, while the next run is prepared. Of an
 * attempt that does not count only files are left, and a line. */
static void begin_finish(struct session *session, struct run *run, bool counts,
                         const struct err *cause)
{
    session->finishing = run;
    session->counts = counts;
    session->cause = *cause;
    run->phases[PHASE_REPORT].started = clock_now();
    saving_begin(&session->saving, run, counts ? session->settings->summary : NULL);
}

static void end_finish(struct session *session)
{
    struct run *run = session->finishing;
    const struct err *cause = &session->cause;
    struct err err = {0};
    if (!run)
        return;
    session->finishing = NULL;
    if (saving_end(&session->saving, &err)) {
        take_back(run, &err);
        command_fail(&err, "is the disk full, or the directory not writable?");
    }
    /* The same as result.json, so before this phase has an end. */
    if (session->counts && session->settings->json && archive_print_json(run, stdout, &err))
        command_fail(&err, "");
    run->phases[PHASE_REPORT].ended = clock_now();
    if (!session->counts) {
        console_retry(session->console, run, session->settings->retry_invalid);
        return;
    }
    console_verdict(session->console, run);
    if (session->settings->annotations)
        annotations_write(run, session->settings->annotations,
                          session->settings->json ? stderr : stdout);
    if (cause->code && cause->code != ERR_INTERRUPTED)
        command_fail(cause, has_logs(run, cause)
                                ? "the logs of servers and processes are in the run's directory, "
                                  "logs/"
                                : "");
    count(session, run);
}

static int begin(struct session *session, struct run *run, struct place_in_session at,
                 struct err *err)
{
    run_init(run);
    run->scenario = session->scenario;
    run->wall_start = clock_wall_ns();
    run->round = at.round;
    run->attempt = at.attempt;
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
    memcpy(run->servers, first->servers, sizeof run->servers);
    run->servers_count = first->servers_count;
    memcpy(run->processes, first->processes, sizeof run->processes);
    run->processes_count = first->processes_count;
    run->phases[PHASE_STACK] = first->phases[PHASE_STACK];
}

/* The first attempt of all starts the stack, every other begins with everything reset. */
static int prepare(struct session *session, struct run *run, const struct run *previous,
                   struct err *err)
{
    if (!session->stack) {
        snprintf(session->logs, sizeof session->logs, "%s", run->dir);
        return engine_open(session->scenario, &session->engine, run, &session->stack, err);
    }
    carry_over(run, previous);
    int rc = stack_reset(session->stack, &command_stop, run, err);
    if (rc) {
        snprintf(run->error, sizeof run->error, "%s", err->message);
        run->exit_code = (int)exit_code_of_error(err->code);
    }
    return rc;
}

static void *tear_down(void *stack)
{
    stack_stop(stack);
    return NULL;
}

/* Nobody needs the stack any more: it goes while the reports are written. */
static void begin_teardown(struct session *session)
{
    if (!session->stack)
        return;
    session->tearing_down = !pthread_create(&session->teardown, NULL, tear_down, session->stack);
    if (session->tearing_down)
        session->stack = NULL;
}

static void end_teardown(struct session *session)
{
    if (session->tearing_down)
        pthread_join(session->teardown, NULL);
    stack_stop(session->stack);
}

/* Is no round to follow this one, which counts? Undecided ones make others, up to a point. */
static bool is_last(struct session *session, const struct run *run)
{
    const struct session_settings *settings = session->settings;
    session->failed += run->verdict == VERDICT_FAIL;
    session->decided += run->verdict != VERDICT_UNKNOWN;
    if (!settings->until_decided)
        return run->round >= settings->rounds;
    return session->failed || session->decided >= settings->rounds ||
           run->round >= 2 * settings->rounds;
}

/* One attempt; false when there is no point in another run. */
static bool attempt_run(struct session *session, struct run *run, const struct run *previous,
                        struct place_in_session at, bool *ret_repeat)
{
    struct err err = {0};
    bool begun = !begin(session, run, at, &err);
    int rc = begun ? prepare(session, run, previous, &err) : 0;
    end_finish(session); /* of the previous one */
    if (!begun) {
        session->result->exit_code =
            session_worse(session->result->exit_code, command_fail(&err, "try --output DIR"));
        return false;
    }
    if (!rc)
        rc = engine_round(session->scenario, &session->engine, session->stack, run, &err);
    *ret_repeat = may_repeat(session, run);
    bool last = !*ret_repeat && is_last(session, run);
    if (last)
        begin_teardown(session);
    begin_finish(session, run, !*ret_repeat, rc ? &err : &(struct err){0});
    return !last && session->stack && !command_stop && (!rc || err.code == ERR_INVALID);
}

/* One round: attempts until one counts. */
static bool round_run(struct session *session, int64_t round)
{
    struct place_in_session at = {.round = round};
    bool more = true, repeat = true;
    while (more && repeat) {
        const struct run *previous = session->run;
        session->run = previous == session->runs ? session->runs + 1 : session->runs;
        run_free(session->run);
        at.attempt++;
        repeat = false;
        more = attempt_run(session, session->run, previous, at, &repeat);
    }
    return more;
}

/* A service that is not the run's own, on stores that nobody resets, has given its coupons away
 * after the first attempt. */
static int check_repeatable(const struct session *session, struct err *err)
{
    const struct scenario *scenario = session->scenario;
    if (!session->settings->retry_invalid || scenario->processes_count ||
        scenario->stack.reset_count || scenario->setup_count)
        return 0;
    return err_set(err, ERR_USAGE,
                   "--retry-invalid runs again with everything reset, and nothing here can be: the "
                   "run does not start the service; give --reset or stack.reset, or let it");
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

/* Rounds that were asked to be decided, and are: those that proved nothing were made good. */
static void forgive(struct session *session)
{
    struct session_result *result = session->result;
    if (session->settings->until_decided && result->exit_code == EXIT_UNKNOWN &&
        session->decided >= session->settings->rounds)
        result->exit_code = EXIT_PASS;
}

static void tell_rounds(struct session *session, const struct run *last)
{
    const struct session_result *result = session->result;
    console_rounds(session->console, last, result->passed, result->failed, result->unknown,
                   &session->loosest);
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
                   .listener_context = console,
                   .driver = settings->agents ? &load_agents : NULL,
                   .driver_settings = settings->agents},
    };
    struct err err = {0};
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 16 << 20);
    session.runs = session.run = calloc(2, sizeof *session.runs);
    if (!session.runs || scenario_print(scenario, &text, &err) ||
        check_repeatable(&session, &err) || load_check(scenario, scenario_dir, &err) ||
        (settings->agents && coordinator_check(scenario, settings->agents, &err))) {
        free(session.runs);
        ret_result->exit_code = command_fail(&err, "");
        return;
    }
    session.text = text.data;
    run_init(&session.runs[0]);
    run_init(&session.runs[1]);
    bool more = true;
    for (int64_t round = 1; more; round++)
        more = round_run(&session, round);
    end_finish(&session);
    forgive(&session);
    if (settings->rounds > 1)
        tell_rounds(&session, session.run);
    end_teardown(&session);
    log_close();
    clean_logs(&session);
    run_free(&session.runs[0]);
    run_free(&session.runs[1]);
    free(session.runs);
}
