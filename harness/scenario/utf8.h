/* UTF-8, as far as a scenario needs it. Pure. */
#ifndef SCENARIO_UTF8_H
#define SCENARIO_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the longest valid start of text (no overlong forms, no surrogates): text[result] is NUL
 * when all of it is valid. */
size_t utf8_check(const char *text);

#define UTF8_INVALID UINT32_MAX

/* The character at *text; moves *text behind it. UTF8_INVALID: the byte there begins none that is
 * whole and valid, and is all that is passed. At the end of a text: 0, one byte. */
uint32_t utf8_next(const char **text);

/* The line, from 1, of a byte. */
int utf8_line_at(const char *text, size_t offset);

#endif
