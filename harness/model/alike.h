/* Ids that are different and would be one had something on the way changed how they are written: a
 * service that lower-cases, trims, parses or reorders them is not yet one that loses users. Pure;
 * any thread. */
#ifndef MODEL_ALIKE_H
#define MODEL_ALIKE_H

#include "model/roster.h"

/* What two ids that fold to the same bytes differ in, for a sentence: "case", "blanks", "leading
 * zeros", "how characters are composed (NFC)", "the order of bytes". NULL: they are not alike, or
 * one and the same. */
const char *alike_how(const struct roster *roster, int64_t a, int64_t b);

/* The id without all that, into ret_bytes; returns its size. 0: there is nothing to be taken for
 * another id, as with numbers. */
size_t alike_fold(const struct roster *roster, int64_t user, char ret_bytes[static ROSTER_TEXT]);

#endif
