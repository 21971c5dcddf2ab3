/* rushproof compare: saved runs in one table. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool has_file(const char *dir, const char *name)
{
    char path[PATH_MAX];
    return snprintf(path, sizeof path, "%s/%s", dir, name) < PATH_MAX && !access(path, F_OK);
}

/* A directory in which there is no run: logs, or a folder of runs. */
static bool holds_none(const char *path)
{
    struct stat info;
    return !stat(path, &info) && S_ISDIR(info.st_mode) && !has_file(path, "result.json") &&
           !has_file(path, "history.csv");
}

static bool is_same(const char *a, const char *b)
{
    struct stat one, other;
    return !stat(a, &one) && !stat(b, &other) && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

/* A pattern of directories also matches those that lie in the run that `latest` points at: what
 * holds no run is left out, as long as something is left, and none is shown twice. */
static size_t choose_runs(char **given, size_t count, const char **ret_dirs)
{
    size_t chosen = 0, none = 0;
    for (size_t i = 0; i < count; i++)
        none += holds_none(given[i]);
    for (size_t i = 0; i < count; i++) {
        bool twice = false;
        for (size_t k = 0; k < chosen && !twice; k++)
            twice = is_same(ret_dirs[k], given[i]);
        if (!twice && (none == count || !holds_none(given[i])))
            ret_dirs[chosen++] = given[i];
    }
    return chosen;
}

static int run_command(const struct command_call *call)
{
    const struct settings *settings = call->settings;
    struct err err = {0};
    if (!call->count) {
        err_set(&err, ERR_USAGE, "compare needs directories of runs");
        return command_fail(&err, "rushproof compare reports/*/*/");
    }
    const char **dirs = calloc((size_t)call->count, sizeof *dirs);
    size_t count = dirs ? choose_runs(call->arguments, (size_t)call->count, dirs) : 0;
    int rc = dirs ? compare_dirs(dirs, count, settings->markdown, stdout, &err)
                  : err_set(&err, ERR_MEMORY, "out of memory");
    free(dirs);
    return rc ? command_fail(&err, "") : EXIT_PASS;
}

const struct command cmd_compare = COMMAND(compare);
