/* Names that a scenario uses and other folders own. This folder does not link verify, so it keeps
 * the checks' names and the parameters that each takes; a unit test compares them with verify's own
 * table. */
#ifndef SCENARIO_NAMES_H
#define SCENARIO_NAMES_H

#include <stddef.h>

struct check_name {
    const char *name;
    const char *takes; /* parameters of `expect`: "p50|p90|p99|max" */
    const char *needs; /* of which at least one must be given; NULL: none */
};

const struct check_name *names_checks(size_t *ret_count);
const struct check_name *names_find_check(const char *name); /* NULL: no such check */

/* All names as "cap_exact|lost|…". */
const char *names_check_choices(void);

/* Servers that a fault may target beside processes: "redis|postgres|kafka". */
extern const char names_servers[];

#endif
