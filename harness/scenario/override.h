/* --set a.0.b=value: changes to a scenario from the command line, made before anything is
 * validated. */
#ifndef SCENARIO_OVERRIDE_H
#define SCENARIO_OVERRIDE_H

#include "base/err.h"
#include "scenario/tree.h"

/* Words of the path are keys, or places in a list from 0 (one past the end appends), or the name of
 * an entry that has one: processes.consumer.run. Keys that are missing are made. The value is YAML;
 * nothing after the `=` means the default. Errors: ERR_USAGE with "--set: …", ERR_MEMORY. */
int override_apply(struct tree *tree, const char *set, struct err *err);

#endif
