/* Visitors of values: each checks a scalar against its row of the grammar and puts the canonical
 * spelling in its place. Errors: ERR_USAGE with file, line and what is allowed; ERR_MEMORY. */
#ifndef SCENARIO_SCALARS_H
#define SCENARIO_SCALARS_H

#include "scenario/walk.h"

visitor scalar_text;
visitor scalar_int;
visitor scalar_bool;
visitor scalar_duration; /* becomes ns */
visitor scalar_choice;
visitor scalar_check;
visitor scalar_pointer;
visitor scalar_instant; /* adds at_until beside it */
visitor scalar_wait;    /* adds wait_span beside it */

/* Length and pattern of a rule, for a text that is no node of its own. */
int scalar_check_text(const struct walk *walk, const struct rule *rule, const struct place *place,
                      int line, const char *text);

#endif
