/* rushproof compare: saved runs in one table. */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/cleanup.h"
#include "command.h"
#include "compare.h"
#include "report/regress.h"
#include "report/report.h"
#include "scenario/scenario.h"
#include "verify/checks.h"

struct settings {
    bool help, markdown;
    struct opt_list against;
    int64_t noise;
};

static const struct opt table[] = {
    {"markdown", 'm', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "a Markdown table",
     offsetof(struct settings, markdown)},
    {"against", 0, OPT_LIST, "FILE", NULL, NULL, NULL, 0, 0,
     "a result.json of before, or its run's directory; again and again: exit code 1 when the runs "
     "are worse (medians of figures, the worst verdict)",
     offsetof(struct settings, against)},
    {"noise", 0, OPT_INT, "PERCENT", "50", NULL, NULL, 0, 10000,
     "with --against: so much more of a figure is none yet", offsetof(struct settings, noise)},
    COMMAND_HELP_ROW(struct settings),
};

static const struct opts opts = {
    "rushproof compare",
    "[OPTION…] DIR…",
    "Puts runs in one table: verdict, over-issue, latency, database load per coupon, bystander.",
    "DIR is a run's, or a directory of runs, such as reports/SCENARIO: the newest of them.\n"
    "With --against main.json the runs stand beside those of before, and the exit code is 1 when\n"
    "the verdict or a figure has got worse beyond the noise: latency, time to the last row,\n"
    "transactions and log of the database, failed and undecided requests.",
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
            rc = run_tally(&runs[i], err);
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

/* A directory in which there is no run, such as one of logs. */
static bool holds_none(const char *path)
{
    struct stat info;
    char newest[PATH_MAX];
    return !stat(path, &info) && S_ISDIR(info.st_mode) && !has_file(path, "result.json") &&
           !has_file(path, "history.csv") && !archive_newest(path, newest, sizeof newest);
}

static bool is_same(const char *a, const char *b)
{
    struct stat one, other;
    return !stat(a, &one) && !stat(b, &other) && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

/* The run that a path means, which the caller frees: itself, or the newest of those in it. */
static char *run_of(const char *path)
{
    char newest[PATH_MAX];
    bool itself = has_file(path, "result.json") || has_file(path, "history.csv");
    return strdup(!itself && archive_newest(path, newest, sizeof newest) ? newest : path);
}

static void free_dirs(const char **dirs, size_t count)
{
    for (size_t i = 0; dirs && i < count; i++)
        free((char *)(uintptr_t)dirs[i]);
    free(dirs);
}

/* A pattern of directories also matches those that lie in the run that `latest` points at: what
 * holds no run is left out, as long as something is left, and none is shown twice. */
static int choose_runs(char **given, size_t count, const char **ret_dirs, size_t *ret_count,
                       struct err *err)
{
    size_t none = 0;
    for (size_t i = 0; i < count; i++)
        none += holds_none(given[i]);
    for (size_t i = 0; i < count; i++) {
        bool twice = none < count && holds_none(given[i]);
        char *dir = run_of(given[i]);
        if (!dir)
            return err_set(err, ERR_MEMORY, "out of memory");
        for (size_t k = 0; k < *ret_count && !twice; k++)
            twice = is_same(ret_dirs[k], dir);
        if (twice)
            free(dir);
        else
            ret_dirs[(*ret_count)++] = dir;
    }
    return 0;
}

/* ---- against those of before ---- */

static json_t *read_result(const char *path, struct err *err)
{
    char file[PATH_MAX];
    struct stat info;
    json_error_t why;
    _cleanup_free_ char *dir = run_of(path);
    bool directory = dir && !stat(dir, &info) && S_ISDIR(info.st_mode);
    snprintf(file, sizeof file, "%s%s", dir ? dir : path, directory ? "/result.json" : "");
    json_t *result = json_load_file(file, 0, &why);
    if (!result)
        err_set(err, ERR_ENVIRONMENT, "%s: %s", file, why.text);
    else if (!json_is_string(json_object_get(result, "verdict"))) {
        err_set(err, ERR_USAGE, "%s is no result.json of a run", file);
        json_decref(result);
        result = NULL;
    }
    return result;
}

static void free_results(json_t **results, size_t count)
{
    for (size_t i = 0; results && i < count; i++)
        json_decref(results[i]);
    free(results);
}

/* NULL after err was filled. */
static json_t **read_results(const char *const *paths, size_t count, struct err *err)
{
    json_t **results = calloc(count + 1, sizeof *results);
    if (!results)
        err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; results && i < count; i++) {
        results[i] = read_result(paths[i], err);
        if (!results[i]) {
            free_results(results, count);
            return NULL;
        }
    }
    return results;
}

static int compare_against(const struct settings *settings, const char *const *dirs, size_t count,
                           struct err *err)
{
    const struct opt_list *against = &settings->against;
    json_t **before = read_results(against->items, against->count, err);
    json_t **now = before ? read_results(dirs, count, err) : NULL;
    size_t worse = 0;
    if (now)
        worse = regress_print(&(struct regress_side){before, against->count},
                              &(struct regress_side){now, count}, (double)settings->noise, stdout);
    bool read = now != NULL;
    free_results(before, against->count);
    free_results(now, count);
    return !read ? command_fail(err, "") : worse ? EXIT_FAIL : EXIT_PASS;
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
    size_t count = 0;
    int exit_code = EXIT_PASS;
    int rc = dirs ? choose_runs(call->arguments, (size_t)call->count, dirs, &count, &err)
                  : err_set(&err, ERR_MEMORY, "out of memory");
    if (!rc && settings->against.count)
        exit_code = compare_against(settings, dirs, count, &err);
    else if (!rc)
        rc = compare_dirs(dirs, count, settings->markdown, stdout, &err);
    free_dirs(dirs, count);
    return rc ? command_fail(&err, "") : exit_code;
}

const struct command cmd_compare = COMMAND(compare);
