/* Secrets, made unreadable before a text is shown or saved: by value and by place.
 *
 * By value: what the run was given (passwords of URLs, headers, environment) is registered once and
 * found again wherever it turns up, also percent-encoded, in base64, JSON- or HTML-escaped. By
 * place: a text that is in the place of a secret ("password=…", "Authorization: …", user:…@host) is
 * one, whoever wrote it. reports/README.md has the rules. The registry is the process's own, as the
 * log is: secrets are added before and while a run starts, and any thread may ask. */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define MASK_STARS "****" /* what stands for a secret */

/* Registers a secret in all its spellings. {{placeholders}} in it stand for anything. Values that
 * are too short or too common to be searched for stay masked by place only. NULL is fine. */
void mask_add(const char *value);

/* Registers what stands in secret places of a text: a URL, a body, a line of a command. */
void mask_learn(const char *text);

/* The words of a text are in the open (a database that is called like its password): values of
 * plain letters that are such a word stay masked by place only. */
void mask_public(const char *text);

/* Forgets all secrets; for tests. */
void mask_forget(void);

/* The text with **** for registered values and for what stands in secret places. {{placeholders}}
 * and ${references} stay. Errors: -ERR_MEMORY. */
int mask_apply(const char *text, struct buf *ret_text);

/* The same in place, for texts of fixed room: cut when the stars need more. */
void mask_apply_here(char *text, size_t size);

/* The same for a sentence of our own, whose "name: value" says something about the name
 * ("a.b.token: allowed: …"): by value, and by the other places. */
int mask_sentence(const char *text, struct buf *ret_text);
void mask_sentence_here(char *text, size_t size);

/* By place only, whatever is registered. Errors: -ERR_MEMORY. */
int mask_text(const char *text, struct buf *ret_text);

/* A value that stands under the name of a secret: stars for all that is written, {{placeholders}},
 * ${references} and the scheme of a header ("Bearer") stay. Errors: -ERR_MEMORY. */
int mask_value(const char *value, struct buf *ret_text);

/* The next secret place of a text, from there on: what stands in it. False: there is none. */
bool mask_find_place(const char *text, size_t from, size_t *ret_start, size_t *ret_end);

/* Does a name say that its value is secret: Authorization, DB_PASSWORD, X-Api-Key. */
bool mask_is_secret(const char *name);

/* The same, or the name of a {{placeholder}} in a registered value: a feeder's column whose cells
 * are secrets. */
bool mask_is_secret_column(const char *name);

/* Where the password of the first URL in text with one begins, and its length; NULL: there is none.
 */
const char *mask_find_password(const char *text, size_t *ret_length);

#endif
