/* rushproof run: scenarios, or one service given by flags, to a verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/coordinator.h"
#include "agents/series.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "command.h"
#include "compare.h"
#include "given.h"
#include "index.h"
#include "report/annotations.h"
#include "report/console.h"
#include "session.h"

enum { ROWS_MAX = 64, SETS_MAX = 64, SCENARIOS_MAX = 64 };

struct settings {
    struct quick quick; /* first: its option rows count their offsets from here */
    bool help, quiet, json, no_color, verbose, keep, allow_reset;
    const char *output;
    const char *summary;
    const char *seed;
    const char *release_threads;
    const char *between;
    const char *until_sure;
    int64_t rounds, retry_invalid, agents;
    const char *redis, *session;
    ns_t agents_wait;
    struct opt_list sets;
    struct opt_list allow_hosts;
};

static const struct opt own[] = {
    {"set", 's', OPT_LIST, "KEY=VALUE", NULL, NULL, NULL, 0, 0,
     "override a value of the scenario: --set load.0.burst.requests=5000; again and again",
     offsetof(struct settings, sets)},
    {"rounds", 'r', OPT_INT, "N", "1", NULL, NULL, 1, 1000000,
     "repeat with everything reset in between, and sum up", offsetof(struct settings, rounds)},
    COMMAND_SURE_ROW(struct settings),
    {"retry-invalid", 0, OPT_INT, "N", "0", NULL, NULL, 0, 100,
     "run again, everything reset, up to N times when the burst was none; a fail stays a fail",
     offsetof(struct settings, retry_invalid)},
    {"seed", 0, OPT_TEXT, "N", NULL, NULL, NULL, 0, 0, "seed of schedules and faults",
     offsetof(struct settings, seed)},
    {"release-threads", 0, OPT_CHOICE, "N", NULL, NULL, "1|2", 0, 0, "threads that open the gate",
     offsetof(struct settings, release_threads)},
    {"between", 0, OPT_CHOICE, "WHAT", NULL, NULL, "off|observe", 0, 0,
     "observe: tell which statements pass between the processes and their stores",
     offsetof(struct settings, between)},
    {"output", 'o', OPT_TEXT, "DIR", "reports", "RUSHPROOF_OUTPUT", NULL, 0, 0,
     "where reports go: DIR/<scenario>/<UTC time>/, and the link DIR/latest",
     offsetof(struct settings, output)},
    {"summary", 0, OPT_TEXT, "FILE", NULL, NULL, NULL, 0, 0,
     "append the Markdown summary to FILE, as $GITHUB_STEP_SUMMARY wants it",
     offsetof(struct settings, summary)},
    {"json", 'j', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "print result.json on stdout, nothing else", offsetof(struct settings, json)},
    COMMAND_QUIET_ROW(struct settings),
    COMMAND_COLOR_ROW(struct settings),
    {"verbose", 'v', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "copy the log to stderr",
     offsetof(struct settings, verbose)},
    {"keep", 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0,
     "leave the private servers' data behind for a look", offsetof(struct settings, keep)},
    {"agents", 0, OPT_INT, "N", "0", NULL, NULL, 0, AGENTS_MAX,
     "have so many `rushproof agent` send the rush together; 0: this process sends it",
     offsetof(struct settings, agents)},
    {"redis", 0, OPT_TEXT, "URL", NULL, "RUSHPROOF_AGENTS_REDIS", NULL, 0, 0,
     "the Redis over which agents are met; not the service's", offsetof(struct settings, redis)},
    {"session", 0, OPT_TEXT, "NAME", "rush", "RUSHPROOF_SESSION", NULL, 0, 0,
     "keeps runs with agents apart that use one Redis", offsetof(struct settings, session)},
    {"agents-wait", 0, OPT_DURATION, "SPAN", "5m", NULL, NULL, 0, 0,
     "how long to wait until all agents are there", offsetof(struct settings, agents_wait)},
    COMMAND_LEAVE_ROWS(struct settings),
    COMMAND_HELP_ROW(struct settings),
};

