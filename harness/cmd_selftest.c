/* rushproof selftest: is the judge able to convict? Planted histories for every check, then
 * services that are wrong on purpose. */
#include <fts.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "command.h"
#include "scenario/library.h"
#include "scenario/scenario.h"
#include "scratch.h"
#include "selftest/selftest.h"
#include "trial.h"

/* A burst that the machine was too busy for is fired again so often. */
#define REPEATS 3

struct settings {
    bool help, planted, verbose;
    int64_t rounds, runs, seed;
    const char *faulty;
};

static const struct opt table[] = {
    {"planted", 'p', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "planted histories only: no servers are needed", offsetof(struct settings, planted)},
    {"rounds", 'r', OPT_INT, "N", "200", NULL, NULL, 1, 1000000, "planted histories of each kind",
     offsetof(struct settings, rounds)},
    {"runs", 'n', OPT_INT, "N", "1", NULL, NULL, 1, 10000, "runs of each faulty service",
     offsetof(struct settings, runs)},
    {"seed", 's', OPT_INT, "N", "1", NULL, NULL, 0, INT64_MAX,
     "what the planted ones are drawn from", offsetof(struct settings, seed)},
    {"faulty", 'f', OPT_TEXT, "DIR", NULL, "RUSHPROOF_FAULTY", NULL, 0, 0,
     "where the scenarios of the faulty services are", offsetof(struct settings, faulty)},
    COMMAND_HELP_ROW(struct settings),
};

static const struct opts opts = {
    "rushproof selftest",
    "[OPTION…] [FAULT…]",
    "Shows that the checks catch what they must, and nothing else.",
    "First, correct histories are made up and mutated in every way that a check is there for:\n"
    "what the checks find must be what was planted, to the user. Then services that are wrong\n"
    "on purpose are run on a private stack, those named as FAULT or all; they come with the\n"
    "source tree and are left out where it is not at hand. Exit code 1 on any difference.",
    table,
    sizeof table / sizeof *table,
};

static const struct opts *options(void)
{
    return &opts;
}

struct score {
    int64_t passed, failed;
};

static void print_row(const char *fault, const char *expected, bool good, const char *got)
{
    printf("%-34s %-34s %s%s\n", fault, expected, good ? "" : "NOT AS EXPECTED: ", got);
    fflush(stdout);
}

/* ---- planted ---- */

static void print_planted(void *context, const struct selftest_row *row)
{
    struct score *score = context;
    char got[320];
    bool good = row->caught == row->planted;
    snprintf(got, sizeof got, "%" PRId64 " of %" PRId64 "%s%s", row->caught, row->planted,
             row->detail[0] ? "; " : "", row->detail);
    print_row(row->fault, row->check[0] ? row->check : "pass", good, got);
    score->passed += good;
    score->failed += !good;
}

/* ---- faulty services ---- */

/* The directory given, or the one of the source tree that this program was built in; NULL: neither.
 */
static char *find_faulty(const char *given)
{
    if (given)
        return strdup(given);
    static const char *const above[] = {"/..", "/../..", "/../../.."};
    for (size_t i = 0; i < sizeof above / sizeof *above; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s%s/tests/faulty/scenarios", command_program_dir(), above[i]);
        if (!access(path, R_OK))
            return realpath(path, NULL);
    }
    return access("tests/faulty/scenarios", R_OK) ? NULL : realpath("tests/faulty/scenarios", NULL);
}

/* One run; a burst that was none is fired again. */
static int try_once(const struct scenario *scenario, const char *faulty, const char *work,
                    struct trial_result *ret_result, struct err *err)
{
    int rc = 0;
    for (int i = 0; i < REPEATS && !rc && !command_stop; i++) {
        rc = trial_run(scenario, faulty, work, ret_result, err);
        if (!rc && !ret_result->may_repeat)
            break;
    }
    return rc;
}

