/* Binding: from a tree as people write it to struct scenario, by the rows of the grammar. */
#ifndef SCENARIO_BIND_H
#define SCENARIO_BIND_H

#include "base/err.h"
#include "model/spec.h"
#include "scenario/tree.h"

/* Fills a scenario from tree->root, which has to be a mapping, and spells out in the tree what is
 * written shortly: lists are lists, pairs are {name, value}, no null is left, keys have their real
 * names. What is not given is not in the tree, and has its default in the scenario. The caller
 * frees with bind_free. Errors: ERR_USAGE with "name:line: path: what; allowed: …", ERR_MEMORY. */
int bind_tree(struct tree *tree, const char *name, struct scenario **ret_scenario, struct err *err);
void bind_free(struct scenario *scenario); /* NULL is fine */

#endif
