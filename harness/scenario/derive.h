/* Defaults that follow from something else: the machine, or another part of the scenario. */
#ifndef SCENARIO_DERIVE_H
#define SCENARIO_DERIVE_H

#include "base/err.h"
#include "model/spec.h"
#include "scenario/tree.h"

/* Fills them in: workers, topics of the pipeline. The tree says what was given. Errors: ERR_MEMORY.
 */
int derive_defaults(struct scenario *scenario, const struct tree *tree, struct err *err);

/* What request.grpc means for the request and its answers: derive_grpc.c. Errors: -ERR_MEMORY. */
int derive_grpc(struct scenario *scenario, const struct tree *tree);

#endif