static int run_fault(const char *path, const char *faulty, const char *work, int64_t runs,
                     struct score *score, struct err *err)
{
    struct scenario *scenario = NULL;
    int rc = scenario_load(path, NULL, 0, &scenario, err);
    if (rc)
        return rc;
    struct trial_result result = {0}, shown = {0};
    int64_t good = 0;
    for (int64_t i = 0; i < runs && !rc && !command_stop; i++) {
        rc = try_once(scenario, faulty, work, &result, err);
        good += result.as_stated;
        if (i == 0 || !result.as_stated)
            shown = result;
    }
    char got[320];
    snprintf(got, sizeof got, "%" PRId64 " of %" PRId64 "; %s", good, runs, shown.got);
    if (!rc && !command_stop) {
        print_row(scenario->name, shown.expected, good == runs, got);
        score->passed += good == runs;
        score->failed += good != runs;
    }
    scenario_free(scenario);
    return rc;
}

static bool is_wanted(const char *file, char **names, int names_count)
{
    size_t length = strlen(file);
    if (length < 6 || strcmp(file + length - 5, ".yaml") != 0)
        return false;
    for (int i = 0; i < names_count; i++)
        if (strlen(names[i]) == length - 5 && !strncmp(names[i], file, length - 5))
            return true;
    return names_count == 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int run_faults(const char *faulty, const char *work, char **names, int names_count,
                      int64_t runs, struct score *score, struct err *err)
{
    char *const roots[] = {(char *)(uintptr_t)faulty, NULL};
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    int rc = walk ? 0 : err_set(err, ERR_ENVIRONMENT, "cannot read %s", faulty);
    int64_t found_any = 0;
    for (FTSENT *found; !rc && !command_stop && (found = fts_read(walk)) != NULL;) {
        if (found->fts_info != FTS_F || !is_wanted(found->fts_name, names, names_count))
            continue;
        found_any++;
        rc = run_fault(found->fts_path, faulty, work, runs, score, err);
    }
    if (walk)
        fts_close(walk);
    if (!rc && !found_any && !command_stop)
        rc = err_set(err, ERR_USAGE, "no scenario of that name in %s", faulty);
    return rc;
}

static int test_faulty(const struct settings *settings, char **names, int names_count,
                       struct score *score, struct err *err)
{
    _cleanup_free_ char *faulty = find_faulty(settings->faulty);
    char service[PATH_MAX], work[PATH_MAX];
    if (settings->faulty && access(settings->faulty, R_OK))
        return err_set(err, ERR_USAGE, "--faulty: cannot read %s", settings->faulty);
    snprintf(service, sizeof service, "%s/faulty-service", command_program_dir());
    if (!faulty || access(service, X_OK)) {
        puts("\nfaulty services: not at hand (they are built with the source tree)");
        return 0;
    }
    int rc = scratch_make("selftest", work, err);
    if (rc)
        return rc;
    printf("\n%-34s %-34s %s\n", "FAULTY SERVICE", "MUST NOT PASS", "GOT");
    rc = run_faults(faulty, work, names, names_count, settings->runs, score, err);
    scratch_remove(work);
    return rc;
}

static int run_command(const struct command_call *call)
{
    const struct settings *settings = call->settings;
    struct score score = {0};
    struct err err = {0};
    int rc = 0;
    if (call->count && settings->planted)
        rc = err_set(&err, ERR_USAGE, "--synthetic runs no service: give no FAULT '%s'",
                     call->arguments[0]);
    if (!rc && !call->count) {
        int64_t wrong;
        printf("%-34s %-34s %s\n", "PLANTED", "CHECK", "FOUND");
        rc = selftest_planted((uint64_t)settings->seed, settings->rounds, print_planted, &score,
                              &wrong, &err);
    }
    if (!rc && !settings->planted)
        rc = test_faulty(settings, call->arguments, call->count, &score, &err);
    if (rc)
        return command_fail(&err, err.code == ERR_USAGE
                                      ? "rushproof selftest --help"
                                      : "rushproof selftest --planted needs no servers");
    if (command_stop)
        return EXIT_INTERRUPTED;
    printf("\n%" PRId64 " passed, %" PRId64 " failed\n", score.passed, score.failed);
    return score.failed || !score.passed ? EXIT_FAIL : EXIT_PASS;
}

const struct command cmd_selftest = COMMAND(selftest);
