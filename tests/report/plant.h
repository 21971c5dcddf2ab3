/* Planted runs: whole struct runs made without servers, for the tests of archive, reports and
 * console. The same kind and seed give the same run. Findings are made by the real checks. Main
 * thread. */
#ifndef PLANT_H
#define PLANT_H

#include "base/err.h"
#include "model/run.h"

/* The kinds by name: "pass" "fail24" "lossy" "unfair" "invalid" "stalled" "broken" "interrupted"
 * "hostile" "faults" "raced" "talkative" "million". */
const char *const *plant_kinds(size_t *ret_count);

/* Fills run, to be freed by plant_free. requests 0: the kind's own number. Errors: ERR_USAGE for a
 * kind that there is not. */
int plant_run(const char *kind, int64_t requests, struct run *ret_run,
              struct scenario **ret_scenario, struct err *err) __attribute__((warn_unused_result));

void plant_free(struct run *run, struct scenario *scenario);

#endif
