/* rushproof agent: one of several machines that send a rush together. */
#include <stdio.h>
#include <stdlib.h>

#include "agents/member.h"
#include "base/log.h"
#include "command.h"

struct settings {
    bool help, quiet, verbose;
    const char *redis, *session, *dir;
    int64_t rank, agents;
    ns_t wait;
};

static const struct opt rows[] = {
    {"redis", 0, OPT_TEXT, "URL", NULL, "RUSHPROOF_AGENTS_REDIS", NULL, 0, 0,
     "the Redis over which agents and coordinator meet, not the service's: "
     "redis://[user:password@]host[:port][/db], rediss://… for TLS",
     offsetof(struct settings, redis)},
    {"session", 0, OPT_TEXT, "NAME", "rush", "RUSHPROOF_SESSION", NULL, 0, 0,
     "keeps runs apart that use one Redis; the same for all agents and `run`",
     offsetof(struct settings, session)},
    {"rank", 0, OPT_INT, "N", "-1", NULL, NULL, -1, 255,
     "which of the agents this is, from 0; -1: as the engine that started it says, else the first "
     "that is free",
     offsetof(struct settings, rank)},
    {"agents", 0, OPT_INT, "N", "0", NULL, NULL, 0, 256,
     "how many there are to be; 0: as the engine that started it says, else as many as `run` wants",
     offsetof(struct settings, agents)},
    {"dir", 0, OPT_TEXT, "DIR", ".", NULL, NULL, 0, 0,
     "where files that the scenario names are looked up, such as request.feeder",
     offsetof(struct settings, dir)},
    {"wait", 0, OPT_DURATION, "SPAN", "10m", NULL, NULL, 0, 0,
     "how long to wait for the coordinator", offsetof(struct settings, wait)},
    COMMAND_QUIET_ROW(struct settings),
    {"verbose", 'v', OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0, "copy the log to stderr",
     offsetof(struct settings, verbose)},
    COMMAND_HELP_ROW(struct settings),
};

static const struct opts *options(void)
{
    static const struct opts opts = {
        "rushproof agent",
        "[OPTION…]",
        "Sends its share of a rush that `rushproof run --agents` coordinates.",
        "Rank and number are read from what engines set: RUSHPROOF_RANK and RUSHPROOF_AGENTS,\n"
        "JOB_COMPLETION_INDEX (Kubernetes), OMPI_COMM_WORLD_RANK and _SIZE, PMI_RANK and _SIZE,\n"
        "SLURM_PROCID and SLURM_NTASKS. ${NAME} of the scenario is filled in from this\n"
        "program's environment, on each machine.\n\n"
        "Exit codes: 0 its part is told, 2 nothing was fired, or not by all, 3 usage,\n"
        "4 environment, 130 interrupted.",
        rows,
        sizeof rows / sizeof *rows,
    };
    return &opts;
}

static void say(void *context, const char *text)
{
    const struct settings *settings = context;
    if (settings->quiet)
        return;
    printf("%s\n", text);
    fflush(stdout);
}

static int run_command(const struct command_call *call)
{
    struct settings *settings = call->settings;
    struct err err = {0};
    int64_t rank = -1, size = 0;
    if (settings->verbose)
        log_to_stderr(LOG_LEVEL_INFO);
    int rc = 0;
    if (call->count)
        rc = err_set(&err, ERR_USAGE,
                     "'%s': an agent takes no argument; the scenario is given to "
                     "`rushproof run`",
                     call->arguments[0]);
    else if (!settings->redis)
        rc = err_set(&err, ERR_USAGE, "--redis URL is missing: where agents and coordinator meet");
    else if (settings->rank < 0 || !settings->agents)
        rc = member_place((const char *(*)(const char *))getenv, &rank, &size, &err);
    const struct member_settings member = {
        .url = settings->redis,
        .session = settings->session,
        .rank = settings->rank >= 0 ? settings->rank : rank,
        .size = settings->agents ? settings->agents : size,
        .dir = settings->dir,
        .program_dir = command_program_dir(),
        .wait = settings->wait,
        .stop = &command_stop,
        .say = say,
        .context = settings,
    };
    if (!rc)
        rc = member_run(&member, &err);
    return rc ? command_fail(&err, "rushproof agent --help") : EXIT_PASS;
}

const struct command cmd_agent = COMMAND(agent);
