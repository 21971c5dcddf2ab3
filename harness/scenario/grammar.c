#include "scenario/grammar.h"

#include <stdio.h>
#include <string.h>

#include "base/words.h"

const struct rule *grammar_find_key(const struct shape *shape, const char *key)
{
    return grammar_step(&(const struct rule){.shape = shape}, key, strlen(key));
}

const struct rule *grammar_step(const struct rule *rule, const char *word, size_t length)
{
    if (rule && rule->entry)
        return length == 1 && *word == '*' ? rule->entry : NULL;
    for (size_t i = 0; rule && rule->shape && i < rule->shape->count; i++) {
        const struct rule *inner = &rule->shape->v[i];
        if (strlen(inner->key) == length && !memcmp(inner->key, word, length))
            return inner;
    }
    return NULL;
}

const struct rule *grammar_find(const char *path)
{
    const struct rule *rule = &grammar;
    while (rule && *path) {
        size_t length = strcspn(path, ".");
        rule = grammar_step(rule, path, length);
        path += length + (path[length] == '.');
    }
    return rule;
}

/* The keys as words; those with all the flags alone. */
static const char *const *keys_of(const struct shape *shape, unsigned flags, const char **ret_keys)
{
    size_t count = 0;
    for (size_t i = 0; i < shape->count && count < GRAMMAR_KEYS_MAX; i++)
        if ((shape->v[i].flags & flags) == flags)
            ret_keys[count++] = shape->v[i].key;
    ret_keys[count] = NULL;
    return ret_keys;
}

char *grammar_spell_keys(const struct shape *shape, unsigned flags, char *ret_text, size_t size)
{
    const char *keys[GRAMMAR_KEYS_MAX + 1];
    return words_spell(keys_of(shape, flags, keys), ret_text, size);
}

int grammar_arm(const struct shape *shape, const struct rule *rule)
{
    int arm = 0;
    for (const struct rule *before = shape->v; before <= rule; before++)
        arm += (before->flags & RULE_ARM) != 0;
    return arm;
}

bool grammar_is_there(const struct shape *shape, const struct rule *rule, const void *object)
{
    const int *tag = (const void *)((const char *)object + shape->tag);
    return !(rule->flags & RULE_ARM) || *tag == grammar_arm(shape, rule);
}

const char *grammar_suggest(const struct shape *shape, const char *written)
{
    const char *keys[GRAMMAR_KEYS_MAX + 1];
    return words_suggest(keys_of(shape, 0, keys), written);
}
