/* The roster: who the users are. Everywhere inside a user is an int64; what a service, a store, a
 * file or a reader calls the user is a text, and only the edges (templates, probes, archive,
 * reports) ask here for it. Where a roster is a parameter NULL is the one of plain numbers from 1.
 *
 * Kinds: numbers (the number is the user, its text is its decimal; no memory), UUIDs made from a
 * seed and texts with the number in them (no memory either), texts in the order in which they were
 * added, and users whom nothing tells apart. A member stands at a place, from 0; an id that a store
 * shows and nobody has sent (a stranger) gets a number behind all members, and keeps the spelling
 * in which it was seen first.
 *
 * Equality. Numbers: a JSON integer, or a text -?(0|[1-9][0-9]*); "007", 7.0 and 1e3 are no users.
 * UUIDs: 128 bits; case, hyphens, braces and urn:uuid: are spelling. Texts: their bytes, nothing
 * trimmed, folded or normalised; empty ones, ones longer than ROSTER_TEXT_MAX and ones that hold
 * control characters are no users.
 *
 * Whoever makes a run owns its roster; who may outlive the run shares it. Once sealed, any thread
 * may call anything: members never change, and a lock guards the strangers. */
#ifndef MODEL_ROSTER_H
#define MODEL_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/spec.h"
#include "model/uuid.h"

#define ROSTER_TEXT_MAX 255 /* bytes of an id */
#define ROSTER_TEXT     (ROSTER_TEXT_MAX + 1)
#define ROSTER_NOWHERE  SIZE_MAX

/* Whom `check` and `init` ask as where a user's own request would take something: nobody's user. A
 * service that takes every id has given these one all the same. */
#define ROSTER_NOBODY_CHECK "rushproof-check-nobody"
#define ROSTER_NOBODY_INIT  "rushproof-init-nobody"
const char *roster_nobody(const char *text); /* the one whom a text names; NULL: neither */

struct roster;

/* Numbers, the one of place 0 first. */
struct roster *roster_numbers(int64_t first);

/* UUIDs; another first or another seed makes other users. */
struct roster *roster_uuids(uint64_t seed, int64_t first);

/* Texts of a pattern, before and after the number {{n}}: "user-1@shop", "user-2@shop" … */
struct roster *roster_pattern(const char *pattern, int64_t first);

/* Users have numbers, and nothing that a store says tells who it means: it reads as that number, or
 * as 0. */
struct roster *roster_nameless(int64_t first);

/* Texts, or UUIDs in any spelling: until roster_seal every id that is read becomes a member. One
 * thread until then. */
struct roster *roster_texts(bool uuids);
void roster_seal(struct roster *roster);

/* What a scenario says of its users; of listed ones none is there yet. All of these: NULL when
 * there is no memory. */
struct roster *roster_of(const struct scenario *scenario);

struct roster *roster_share(struct roster *roster); /* one more owner; NULL stays NULL */
void roster_free(struct roster *roster);            /* one owner less */

/* ---- from the edge ---- */

/* The user of an id as somebody spelled it; a stranger is interned. False: it is no user, or there
 * is no memory; *ret_user is then untouched. */
bool roster_read(struct roster *roster, const char *text, size_t size, int64_t *ret_user);
bool roster_read_number(struct roster *roster, int64_t number, int64_t *ret_user);

/* Raw bytes: 16 of them are a UUID where users are UUIDs, everything else is read as a text. */
bool roster_read_bytes(struct roster *roster, const void *bytes, size_t size, enum uuid_order order,
                       int64_t *ret_user);

/* "a whole number": what an id must be that is none. */
const char *roster_wants(const struct roster *roster);

/* ---- to the edge ---- */

/* The text of a user, NUL-terminated; returns its length. */
size_t roster_text(const struct roster *roster, int64_t user, char ret_text[static ROSTER_TEXT]);

/* The same for a sentence: a text of more than ROSTER_NAME_MAX bytes is cut and ends in "…".
 * Returns ret_name->text. */
#define ROSTER_NAME_MAX 64
struct roster_name {
    char text[ROSTER_TEXT];
};
const char *roster_name(const struct roster *roster, int64_t user, struct roster_name *ret_name);

size_t roster_longest(const struct roster *roster); /* of all members' texts */

/* Do members' texts hold it, beside a number? 0x80 is all beyond ASCII. */
bool roster_uses(const struct roster *roster, unsigned char byte);
bool roster_is_numbers(const struct roster *roster); /* texts are the numbers themselves */
bool roster_is_uuids(const struct roster *roster);
bool roster_is_nameless(const struct roster *roster);

/* ---- places ---- */

int64_t roster_user(const struct roster *roster, size_t place);
size_t roster_place(const struct roster *roster, int64_t user); /* ROSTER_NOWHERE: no member */
size_t roster_members(const struct roster *roster);             /* SIZE_MAX: without end */

size_t roster_bytes(const struct roster *roster); /* what it holds in memory beside its struct */

#endif
