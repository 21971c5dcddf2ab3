/* UTF-8, without overlong forms and surrogates. Pure; any thread. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID     UINT32_MAX
#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD: shown for what is none */

/* Bytes of the character at `at`, and which one it is; 0: the bytes up to left begin none that is
 * whole and valid. left is 1 at least. */
size_t utf8_read(const char *at, size_t left, uint32_t *ret_character);

/* The other way; returns how many bytes it takes. */
size_t utf8_put(uint32_t character, char ret_bytes[static 4]);

/* The character at *text; moves *text behind it. UTF8_INVALID: the byte there begins none, and is
 * all that is passed. At the end of a text: 0, and *text stays. */
uint32_t utf8_next(const char **text);

/* Length of the longest valid start of text: text[result] is NUL when all of it is valid. */
size_t utf8_check(const char *text);

/* Is the byte within a character, not the first of one? */
bool utf8_continues(char byte);

/* The greatest length up to this one at which bytes can be cut without cutting a character. */
size_t utf8_cut(const char *bytes, size_t length);

/* The line, from 1, of a byte. */
int utf8_line_at(const char *text, size_t offset);

#endif
