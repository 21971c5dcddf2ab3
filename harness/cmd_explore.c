/* rushproof explore: a scenario's races, made certain. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "command.h"
#include "explore/explore.h"
#include "explore_console.h"
#include "given.h"
#include "model/power.h"
#include "model/way.h"
#include "report/text.h"
#include "saving.h"

enum { ROWS_MAX = 64 };

struct settings {
    struct quick quick; /* first: its option rows count their offsets from here */
    bool help, quiet, json, verbose, keep_going, accept_unopened, allow_reset, crash;
    bool waited;    /* it was said that the service is waited for */
    ns_t heartbeat; /* when it was said last what a phase waits for */
    const char *output, *until_sure;
    ns_t time, shrink;
    int64_t rounds;
    struct opt_list sets, allow_hosts;
};

static const struct opt own_rows[] = {
    {"set", 's', OPT_LIST, "KEY=VALUE", NULL, NULL, NULL, 0, 0,
     "override a value of the scenario; again and again", offsetof(struct settings, sets)},
    {"rounds", 'r', OPT_INT, "N", "3", NULL, NULL, 1, 100000,
     "rounds that hold each statement: at the last place, in groups of any size, at once",
     offsetof(struct settings, rounds)},
    COMMAND_SURE_ROW(struct settings),
    {"time", 't', OPT_DURATION, "SPAN", "10m", NULL, NULL, 0, 0, "begin no round later than this",
     offsetof(struct settings, time)},
    {"shrink", 0, OPT_DURATION, "SPAN", "1m", NULL, NULL, 0, 0,
     "so long for making a violation small, and as long again for playing it 20 times; 0: not at "
     "all",
     offsetof(struct settings, shrink)},
    {"crash", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "kill and restart processes while an answer to them is held, too",
     offsetof(struct settings, crash)},
    {"keep-going", 'k', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "go on after a violation",
     offsetof(struct settings, keep_going)},
    {"accept-unopened", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "exit code 0 also when gaps could not be opened; the report still names them",
     offsetof(struct settings, accept_unopened)},
    {"output", 'o', OPT_TEXT, "DIR", "reports", "RUSHPROOF_OUTPUT", NULL, 0, 0,
     "where reports go: DIR/<scenario>/<UTC time>/, and the link DIR/latest",
     offsetof(struct settings, output)},
    {"json", 'j', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "print explore.json on stdout, nothing else", offsetof(struct settings, json)},
    {"quiet", 'q', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "print the result only",
     offsetof(struct settings, quiet)},
    {"verbose", 'v', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "copy the log to stderr",
     offsetof(struct settings, verbose)},
    COMMAND_LEAVE_ROWS(struct settings),
    COMMAND_HELP_ROW(struct settings),
};

static struct opt rows[ROWS_MAX];

static struct opts opts = {
    "rushproof explore",
    "[OPTION…] [SCENARIO]",
    "Makes a scenario's races certain: holds each gap between two statements open.",
    "A proxy between the service and its stores sees each statement. First the scenario's own "
    "load\n"
    "is observed, then single requests are traced: each two statements that follow each other are\n"
    "a gap. Then the answers to the first of them are held back until several requests have read\n"
    "the same, and the run is judged as always. A gap ends as open (two or more requests were\n"
    "inside), serialised by the store, one at a time by a lock in the store or in the service,\n"
    "not holdable (one connection) or not reached. What is on the way of some requests only is "
    "named as not held.\n\n"
    "A service that runs already is given by --url in the place of a SCENARIO, with\n"
    "--between-redis, --between-postgres or --between-mysql for its stores.\n\n"
    "Exit codes: 0 no violation, and every gap (one at least) open, serialised by the store or\n"
    "behind a lock in it,\n"
    "1 a violation, in the scenario's own load as well,\n"
    "2 otherwise, 3 usage or scenario error, 4 environment, 130 interrupted.",
    rows,
    0,
};

static const struct opts *options(void)
{
    if (!opts.count)
        opts.count = given_options(own_rows, sizeof own_rows / sizeof *own_rows, rows);
    return &opts;
}

