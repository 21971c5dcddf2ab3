/* rushproof report: renders the reports of saved runs again. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/aside.h"
#include "base/cleanup.h"
#include "command.h"
#include "index.h"
#include "report/console.h"
#include "report/report.h"
#include "scenario/scenario.h"
#include "verify/checks.h"
#include "verify/race.h"

struct settings {
    bool help, open;
    const char *output, *index;
};

static const struct opt table[] = {
    {"open", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "open the page in the browser (xdg-open, or $BROWSER)", offsetof(struct settings, open)},
    {"index", 0, OPT_TEXT, "DIR", NULL, NULL, NULL, 0, 0,
     "all runs below DIR on one page, DIR/index.html, as each run leaves it in the directory of "
     "the reports: verdicts and figures over time, what got worse, which checks come and go",
     offsetof(struct settings, index)},
    {"output", 'o', OPT_TEXT, "FILE", NULL, NULL, NULL, 0, 0,
     "where the page of two runs, or of all, is written (default: pair.html in the first "
     "directory, index.html)",
     offsetof(struct settings, output)},
    COMMAND_HELP_ROW(struct settings),
};

static const struct opts opts = {
    "rushproof report",
    "[OPTION…] DIR [DIR] | --index DIR",
    "Renders all reports of a saved run again; two runs go side by side on one page.",
    "Links on the page of all runs lead from DIR, so a page that is written elsewhere has dead "
    "ones.",
    table,
    sizeof table / sizeof *table,
};

static const struct opts *options(void)
{
    return &opts;
}

static int open_page(const char *path, struct err *err)
{
    const char *browser = getenv("BROWSER");
    if (!browser || !*browser)
        browser = "xdg-open";
    pid_t child = fork();
    if (child == 0) {
        execlp(browser, browser, path, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
        return err_set(err, ERR_ENVIRONMENT, "cannot open %s with %s", path, browser);
    return 0;
}

static int render_pair(const struct run *left, const struct run *right, const char *path,
                       struct err *err)
{
    _cleanup_(aside_drop) struct aside aside = {0};
    int rc = aside_open(&aside, NULL, path, err);
    if (!rc)
        rc = report_write_pair(left, right, aside.file, err);
    return rc ? rc : aside_commit(&aside, err);
}

/* A history from elsewhere was not judged yet; its reports go beside it. */
static int load(const char *path, struct run *ret_run, struct scenario **ret_scenario,
                struct err *err)
{
    int rc = archive_load(path, ret_run, ret_scenario, err);
    if (!rc)
        rc = ret_run->findings.count ? race_explain(ret_run, err) : checks_run(ret_run, err);
    return rc;
}

static int render(char **dirs, int count, const struct settings *settings, struct err *err)
{
    struct run runs[2];
    struct scenario *scenarios[2] = {0};
    char page[sizeof runs[0].dir + 16] = "";
    int rc = 0;
    for (int i = 0; i < 2; i++)
        run_init(&runs[i]);
    for (int i = 0; !rc && i < count; i++)
        rc = load(dirs[i], &runs[i], &scenarios[i], err);
    if (!rc) {
        const char *file = count == 2 ? "pair.html" : "report.html";
        if (count == 2 && settings->output)
            snprintf(page, sizeof page, "%s", settings->output);
        else
            snprintf(page, sizeof page, "%s/%s", runs[0].dir, file);
        rc = count == 2 ? render_pair(&runs[0], &runs[1], page, err)
                        : report_write_all(&runs[0], err);
    }
    if (!rc)
        puts(page);
    if (!rc && settings->open)
        rc = open_page(page, err);
    for (int i = 0; i < 2; i++) {
        run_free(&runs[i]);
        scenario_free(scenarios[i]);
    }
    return rc;
}

/* What is left out stands on the page too. */
static void tell_left_out(const struct index_told *told)
{
    struct err err = {0};
    char more[64] = "";
    if (!told->troubles)
        return;
    if (told->troubles > 1)
        snprintf(more, sizeof more, " (and %zu more, as the page tells)", told->troubles - 1);
    err_set(&err, ERR_USAGE, "left out: %s%s", told->trouble, more);
    console_error(&err, "");
}

static int render_index(const struct settings *settings, struct err *err)
{
    struct index_told told;
    int rc = index_write(settings->index, settings->output, &told, err);
    if (rc)
        return rc;
    tell_left_out(&told);
    puts(told.page);
    return settings->open ? open_page(told.page, err) : 0;
}

static int run_command(const struct command_call *call)
{
    const struct settings *settings = call->settings;
    struct err err = {0};
    if (settings->index && call->count) {
        err_set(&err, ERR_USAGE, "--index takes one directory, and nothing stands beside it");
        return command_fail(&err, "rushproof report --index reports");
    }
    if (settings->index)
        return render_index(settings, &err) ? command_fail(&err, "") : EXIT_PASS;
    if (call->count < 1 || call->count > 2) {
        err_set(&err, ERR_USAGE, "report needs the directory of one run or of two");
        return command_fail(&err, "rushproof report reports/latest");
    }
    return render(call->arguments, call->count, call->settings, &err) ? command_fail(&err, "")
                                                                      : EXIT_PASS;
}

const struct command cmd_report = COMMAND(report);