static const struct opts *options(void)
{
    static struct opt rows[ROWS_MAX];
    static struct opts opts = {
        "rushproof run",
        "[OPTION…] [SCENARIO…]",
        "Runs scenarios, or one service given by flags, to a verdict.",
        "A SCENARIO is a name that 'rushproof list' shows, or a path. Without one, and without\n"
        "--url, it is rushproof.yaml of the working directory, or else kafka. Several run one "
        "after\n"
        "the other and end in a comparison.\n\n"
        "Exit codes: 0 pass, 1 fail, 2 unknown or invalid run, 3 usage or scenario error,\n"
        "4 environment, 130 interrupted.",
        rows,
        0,
    };
    if (!opts.count)
        opts.count = given_options(own, sizeof own / sizeof *own, rows);
    return &opts;
}

/* Everything that overrides the scenario, as --set spells it. */
struct overrides {
    char texts[4][64];
    const char *v[SETS_MAX + 4];
    size_t count;
};

static int collect_overrides(const struct settings *settings, struct overrides *overrides,
                             struct err *err)
{
    const struct {
        const char *key, *value;
    } shortcuts[] = {{"seed", settings->seed},
                     {"release_threads", settings->release_threads},
                     {"between.what", settings->between}};
    if (settings->sets.count > SETS_MAX)
        return err_set(err, ERR_USAGE, "--set: at most %d", SETS_MAX);
    for (size_t i = 0; i < settings->sets.count; i++)
        overrides->v[overrides->count++] = settings->sets.items[i];
    for (size_t i = 0; i < sizeof shortcuts / sizeof *shortcuts; i++) {
        if (!shortcuts[i].value)
            continue;
        snprintf(overrides->texts[i], sizeof overrides->texts[i], "%s=%s", shortcuts[i].key,
                 shortcuts[i].value);
        overrides->v[overrides->count++] = overrides->texts[i];
    }
    return 0;
}

struct batch {
    const struct settings *settings;
    struct session_settings session;
    struct overrides overrides;
    struct console *console;
    struct session_result results[SCENARIOS_MAX];
    size_t count;
    unsigned annotations;               /* that may still be printed */
    struct coordinator_settings agents; /* url NULL: none */
    struct series *series;              /* of agents that stay for more than one round, or NULL */
    int exit_code;
};

static bool on_github(void)
{
    const char *value = getenv("GITHUB_ACTIONS");
    return value && !strcmp(value, "true");
}

/* What agents are told of. */
static int hand_over(struct batch *batch, const struct given *given, struct buf *text,
                     struct err *err)
{
    const struct settings *settings = batch->settings;
    int rc = given_text(given, &settings->quick, text, err);
    batch->agents = (struct coordinator_settings){
        .url = settings->redis,
        .session = settings->session,
        .agents = settings->agents,
        .name = *given->path ? given->path : "(flags)",
        .text = buf_text(text),
        .sets = batch->overrides.v,
        .sets_count = batch->overrides.count,
        .hosts = settings->allow_hosts.items,
        .hosts_count = settings->allow_hosts.count,
        .wait = settings->agents_wait,
        .series = batch->series ? series_name(batch->series) : NULL,
    };
    batch->session.agents = &batch->agents;
    return rc;
}

/* name NULL: one service by flags. */
static void run_given(struct batch *batch, const char *name)
{
    struct err err = {0};
    struct given given = {0};
    struct session_result *result = &batch->results[batch->count];
    if (given_load(name, &batch->settings->quick, batch->overrides.v, batch->overrides.count,
                   &given, &err)) {
        int exit_code = command_fail(&err, name ? "" : "rushproof run --help");
        batch->exit_code = session_worse(batch->exit_code, exit_code);
        return;
    }
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 1 << 20);
    if (batch->settings->agents && hand_over(batch, &given, &text, &err)) {
        batch->exit_code = session_worse(batch->exit_code, command_fail(&err, ""));
        given_free(&given);
        return;
    }
    batch->count++;
    session_run(given.scenario, given.dir, &batch->session, batch->console, result);
    batch->exit_code = session_worse(batch->exit_code, result->exit_code);
    given_free(&given);
}

