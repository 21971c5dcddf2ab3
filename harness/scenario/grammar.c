#include "scenario/grammar.h"

#include <stdio.h>
#include <string.h>

const char *grammar_key_of(const struct rule *rule, const char *path)
{
    size_t length = strlen(path);
    const char *rest = rule->path;
    if (length) {
        if (strncmp(rest, path, length) != 0 || rest[length] != '.')
            return NULL;
        rest += length + 1;
    }
    return *rest && *rest != '*' && !strchr(rest, '.') ? rest : NULL;
}

const struct rule *grammar_find(const char *path)
{
    size_t count;
    const struct rule *rules = grammar_table(&count);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(rules[i].path, path))
            return &rules[i];
    return NULL;
}

const struct rule *grammar_find_key(const char *path, const char *key)
{
    size_t count;
    const struct rule *rules = grammar_table(&count);
    for (size_t i = 0; i < count; i++) {
        const char *name = grammar_key_of(&rules[i], path);
        if (name && !strcmp(name, key))
            return &rules[i];
    }
    return NULL;
}

/* ---- did you mean … ---- */

enum { WORD_MAX = 48 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edit distance with swapped neighbours counted as one (optimal string alignment). Words over
 * WORD_MAX are never close to anything of ours. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned rows[3][WORD_MAX + 1];
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

/* Close means: two letters at most are wrong, and no more than half of the word. */
static bool is_close(unsigned far, size_t length)
{
    return far <= 2 && far <= length / 2;
}

const char *grammar_suggest(const char *path, const char *written)
{
    size_t count;
    const struct rule *rules = grammar_table(&count);
    const char *best = NULL;
    unsigned best_far = WORD_MAX;
    for (size_t i = 0; i < count; i++) {
        const char *key = grammar_key_of(&rules[i], path);
        if (!key || rules[i].flags & RULE_DERIVED)
            continue;
        unsigned far = distance(key, strlen(key), written, strlen(written));
        if (far < best_far && is_close(far, strlen(key))) {
            best = key;
            best_far = far;
        }
    }
    return best;
}

bool grammar_is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = choices; *at;) {
        size_t span = strcspn(at, "|");
        if (span == length && !strncmp(at, value, span))
            return true;
        at += span + (at[span] == '|');
    }
    return false;
}

char *grammar_spell_choices(const char *choices, char *ret_text, size_t size)
{
    size_t used = 0;
    for (; *choices && used + 3 < size; choices++) {
        ret_text[used++] = *choices == '|' ? ',' : *choices;
        if (*choices == '|')
            ret_text[used++] = ' ';
    }
    ret_text[used] = '\0';
    return ret_text;
}

const char *grammar_suggest_choice(const char *choices, const char *written, char *ret_name,
                                   size_t size)
{
    unsigned best_far = WORD_MAX;
    for (const char *at = choices; *at;) {
        size_t span = strcspn(at, "|");
        unsigned far = distance(at, span, written, strlen(written));
        if (far < best_far && is_close(far, span)) {
            best_far = far;
            snprintf(ret_name, size, "%.*s", (int)span, at);
        }
        at += span + (at[span] == '|');
    }
    return best_far < WORD_MAX ? ret_name : NULL;
}
