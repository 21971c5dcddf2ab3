/* A session: what `rushproof run` does with one scenario, from loading to the last report. Main
 * thread. */
#ifndef HARNESS_SESSION_H
#define HARNESS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/coordinator.h"
#include "base/err.h"
#include "model/run.h"
#include "model/spec.h"
#include "report/console.h"

struct session_settings {
    const char *output;  /* root of the reports */
    const char *summary; /* file to append the Markdown summary to; NULL: none */
    int64_t rounds;
    bool until_decided;    /* so many that were decided, and none after the first failure */
    int64_t retry_invalid; /* how often a round whose burst was none is run again */
    bool json;
    bool allow_reset;
    bool keep;
    unsigned *annotations; /* for GitHub: how many may still be printed; NULL: none */
    const char *const *allow_hosts;
    size_t allow_hosts_count;
    struct coordinator_settings *agents; /* who send; NULL: this process */
};

/* What the rounds came to. */
struct session_result {
    int64_t passed, failed, unknown;
    int exit_code;                          /* of the session: the worst round, by session_worse */
    char dir[sizeof((struct run *)0)->dir]; /* of the last round */
};

/* Runs all rounds of a scenario. scenario_dir is where its file is. Errors of a round are printed,
 * reported and turned into its exit code; the session ends early when the stack is gone or the user
 * interrupts. */
void session_run(const struct scenario *scenario, const char *scenario_dir,
                 const struct session_settings *settings, struct console *console,
                 struct session_result *ret_result);

/* The exit code that stands for both: interrupted, fail, environment, usage, unknown, pass. */
int session_worse(int exit_code, int other);

#endif
