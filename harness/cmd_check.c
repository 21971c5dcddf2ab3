/* rushproof check: everything but the burst. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/archive.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "command.h"
#include "engine/engine.h"
#include "given.h"
#include "load/load.h"
#include "report/console.h"
#include "report/dry_run_json.h"
#include "scratch.h"
#include "session.h"

enum { ROWS_MAX = 64 };

struct settings {
    struct quick quick; /* first: its option rows count their offsets from here */
    bool help, spend, quiet, json, no_color, verbose, allow_reset;
    struct opt_list sets, allow_hosts;
};

static const struct opt own[] = {
    {"spend", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "send the first user's own request also where nothing gives back what it takes: one of the "
     "limit is gone then",
     offsetof(struct settings, spend)},
    {"set", 's', OPT_LIST, "KEY=VALUE", NULL, NULL, NULL, 0, 0,
     "override a value of the scenario; again and again", offsetof(struct settings, sets)},
    {"json", 'j', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "print what was found as JSON, nothing else", offsetof(struct settings, json)},
    {"quiet", 'q', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "print the last line only",
     offsetof(struct settings, quiet)},
    COMMAND_COLOR_ROW(struct settings),
    {"verbose", 'v', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "copy the log to stderr",
     offsetof(struct settings, verbose)},
    COMMAND_LEAVE_ROWS(struct settings),
    COMMAND_HELP_ROW(struct settings),
};

static const struct opts *options(void)
{
    static struct opt rows[ROWS_MAX];
    static struct opts opts = {
        "rushproof check",
        "[OPTION…] [SCENARIO]",
        "Does everything but the burst, and shows what it finds: answers, rules, rows.",
        "In the order of a run: the scenario is read, servers and processes are started or "
        "reached,\n"
        "the stores are read, one user is prepared and asks, and the stores are read again. The\n"
        "request is a real one only where what it takes is given back (private stores, or a "
        "reset),\n"
        "or with --spend; else it is of somebody who is no user, and it is said what that cannot\n"
        "show. Without SCENARIO and --url it is rushproof.yaml of the working directory. Nothing "
        "is\n"
        "written to reports/.\n\n"
        "Exit codes: 0 ready for a run, 2 something does not fit (an answer that no rule matches,\n"
        "a row that did not come), 3 usage or scenario error, 4 environment, 130 interrupted.",
        rows,
        0,
    };
    if (!opts.count)
        opts.count = given_options(own, sizeof own / sizeof *own, rows);
    return &opts;
}

static int exit_code_of(const struct dry_run *dry)
{
    int exit_code = EXIT_PASS;
    for (unsigned i = 0; i < dry->problems_count; i++)
        exit_code = session_worse(exit_code, (int)dry->problems[i].code);
    return exit_code;
}

/* The command that makes the real run. */
static void spell_run(const struct given *given, const struct dry_run *dry, char *ret_text,
                      size_t size)
{
    bool spent = *dry->reset, flags = given->scenario->by_flags;
    snprintf(ret_text, size, "rushproof run%s%.700s%s%s", flags ? ", with the same flags" : " ",
             flags ? "" : given->name,
             !spent  ? ""
             : flags ? " and "
                     : " ",
             dry->reset);
}

static int tell(const struct settings *settings, const struct given *given, const struct run *run,
                const struct dry_run *dry, struct console *console)
{
    char type[1024];
    struct err err = {0};
    int exit_code = exit_code_of(dry);
    spell_run(given, dry, type, sizeof type);
    console_check(console, run, dry, type);
    for (unsigned i = 0; i < dry->problems_count && (settings->json || settings->quiet); i++) {
        const struct dry_problem *problem = &dry->problems[i];
        err_set(&err, ERR_ENVIRONMENT, "%s", problem->text);
        console_error(&err, problem->advice);
    }
    if (settings->json && dry_run_print_json(run, dry, exit_code, stdout, &err))
        return command_fail(&err, "");
    return exit_code;
}

