/* rushproof verify: judges saved runs again, without servers. */
#include <stdio.h>
#include <string.h>

#include "archive/archive.h"
#include "command.h"
#include "report/console.h"
#include "report/export.h"
#include "scenario/scenario.h"
#include "session.h"
#include "verify/checks.h"

struct settings {
    bool help, json, quiet, no_color;
    const char *export;
};

static const struct opt table[] = {
    {"export", 'e', OPT_CHOICE, "FORMAT", NULL, NULL, "jepsen|porcupine", 0, 0,
     "write the history in this format on stdout instead of judging it",
     offsetof(struct settings, export)},
    {"json", 'j', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "print result.json on stdout",
     offsetof(struct settings, json)},
    COMMAND_QUIET_ROW(struct settings),
    COMMAND_COLOR_ROW(struct settings),
    COMMAND_HELP_ROW(struct settings),
};

static const struct opts opts = {
    "rushproof verify",
    "[OPTION…] DIR|history.csv…",
    "Judges saved runs again, without servers: the same evidence gives the same verdict.",
    "DIR is the directory of a run. A history.csv from elsewhere needs the columns user,\n"
    "released_ns, done_ns, outcome and rank; coupons.csv beside it has the rows, scenario.yaml\n"
    "the limit and the checks. reports/README.md documents the formats.",
    table,
    sizeof table / sizeof *table,
};

static const struct opts *options(void)
{
    return &opts;
}

static int judge(const struct run *run, const struct settings *settings, struct err *err)
{
    struct console *console = console_new(&(struct console_settings){
        .out = stdout,
        .quiet = settings->quiet,
        .json = settings->json,
        .color = settings->no_color ? CONSOLE_COLOR_NEVER : CONSOLE_COLOR_AUTO,
    });
    if (!console)
        return err_set(err, ERR_MEMORY, "no room for the console");
    int rc = 0;
    if (settings->json)
        rc = archive_print_json(run, stdout, err);
    console_verdict(console, run);
    console_free(console);
    return rc;
}

static int export_history(const struct run *run, const char *format, struct err *err)
{
    return !strcmp(format, "jepsen") ? export_jepsen(run, stdout, err)
                                     : export_porcupine(run, stdout, err);
}

static int verify(const char *path, const struct settings *settings)
{
    struct err err = {0};
    struct scenario *scenario = NULL;
    struct run run;
    run_init(&run);
    int rc = archive_load(path, &run, &scenario, &err);
    if (!rc && !run.findings.count)
        run.dir[0] = '\0'; /* a history from elsewhere has no report to lead to */
    if (!rc && settings->export) {
        rc = export_history(&run, settings->export, &err);
    } else if (!rc) {
        findings_free(&run.findings);
        rc = run_tally(&run, &err);
        if (!rc)
            rc = checks_run(&run, &err);
        if (!rc)
            rc = judge(&run, settings, &err);
    }
    int exit_code = rc                 ? command_fail(&err, "reports/README.md has the formats")
                    : settings->export ? EXIT_PASS
                                       : run.exit_code;
    run_free(&run);
    scenario_free(scenario);
    return exit_code;
}

static int run_command(const struct command_call *call)
{
    if (!call->count) {
        struct err err = {0};
        err_set(&err, ERR_USAGE, "verify needs the directory of a run, or a history.csv");
        return command_fail(&err, "rushproof verify reports/latest");
    }
    int exit_code = EXIT_PASS;
    for (int i = 0; i < call->count && !command_stop; i++)
        exit_code = session_worse(exit_code, verify(call->arguments[i], call->settings));
    return exit_code;
}

const struct command cmd_verify = COMMAND(verify);
