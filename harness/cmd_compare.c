/* rushproof compare: saved runs in one table. */
#include <stdio.h>
#include <stdlib.h>

#include "archive/archive.h"
#include "command.h"
#include "compare.h"
#include "report/report.h"
#include "scenario/scenario.h"
#include "verify/checks.h"

struct settings {
    bool help, markdown;
};

static const struct opt table[] = {
    {"markdown", 'm', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "a Markdown table",
     offsetof(struct settings, markdown)},
    COMMAND_HELP_ROW(struct settings),
};

static const struct opts opts = {
    "rushproof compare",
    "[OPTION…] DIR…",
    "Puts runs in one table: verdict, over-issue, latency, database load per coupon, bystander.",
    NULL,
    table,
    sizeof table / sizeof *table,
};

static const struct opts *options(void)
{
    return &opts;
}

int compare_dirs(const char *const *dirs, size_t count, bool markdown, FILE *out, struct err *err)
{
    struct run *runs = calloc(count, sizeof *runs);
    const struct run **borrowed = calloc(count, sizeof(const struct run *));
    struct scenario **scenarios = calloc(count, sizeof *scenarios);
    int rc = runs && borrowed && scenarios ? 0 : err_set(err, ERR_MEMORY, "no room for the runs");
    for (size_t i = 0; !rc && i < count; i++) {
        run_init(&runs[i]);
        borrowed[i] = &runs[i];
        rc = archive_load(dirs[i], &runs[i], &scenarios[i], err);
        bool judged = rc || runs[i].findings.count; /* a history from elsewhere is not */
        if (!judged)
            rc = tally_make(&runs[i].history, TALLY_ALL_PHASES, &runs[i].tally, err);
        if (!judged && !rc)
            rc = checks_run(&runs[i], err);
    }
    if (!rc)
        rc = report_compare(borrowed, count, markdown, out, err);
    for (size_t i = 0; runs && scenarios && i < count; i++) {
        run_free(&runs[i]);
        scenario_free(scenarios[i]);
    }
    free(runs);
    free(borrowed);
    free(scenarios);
    return rc;
}

static int run_command(const struct command_call *call)
{
    const struct settings *settings = call->settings;
    struct err err = {0};
    if (!call->count) {
        err_set(&err, ERR_USAGE, "compare needs directories of runs");
        return command_fail(&err, "rushproof compare reports/*/*/");
    }
    return compare_dirs((const char *const *)call->arguments, (size_t)call->count,
                        settings->markdown, stdout, &err)
               ? command_fail(&err, "")
               : EXIT_PASS;
}

const struct command cmd_compare = COMMAND(compare);
