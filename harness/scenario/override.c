#include "scenario/override.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "scenario/grammar.h"

enum { PATH_BYTES_MAX = 200 };

struct override {
    struct tree *tree;
    const char *path; /* "a.0.b" */
    struct node *value;
    struct err *err;
};

static int out_of_memory(const struct override *override)
{
    return err_set(override->err, ERR_MEMORY, "out of memory");
}

static bool is_named(const struct node *entry, const char *word)
{
    const char *name = node_find_text(entry, "name"), *check = node_find_text(entry, "check");
    return (name && !strcmp(name, word)) || (check && !strcmp(check, word));
}

/* The entry whose name, or check, is word; list->count when there is none. */
static size_t find_named(const struct node *list, const char *word)
{
    size_t at = 0;
    while (at < list->count && !is_named(list->entries[at].value, word))
        at++;
    return at;
}

static bool is_number(const char *word)
{
    size_t digits = strspn(word, "0123456789");
    return digits > 0 && digits < 6 && !word[digits];
}

/* Makes sure that the word names a value below node, an empty one when it is new; *ret_at is its
 * place. */
static int locate_in_list(const struct override *override, struct node *list, const char *word,
                          size_t *ret_at)
{
    size_t at = is_number(word) ? strtoul(word, NULL, 10) : find_named(list, word);
    if (!is_number(word) && at == list->count)
        return err_set(override->err, ERR_USAGE,
                       "--set: %s: '%s' names no entry of the list; allowed: 0 to %zu%s",
                       override->path, word, list->count, " or the name of an entry");
    if (at > list->count)
        return err_set(override->err, ERR_USAGE,
                       "--set: %s: there is no entry %s; allowed: 0 to %zu", override->path, word,
                       list->count);
    if (at == list->count &&
        node_push(override->tree, list, node_map(override->tree, TREE_LINE_SET)))
        return out_of_memory(override);
    *ret_at = at;
    return 0;
}

static int locate(const struct override *override, struct node *node, const char *word,
                  size_t *ret_at)
{
    if (node->kind == NODE_LIST)
        return locate_in_list(override, node, word, ret_at);
    for (size_t i = 0; i < node->count; i++) {
        if (!strcmp(node->entries[i].key, word)) {
            *ret_at = i;
            return 0;
        }
    }
    if (node_put(override->tree, node, word, node_map(override->tree, TREE_LINE_SET)))
        return out_of_memory(override);
    *ret_at = node->count - 1;
    return 0;
}

/* A list that is written as its one entry, or is not there yet. */
static struct node *as_list(const struct override *override, struct node *node)
{
    struct node *list = node_list(override->tree, node->line);
    bool nothing = node_is_null(node) || (node->kind == NODE_MAP && node->count == 0);
    if (list && !nothing && node_push(override->tree, list, node))
        return NULL;
    return list;
}

/* A mapping that is written as the text of its main key, or is there without a value. */
static struct node *as_map(const struct override *override, struct node *node, const char *key)
{
    struct node *map = node_map(override->tree, node->line);
    if (map && !node_is_null(node) && node_put(override->tree, map, key, node))
        return NULL;
    return map;
}

/* Spells a short form out, so that the word has something to be found in. name: of the value. */
static int spell_out(const struct override *override, const struct rule *rule, const char *word,
                     const char *name, struct entry *entry)
{
    struct node *node = entry->value;
    const char *key = rule && rule->shape ? rule->shape->key : NULL;
    if (rule && rule->entry && node->kind != NODE_LIST && (is_number(word) || is_named(node, word)))
        node = as_list(override, node);
    else if (node_is_null(node) || (node->kind == NODE_SCALAR && key))
        node = as_map(override, node, key ? key : "");
    if (!node)
        return out_of_memory(override);
    entry->value = node;
    if (node->kind != NODE_SCALAR)
        return 0;
    return err_set(override->err, ERR_USAGE,
                   "--set: %s: there is nothing below '%s', which holds a text", override->path,
                   name);
}

static int walk(const struct override *override, char *words)
{
    struct entry *entry = &(struct entry){.value = override->tree->root};
    const struct rule *rule = &grammar;
    const char *name = "";
    char *rest = NULL;
    for (char *word = strtok_r(words, ".", &rest); word; word = strtok_r(NULL, ".", &rest)) {
        int rc = spell_out(override, rule, word, name, entry);
        size_t at = 0;
        if (!rc)
            rc = locate(override, entry->value, word, &at);
        if (rc)
            return rc;
        name = entry->value->kind == NODE_LIST ? "*" : word;
        rule = grammar_step(rule, name, strlen(name));
        entry = &entry->value->entries[at];
    }
    entry->value = override->value;
    entry->line = TREE_LINE_SET;
    return 0;
}

static bool is_path(const char *path)
{
    size_t length = strlen(path);
    if (length == 0 || length > PATH_BYTES_MAX || path[0] == '.' || path[length - 1] == '.' ||
        strstr(path, ".."))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isgraph((unsigned char)path[i]))
            return false;
    return true;
}

int override_apply(struct tree *tree, const char *set, struct err *err)
{
    const char *equals = strchr(set, '=');
    _cleanup_free_ char *path = strndup(set, equals ? (size_t)(equals - set) : strlen(set));
    if (!path)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (!equals || !is_path(path))
        return err_set(err, ERR_USAGE, "--set: '%.200s'; allowed: key.path=value, as in limit=50",
                       set);
    struct override override = {.tree = tree, .path = path, .err = err};
    char name[256];
    snprintf(name, sizeof name, "%s", path);
    int rc = tree_parse(tree, name, equals + 1, true, &override.value, err);
    if (rc)
        return rc;
    if (!override.value) { /* nothing: a null, which normalisation drops */
        override.value = node_scalar(tree, "", TREE_LINE_SET);
        if (!override.value)
            return out_of_memory(&override);
        override.value->plain = true;
    }
    _cleanup_free_ char *words = strdup(path);
    return words ? walk(&override, words) : out_of_memory(&override);
}
