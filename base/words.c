#include "base/words.h"

#include <stdio.h>
#include <string.h>

int words_find(const char *const *words, const char *word)
{
    for (int i = 0; words && words[i]; i++)
        if (!strcmp(words[i], word))
            return i;
    return -1;
}

char *words_spell(const char *const *words, char *ret_text, size_t size)
{
    size_t used = 0;
    *ret_text = '\0';
    for (size_t i = 0; words && words[i] && used + 1 < size; i++)
        used += (size_t)snprintf(ret_text + used, size - used, "%s%s", i ? ", " : "", words[i]);
    return ret_text;
}

/* ---- did you mean … ---- */

enum { WORD_MAX = 48 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edit distance with swapped neighbours counted as one (optimal string alignment). Words over
 * WORD_MAX are never close to anything of ours. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1];
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > WORD_MAX || b_length > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *words_suggest(const char *const *words, const char *written)
{
    const char *best = NULL;
    unsigned best_far = WORD_MAX;
    for (size_t i = 0; words && words[i]; i++) {
        unsigned far = distance(words[i], written);
        if (far < best_far && far <= 2 && far <= strlen(words[i]) / 2) {
            best = words[i];
            best_far = far;
        }
    }
    return best;
}
