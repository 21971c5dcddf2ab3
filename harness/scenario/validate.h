/* What no single value can show: that the parts of a scenario fit together. */
#ifndef SCENARIO_VALIDATE_H
#define SCENARIO_VALIDATE_H

#include "base/err.h"
#include "model/spec.h"
#include "scenario/tree.h"

/* tree is the canonical one that scenario was bound from: it knows the lines. Errors: ERR_USAGE
 * with "name:line: path: what; allowed: …". */
int validate_scenario(const struct scenario *scenario, const struct tree *tree, const char *name,
                      struct err *err);

#endif
