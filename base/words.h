/* Lists of words, ended by NULL: what a text may be, how that is told, and which one was meant.
 * Pure; any thread. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The place of a word, -1 when it is none of them. NULL has no words. */
int words_find(const char *const *words, const char *word);

/* "a, b, c"; cut short when it does not fit. Returns ret_text. */
char *words_spell(const char *const *words, char *ret_text, size_t size);

/* The word that is most like what was written: two letters at most are wrong, and no more than half
 * of it. NULL when none is. */
const char *words_suggest(const char *const *words, const char *written);

#endif
