/* Bytes from a stranger as one line of printable UTF-8: runs of blanks and line breaks become one
 * blank, control characters and those that turn the direction of writing a dot, bytes that are no
 * UTF-8 a question mark. Pure; any thread. */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes what fits, whole characters only, and a NUL; size is at least 1. False: it was cut. */
bool printable(const char *bytes, size_t length, char *ret_text, size_t size);

/* Is it UTF-8 throughout, and nothing in it that would be replaced? "" is. */
bool printable_is_text(const char *bytes, size_t length);

#endif
