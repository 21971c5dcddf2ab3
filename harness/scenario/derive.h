/* Defaults that follow from something else: the machine, or another part of the scenario. */
#ifndef SCENARIO_DERIVE_H
#define SCENARIO_DERIVE_H

#include "base/err.h"
#include "scenario/tree.h"

/* Fills them into a canonical tree: workers, topics of the pipeline, power_percent. Errors:
 * ERR_MEMORY. */
int derive_defaults(struct tree *tree, struct err *err);

#endif
