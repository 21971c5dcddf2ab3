/* Binding: libcyaml's schema tables that say where in struct scenario each key lives. */
#ifndef SCENARIO_BIND_H
#define SCENARIO_BIND_H

#include "base/err.h"
#include "model/spec.h"
#include "scenario/canonical.h"
#include "scenario/tree.h"

/* The schema of a whole scenario (a mapping behind a pointer), for the test that compares it with
 * the rules. */
struct cyaml_schema_value;
const struct cyaml_schema_value *bind_schema(void);

/* Reads canonical text. Errors carry "name:line: path: what" with the original line: ERR_USAGE. The
 * caller frees with bind_free. */
int bind_load(const struct canonical *canonical, const char *name, struct scenario **ret_scenario,
              struct err *err);
void bind_free(struct scenario *scenario); /* NULL is fine */

/* The opposite: every member as a node of the tree; spans are ns. */
int bind_save(const struct scenario *scenario, struct tree *tree, struct err *err);

#endif
