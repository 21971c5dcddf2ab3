/* Normalisation: a tree as people write it becomes the one spelling that binding knows, or a
 * message that says in which line what is wrong and what is allowed. Driven by the rules; sugar,
 * units, defaults and required keys are dealt with here. */
#ifndef SCENARIO_NORMALISE_H
#define SCENARIO_NORMALISE_H

#include "base/err.h"
#include "scenario/tree.h"

/* The canonical tree: lists are lists, pairs are {name, value}, durations are ns, no null, every
 * default filled in. Errors: ERR_USAGE with "name:line: path: what; allowed: …", ERR_MEMORY. */
int normalise_tree(struct tree *tree, const char *name, struct err *err);

#endif
