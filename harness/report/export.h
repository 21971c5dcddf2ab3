/* Exports: a history in the formats of other checkers. Main thread. */
#ifndef REPORT_EXPORT_H
#define REPORT_EXPORT_H

#include <stdio.h>

#include "base/err.h"
#include "model/run.h"

/* EDN, as Jepsen and Elle read it: one operation map a line, an :invoke and its completion by time.
 * accepted and rejected complete as :ok (the value tells which), failed as :fail, unknown as :info.
 * A process is one request, because a user may have several out at once. */
int export_jepsen(const struct run *run, FILE *out, struct err *err)
    __attribute__((warn_unused_result));

/* JSON for porcupine: {"limit", "operations": [{"ClientId", "Input", "Call", "Output", "Return"}]},
 * calls and returns in ns from the origin. An unknown request returns at the end of time
 * (math.MaxInt64). */
int export_porcupine(const struct run *run, FILE *out, struct err *err)
    __attribute__((warn_unused_result));

#endif
