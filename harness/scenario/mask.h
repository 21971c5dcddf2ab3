/* Secrets in texts, made unreadable before a text is shown or saved. Pure. */
#ifndef SCENARIO_MASK_H
#define SCENARIO_MASK_H

#include <stdbool.h>

#include "base/buf.h"

/* The text with **** for passwords: user:****@ in URLs, and the values of password=, token= and the
 * like.
 * {{placeholders}} and ${references} stay. Errors: -ERR_MEMORY. */
int mask_text(const char *text, struct buf *ret_text);

/* Does a name say that its value is secret: Authorization, DB_PASSWORD, X-Api-Key. */
bool mask_is_secret(const char *name);

/* Where the password of the first URL in text with one begins, and its length; NULL: there is none.
 */
const char *mask_find_password(const char *text, size_t *ret_length);

#endif