static int dry_run(const struct settings *settings, const struct given *given, struct run *run,
                   struct dry_run *dry, struct err *err)
{
    const struct engine_settings engine = {
        .scenario_dir = given->dir,
        .program_dir = command_program_dir(),
        .allow_hosts = settings->allow_hosts.items,
        .allow_hosts_count = settings->allow_hosts.count,
        .allow_reset = settings->allow_reset,
        .stop = &command_stop,
    };
    struct stack *stack = NULL;
    int rc = load_check(given->scenario, given->dir, err);
    if (!rc)
        rc = engine_open(given->scenario, &engine, run, &stack, err);
    if (!rc)
        rc = engine_dry_run(given->scenario, &engine, settings->spend, stack, run, dry, err);
    stack_stop(stack);
    return rc;
}

/* Logs are kept where they may say more than the error does. */
static void clean_up(const struct run *run, bool keep)
{
    struct err err = {0};
    log_close();
    if (!keep)
        scratch_remove(run->dir);
    else if (archive_mask_logs(run->dir, &err))
        command_fail(&err, "the logs of this check may hold secrets");
}

static int check(const struct settings *settings, const struct given *given,
                 struct console *console)
{
    struct err err = {0};
    _cleanup_free_ struct run *run = calloc(1, sizeof *run);
    _cleanup_free_ struct dry_run *dry = calloc(1, sizeof *dry);
    if (!run || !dry)
        return EXIT_ENVIRONMENT;
    run_init(run);
    run->scenario = given->scenario;
    if (scratch_make("check", run->dir, &err))
        return command_fail(&err, "TMPDIR names another directory");
    char log[sizeof run->dir + 32];
    snprintf(log, sizeof log, "%s/rushproof.log", run->dir);
    int rc = log_open(log, &err);
    if (!rc)
        rc = dry_run(settings, given, run, dry, &err);
    bool keep = rc && err.code == ERR_ENVIRONMENT && run->phases[PHASE_STACK].started;
    int exit_code = rc ? EXIT_PASS : tell(settings, given, run, dry, console);
    char where[sizeof run->dir + 64] = "";
    if (keep)
        snprintf(where, sizeof where, "the logs of servers and processes are in %s/logs/",
                 run->dir);
    if (rc)
        exit_code = command_fail(&err, where);
    clean_up(run, keep || dry->keeps_logs);
    run_free(run);
    return exit_code;
}

static int refuse(const struct command_call *call, const struct settings *settings, struct err *err)
{
    if (call->count > 1)
        return err_set(err, ERR_USAGE, "check takes one scenario");
    if (call->count && quick_given(&settings->quick))
        return quick_refuse(&settings->quick, call->arguments[0], err);
    if (!call->count && !quick_given(&settings->quick) && !given_default())
        return err_set(err, ERR_USAGE,
                       "check takes a scenario, or --url; there is no rushproof.yaml here");
    return 0;
}

static int run_command(const struct command_call *call)
{
    struct settings *settings = call->settings;
    struct given given = {0};
    struct err err = {0};
    if (settings->verbose)
        log_to_stderr(LOG_LEVEL_INFO);
    bool flags = quick_given(&settings->quick);
    const char *name = call->count ? call->arguments[0] : flags ? NULL : given_default();
    int rc = refuse(call, settings, &err);
    if (!rc)
        rc = given_load(name, &settings->quick, settings->sets.items, settings->sets.count, &given,
                        &err);
    if (rc)
        return command_fail(&err, "rushproof check --help");
    struct console *console = console_new(&(struct console_settings){
        .out = stdout,
        .quiet = settings->quiet,
        .json = settings->json,
        .color = settings->no_color ? CONSOLE_COLOR_NEVER : CONSOLE_COLOR_AUTO,
    });
    int exit_code = check(settings, &given, console);
    console_free(console);
    given_free(&given);
    return exit_code;
}

const struct command cmd_check = COMMAND(check);
