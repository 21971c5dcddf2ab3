/* The user's own id in an answer: where it stands as a whole, and is no part of a longer one. "10"
 * speaks of user 10 and not of user 1, "ann" is nobody in "joanna" or "ann@shop". Pure; any thread.
 */
#ifndef LOAD_RULES_OWN_H
#define LOAD_RULES_OWN_H

#include <stdbool.h>
#include <stddef.h>

#include "load/http/rules.h"

#define OWN_PLACEHOLDER "{{user}}"

/* Does what stands before (text[at - 1]) or from text[at] on belong to the same id? */
bool own_goes_before(const struct roster *roster, const char *text, size_t at);
bool own_goes_on(const struct roster *roster, const char *text, size_t length, size_t at);

/* A condition with the user filled in: wanted itself when it names nobody, else room. NULL: longer
 * than room. */
const char *own_expand(const char *wanted, const struct rules_user *who, char *room, size_t size);

/* Is a text of the answer there? A user at its beginning or end is a whole id there. */
bool own_holds(const char *body, size_t length, const char *wanted, const struct rules_user *who);

/* Is a header's value the wanted one? The user in it may be percent-encoded. */
bool own_equals(const char *value, size_t length, const char *wanted, const struct rules_user *who);

/* A regular expression with the user filled in, quoted and whole, for the caller to free. NULL: no
 * memory. */
char *own_pattern(const char *wanted, const struct rules_user *who);

#endif