/* ---- what is printed ---- */

/* Where a service that runs already is to be pointed at. */
static void print_head(const struct scenario *scenario)
{
    static const char *const stores[] = {"redis", "postgres", "mysql"};
    printf("explore %s\n", scenario->name);
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        const char *text = spec_between_way(&scenario->between, stores[i]);
        struct way way;
        struct err err;
        char line[sizeof way + 96];
        if (!text || way_read(text, &way, &err))
            continue;
        snprintf(line, sizeof line, "the service's %s is at %s from now on, for %s", stores[i],
                 way.listen, way.upstream);
        explore_console_line("listen", line);
    }
    fflush(stdout);
}

static void tell(void *context, const char *step, const char *text)
{
    const struct settings *settings = context;
    if (settings->quiet || settings->json)
        return;
    explore_console_line(step, text);
    fflush(stdout);
}

/* A sign of life of a phase that takes long: answers do not come, a pipeline is slow or has lost
 * something. */
static void tell_phase(struct settings *settings, const struct run *run, enum run_phase phase,
                       const struct progress *progress, const struct sample *sample)
{
    static const char *const waits[PHASE_COUNT] = {[PHASE_STAGE] = "for connections",
                                                   [PHASE_RELEASE] = "for requests to leave",
                                                   [PHASE_SETTLE] = "for answers",
                                                   [PHASE_DRAIN] = "for what comes late",
                                                   [PHASE_WATCH] = "for late changes"};
    ns_t now = clock_now(), since = run->phases[phase].started;
    if (settings->heartbeat < since)
        settings->heartbeat = since;
    if (!waits[phase] || now < settings->heartbeat + PROGRESS_HEARTBEAT)
        return;
    settings->heartbeat = now;
    char line[160], span[32], figure[96] = "";
    if (phase == PHASE_DRAIN)
        snprintf(figure, sizeof figure, " of %s at most (drain.timeout)",
                 units_format_duration(run->scenario->drain.timeout, span, sizeof span));
    if (phase == PHASE_SETTLE && progress)
        snprintf(figure, sizeof figure, ", %" PRId64 " have come",
                 (int64_t)atomic_load(&progress->answered));
    size_t used = strlen(figure);
    if (phase >= PHASE_SETTLE && sample && sample->rows != COUNT_UNKNOWN)
        snprintf(figure + used, sizeof figure - used, "; %" PRId64 " rows", sample->rows);
    snprintf(line, sizeof line, "%s: %s%s", waits[phase],
             units_format_duration(now - since, span, sizeof span), figure);
    tell(settings, "wait", line);
}

/* A service that somebody has still to start is waited for, which is said once. */
static void tell_wait(void *context, const struct run *run, enum run_phase phase,
                      const struct progress *progress, const struct sample *sample,
                      const char *text)
{
    struct settings *settings = context;
    tell_phase(settings, run, phase, progress, sample);
    if (phase == PHASE_PREFLIGHT && *text && !settings->waited)
        tell(settings, "wait", text);
    settings->waited |= *text != '\0';
}

/* ---- what is done ---- */

static int save(const struct run *run, struct err *err)
{
    struct saving saving;
    saving_begin(&saving, run, NULL);
    return saving_end(&saving, err);
}

/* Somebody whose statements can be held, and everything as new in each round. */
static int check(const struct scenario *scenario, struct err *err)
{
    if (scenario->processes_count)
        return 0;
    if (!spec_between_listens(&scenario->between))
        return err_set(err, ERR_USAGE,
                       "%s starts no process: there is nobody whose statements could be held; of a "
                       "service that runs already the stores are given by --between-redis "
                       "16379=6379, --between-postgres or --between-mysql (keys: between.redis …)",
                       scenario->name);
    if (!scenario->stack.reset_count && !scenario->setup_count)
        return err_set(
            err, ERR_USAGE,
            "each round begins with everything reset, and nothing here can be: say how "
            "by --reset 'TRUNCATE coupon' or --reset 'command: LINE' (keys: stack.reset, "
            "setup)");
    return 0;
}

