/* Another user: an answer that a rule would match, had somebody else asked. Pure but for the
 * roster, which takes note of strangers; any thread. */
#ifndef LOAD_RULES_ANOTHER_H
#define LOAD_RULES_ANOTHER_H

#include <stdbool.h>

#include "load/http/rules_match.h"

/* Does it match the rule for somebody else? first_header: as rule_matches_head. *ret_surely: that
 * is another user of this roster, and it is no accident: a text or a UUID, or a number that stands
 * under the name of a user. A plain number may mean anything. */
bool another_matches(const struct rule *rule, const struct response *response,
                     unsigned first_header, bool *ret_surely);

#endif
