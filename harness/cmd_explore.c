/* rushproof explore: a scenario's races, made certain. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "command.h"
#include "explore/explore.h"
#include "given.h"
#include "model/power.h"
#include "model/way.h"
#include "report/text.h"
#include "saving.h"

enum { ROWS_MAX = 64 };

struct settings {
    struct quick quick; /* first: its option rows count their offsets from here */
    bool help, quiet, json, verbose, keep_going, accept_unopened, allow_reset, crash;
    bool waited; /* it was said that the service is waited for */
    const char *output, *until_sure;
    ns_t time, shrink;
    int64_t rounds;
    struct opt_list sets, allow_hosts;
};

static const struct opt own_rows[] = {
    {"set", 's', OPT_LIST, "KEY=VALUE", NULL, NULL, NULL, 0, 0,
     "override a value of the scenario; again and again", offsetof(struct settings, sets)},
    {"rounds", 'r', OPT_INT, "N", "3", NULL, NULL, 1, 100000,
     "rounds that hold each statement: at the last place, at once, at the last place",
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
    "inside), serialised by the store, one at a time in the service, not holdable (one "
    "connection)\n"
    "or not reached. What is on the way of some requests only is named as not held.\n\n"
    "A service that runs already is given by --url in the place of a SCENARIO, with\n"
    "--between-redis, --between-postgres or --between-mysql for its stores.\n\n"
    "Exit codes: 0 no violation, and every gap (one at least) open or serialised by the store,\n"
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

static void print_line(const char *label, const char *text)
{
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, (size_t)1 << 16);
    (void)text_add(&clean, TEXT_TERMINAL, text);
    printf("  %-10s %s\n", label, buf_text(&clean));
}

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
        print_line("listen", line);
    }
    fflush(stdout);
}

static void tell(void *context, const char *step, const char *text)
{
    const struct settings *settings = context;
    if (settings->quiet || settings->json)
        return;
    print_line(step, text);
    fflush(stdout);
}

/* A service that somebody has still to start is waited for, which is said once. */
static void tell_wait(void *context, const struct run *run, enum run_phase phase,
                      const struct progress *progress, const struct sample *sample,
                      const char *text)
{
    struct settings *settings = context;
    (void)run;
    (void)progress;
    (void)sample;
    if (phase == PHASE_PREFLIGHT && *text && !settings->waited)
        tell(settings, "wait", text);
    settings->waited |= *text != '\0';
}

static void print_gap(const struct explore_result *result, unsigned place)
{
    const struct gap *gap = &result->gaps.v[place];
    char label[16], text[640], state[128];
    snprintf(label, sizeof label, "gap %u", place + 1);
    print_line(label, explore_gap_text(result, gap, text, sizeof text));
    snprintf(state, sizeof state,
             "%s%s, %" PRId64 " inside at most, %" PRId64 " of %" PRId64 " rounds decided",
             gap->violated ? "VIOLATION, " : "", gap_words(gap), gap->inside, gap->decided,
             gap->rounds);
    print_line("", state);
    if (gap->decided < gap->rounds) {
        snprintf(text, sizeof text, "undecided: %s", gap->why);
        print_line("", text);
    }
}

static void print_crash(const struct explore_result *result, unsigned place)
{
    const struct explore_crash *crash = &result->crashes[place];
    char label[16], text[640], state[128];
    snprintf(label, sizeof label, "crash %u", place + 1);
    print_line(label, explore_crash_text(result, crash, text, sizeof text));
    snprintf(state, sizeof state,
             "%s%" PRId64 " of %" PRId64 " rounds came to that, %" PRId64 " decided",
             crash->violated ? "VIOLATION, " : "", crash->reached, crash->rounds, crash->decided);
    print_line("", state);
}

static void print_smallest(const struct explore_result *result,
                           const struct explore_smallest *smallest)
{
    char text[1200], words[256];
    print_line("smallest", explore_round_text(result, &smallest->round, text, sizeof text));
    snprintf(text, sizeof text, "rushproof run %.900s: %s", smallest->file,
             explore_smallest_text(smallest, words, sizeof words));
    print_line("", text);
}

static void print_violation(const struct explore_result *result,
                            const struct explore_violation *violation)
{
    char text[1200];
    snprintf(text, sizeof text, "%" PRId64 " requests, limit %" PRId64 "%s%s: %s: %.480s",
             violation->round.requests, violation->round.limit,
             violation->round.crash[0] ? ", killed: " : "", violation->round.crash,
             violation->checks, violation->message);
    print_line("violation", text);
    for (int i = 0; i < 2; i++)
        if (violation->said[i][0])
            print_line("", violation->said[i]);
    snprintf(text, sizeof text, "%.1000s/report.html", violation->dir);
    print_line("report", text);
    if (violation->smallest.found)
        print_smallest(result, &violation->smallest);
}