static void tell_comparison(struct batch *batch)
{
    const char *dirs[SCENARIOS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++)
        if (*batch->results[i].dir)
            dirs[count++] = batch->results[i].dir;
    struct err err = {0};
    if (count > 1 && compare_dirs(dirs, count, false, stdout, &err))
        command_fail(&err, "");
}

static int run_batch(struct batch *batch, char **names, int names_count)
{
    if (!names_count)
        run_given(batch, quick_given(&batch->settings->quick) ? NULL
                         : given_default()                    ? given_default()
                                                              : "kafka");
    for (int i = 0; i < names_count && !command_stop; i++)
        run_given(batch, names[i]);
    bool any = false;
    for (size_t i = 0; i < batch->count; i++)
        any |= *batch->results[i].dir != '\0';
    if (any)
        index_update(batch->settings->output);
    if (names_count > 1 && !batch->settings->json && !batch->settings->quiet)
        tell_comparison(batch);
    return batch->exit_code;
}

/* Agents stay from one round to the next, and from one scenario to the next. */
static int keep_agents(struct batch *batch, int scenarios, struct err *err)
{
    const struct session_settings *session = &batch->session;
    bool several =
        scenarios > 1 || session->rounds > 1 || session->until_decided || session->retry_invalid;
    if (!batch->settings->agents || !several)
        return 0;
    return series_open(batch->settings->redis, batch->settings->session, &batch->series, err);
}

static int run_with(struct settings *settings, char **names, int names_count)
{
    struct err err = {0};
    struct batch *batch = calloc(1, sizeof *batch);
    int64_t decided = 0;
    int exit_code;
    if (!batch || command_read_sure(settings->until_sure, &decided, &err) ||
        collect_overrides(settings, &batch->overrides, &err)) {
        free(batch);
        return command_fail(&err, "");
    }
    batch->settings = settings;
    batch->annotations = ANNOTATIONS_MAX;
    batch->session = (struct session_settings){
        .output = settings->output,
        .summary = settings->summary,
        .rounds = decided ? decided : settings->rounds,
        .until_decided = decided > 0,
        .retry_invalid = settings->retry_invalid,
        .json = settings->json,
        .allow_reset = settings->allow_reset,
        .keep = settings->keep,
        .annotations = on_github() ? &batch->annotations : NULL,
        .allow_hosts = settings->allow_hosts.items,
        .allow_hosts_count = settings->allow_hosts.count,
    };
    batch->console = console_new(&(struct console_settings){
        .out = stdout,
        .quiet = settings->quiet,
        .json = settings->json,
        .color = settings->no_color ? CONSOLE_COLOR_NEVER : CONSOLE_COLOR_AUTO,
    });
    exit_code = keep_agents(batch, names_count, &err) ? command_fail(&err, "")
                                                      : run_batch(batch, names, names_count);
    series_close(batch->series);
    console_free(batch->console);
    free(batch);
    return exit_code;
}

static int run_command(const struct command_call *call)
{
    struct settings *settings = call->settings;
    struct err err = {0};
    if (settings->verbose)
        log_to_stderr(LOG_LEVEL_INFO);
    if (settings->agents && !settings->redis)
        err_set(&err, ERR_USAGE,
                "--agents: where are they met? --redis redis://HOST:PORT, a Redis that is not the "
                "service's");
    else if (call->count > SCENARIOS_MAX)
        err_set(&err, ERR_USAGE, "at most %d scenarios in one call", SCENARIOS_MAX);
    else if (call->count && quick_given(&settings->quick))
        (void)quick_refuse(&settings->quick, call->arguments[0], &err);
    return err.code ? command_fail(&err, "rushproof run --help")
                    : run_with(settings, call->arguments, call->count);
}

const struct command cmd_run = COMMAND(run);