static int load(const struct settings *settings, const char *name, struct given *ret_given,
                struct err *err)
{
    int rc = given_load(name, &settings->quick, settings->sets.items, settings->sets.count,
                        ret_given, err);
    if (!rc)
        rc = check(ret_given->scenario, err);
    if (rc)
        given_free(ret_given);
    return rc;
}

static int report(const struct settings *settings, const struct scenario *scenario,
                  const struct explore_result *result, int exit_code, struct err *err)
{
    bool accept = settings->accept_unopened;
    int rc = archive_mask_logs(result->dir, err);
    if (!rc)
        rc = explore_save(result, scenario->name, accept, err);
    if (!rc && settings->json)
        rc = explore_print_json(result, scenario->name, accept, stdout, err);
    else if (!rc)
        explore_console_result(result, scenario->name, exit_code, accept);
    return rc;
}

/* The exit code, and the files, of what is known. */
static int conclude(const struct settings *settings, const struct scenario *scenario,
                    const struct explore_result *result, const struct err *cause)
{
    bool accept = settings->accept_unopened;
    int exit_code = explore_exit_code(result, accept);
    struct err err = {0};
    if (cause->code) {
        if (result->observed.known)
            (void)!report(settings, scenario, result, exit_code, &err);
        int own = command_fail(cause, cause->code == ERR_ENVIRONMENT && *result->dir
                                          ? "logs are in the run's directory, logs/"
                                          : "");
        return exit_code == EXIT_FAIL && own != EXIT_INTERRUPTED ? exit_code : own;
    }
    if (report(settings, scenario, result, exit_code, &err))
        return command_fail(&err, "is the disk full, or the directory not writable?");
    return exit_code;
}

static int explore(struct settings *settings, const char *name)
{
    struct err err = {0};
    struct given given = {0};
    _cleanup_free_ struct explore_result *result = calloc(1, sizeof *result);
    struct explore_settings explore = {
        .engine = {.program_dir = command_program_dir(),
                   .scenario_dir = given.dir,
                   .allow_hosts = settings->allow_hosts.items,
                   .allow_hosts_count = settings->allow_hosts.count,
                   .allow_reset = settings->allow_reset,
                   .stop = &command_stop,
                   .listener = tell_wait,
                   .listener_context = settings},
        .output = settings->output,
        .rounds = settings->rounds,
        .time = settings->time,
        .keep_going = settings->keep_going,
        .crash = settings->crash,
        .shrink = settings->shrink,
        .tell = tell,
        .save = save,
        .context = settings,
    };
    int rc = result ? 0 : err_set(&err, ERR_MEMORY, "out of memory");
    if (!rc)
        rc = command_read_sure(settings->until_sure, &explore.decided, &err);
    if (!rc)
        rc = load(settings, name, &given, &err);
    if (rc)
        return command_fail(&err, "rushproof explore --help");
    const struct scenario *scenario = given.scenario;
    if (!settings->quiet && !settings->json)
        print_head(scenario);
    (void)!explore_run(scenario, &explore, result, &err);
    int exit_code = conclude(settings, scenario, result, &err);
    explore_free(result);
    given_free(&given);
    return exit_code;
}

static int run_command(const struct command_call *call)
{
    struct settings *settings = call->settings;
    struct err err = {0};
    if (settings->verbose)
        log_to_stderr(LOG_LEVEL_INFO);
    bool flags = quick_given(&settings->quick);
    const char *name = call->count ? call->arguments[0] : given_default();
    if (flags && call->count)
        (void)quick_refuse(&settings->quick, name, &err);
    else if (!flags && (call->count > 1 || !name))
        err_set(&err, ERR_USAGE, "explore takes one scenario%s",
                call->count ? "" : "; there is no rushproof.yaml here, and no --url");
    return err.code ? command_fail(&err, "rushproof explore --help")
                    : explore(settings, flags ? NULL : name);
}

const struct command cmd_explore = COMMAND(explore);
