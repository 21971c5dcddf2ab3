/* ${apply} and {{user}}: that every reference and every placeholder of a scenario will find
 * something when the stack and the load fill them in. */
#ifndef SCENARIO_REFERENCES_H
#define SCENARIO_REFERENCES_H

#include "scenario/fits.h"

/* Errors: ERR_USAGE with "name:line: path: what; allowed: …". */
int references_check(const struct fits *fits);

#endif