/* What to do about what ended in 2. */
static const char *advice_of(const struct explore_result *result)
{
    if (result->advice[0])
        return result->advice;
    if (!result->gaps.statements)
        return "no request of the trace came to a store: does the service use the addresses that "
               "it is given?";
    if (result->unheld.count)
        return "statements that are not on the way of every request are in no gap: give them a "
               "scenario of their own, whose users all take that way, and write names and "
               "aliases that differ from request to request as values; or --accept-unopened";
    if (!result->gaps.count)
        return "no request waits for one statement before it sends another, so nothing could be "
               "held; races within one statement (INSERT … SELECT, a function) and within the "
               "process are not seen by explore: `rushproof run` with many rounds looks for them; "
               "or --accept-unopened";
    if (result->out_of_time)
        return "--time SPAN gives it longer";
    if (explore_count(result, GAP_ONE_CONNECTION))
        return "give the service a pool of several connections, so that several requests can be "
               "inside; or --accept-unopened";
    if (explore_count(result, GAP_ONE_AT_A_TIME))
        return "a lock inside of one process does not hold for two of them: run two instances, or "
               "--accept-unopened";
    return "--rounds N tries longer, or --accept-unopened";
}

/* What was never held, as it is on the way of some requests only. */
static void print_unheld(const struct explore_result *result)
{
    char text[TRACE_TEXT_MAX + 96];
    unsigned shown = result->unheld.count < 5 ? result->unheld.count : 5;
    for (unsigned i = 0; i < shown; i++) {
        const struct step *step = &result->unheld.v[i];
        snprintf(text, sizeof text, "%s: %s (%" PRId64 " statement%s)", step->process, step->text,
                 step->statements, step->statements == 1 ? "" : "s");
        print_line(i ? "" : "not held", text);
    }
    if (result->unheld.count > shown) {
        snprintf(text, sizeof text, "and %u more shapes", result->unheld.count - shown);
        print_line("", text);
    }
}

static void print_bound(const struct explore_result *result)
{
    char text[256];
    if (*power_bound(result->decided, text, sizeof text))
        print_line("power", text);
}

static const char *word_of(int exit_code)
{
    return exit_code == EXIT_PASS ? "pass" : exit_code == EXIT_FAIL ? "fail" : "unknown";
}

static void print_result(const struct explore_result *result, const char *scenario, int exit_code,
                         bool accept)
{
    unsigned open = explore_count(result, GAP_OPEN);
    unsigned serialised = explore_count(result, GAP_SERIALISED);
    printf("\n%s  %s\n", word_of(exit_code), scenario);
    printf(
        "  %u gap%s: %u open with two or more inside, %u serialised by the store, %u not opened; "
        "%u violation%s in %" PRId64 " rounds\n",
        result->gaps.count, result->gaps.count == 1 ? "" : "s", open, serialised,
        result->gaps.count - open - serialised, result->violations_count,
        result->violations_count == 1 ? "" : "s", result->rounds);
    for (unsigned i = 0; i < result->gaps.count; i++)
        print_gap(result, i);
    for (unsigned i = 0; i < result->crashes_count; i++)
        print_crash(result, i);
    for (unsigned i = 0; i < result->violations_count; i++)
        print_violation(result, &result->violations[i]);
    if (result->own != VERDICT_PASS)
        print_line("own load", result->own_text);
    print_unheld(result);
    if (result->unseen[0])
        print_line("unseen", result->unseen);
    if (exit_code == EXIT_PASS || (exit_code == EXIT_UNKNOWN && !result->unseen[0]))
        print_bound(result);
    if (accept && exit_code == EXIT_PASS &&
        (open + serialised < result->gaps.count || !result->gaps.count || result->unheld.count))
        print_line("accepted", "what was not opened (--accept-unopened)");
    if (exit_code == EXIT_UNKNOWN)
        print_line("next", advice_of(result));
    print_line("not seen",
               "races within one statement (INSERT … SELECT, a function), and within the process");
    print_line("report", result->dir);
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
    if (!scenario->stack.reset_count)
        return err_set(err, ERR_USAGE,
                       "each round begins with everything reset, and nothing here can be: say how "
                       "by --reset 'TRUNCATE coupon' (key: stack.reset)");
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

/* The exit code, and the files, of what is known. */
static int conclude(const struct settings *settings, const struct scenario *scenario,
                    const struct explore_result *result, const struct err *cause)
{
    bool accept = settings->accept_unopened;
    int exit_code = explore_exit_code(result, accept);
    struct err err = {0};
    if (cause->code) {
        int own = command_fail(cause, cause->code == ERR_ENVIRONMENT && *result->dir
                                          ? "logs are in the run's directory, logs/"
                                          : "");
        return exit_code == EXIT_FAIL && own != EXIT_INTERRUPTED ? exit_code : own;
    }
    if (archive_mask_logs(result->dir, &err) || explore_save(result, scenario->name, accept, &err))
        return command_fail(&err, "is the disk full, or the directory not writable?");
    if (settings->json && explore_print_json(result, scenario->name, accept, stdout, &err))
        return command_fail(&err, "");
    if (!settings->json)
        print_result(result, scenario->name, exit_code, accept);
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
