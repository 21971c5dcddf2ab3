/* A trial: a scenario that states its outcome, run once, and what it came to compared with that.
 * Main thread. */
#ifndef HARNESS_TRIAL_H
#define HARNESS_TRIAL_H

#include <stdbool.h>

#include "base/err.h"
#include "model/spec.h"

struct trial_result {
    bool as_stated;
    bool may_repeat;    /* the machine was too busy for the burst: says nothing about the service */
    char expected[160]; /* "cap_exact lost" */
    char got[256];      /* "fail: cap_exact lost", or why the run could not be made */
};

/* Runs the scenario on a private stack below dir, which must exist. scenario_dir is where its file
 * is. Errors: only those of our own making; a stack that does not start is told in got. */
int trial_run(const struct scenario *scenario, const char *scenario_dir, const char *dir,
              struct trial_result *ret_result, struct err *err) __attribute__((warn_unused_result));

#endif
