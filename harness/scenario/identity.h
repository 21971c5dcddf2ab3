/* Whether a request says who sends it. One that does not is the same for everybody: a thousand of
 * them prove nothing about a thousand users. Pure. */
#ifndef SCENARIO_IDENTITY_H
#define SCENARIO_IDENTITY_H

#include "base/err.h"
#include "model/spec.h"

/* An error unless URL, a header or the body holds {{user}} or a column of the feeder, or the
 * scenario says users.anonymous. Says what to type, and which look-alike of {{user}} was found.
 * name: the scenario's file. Errors: ERR_USAGE. */
int identity_check(const struct scenario *scenario, const char *name, struct err *err)
    __attribute__((warn_unused_result));

#endif
