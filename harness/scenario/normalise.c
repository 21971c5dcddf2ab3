#include "scenario/normalise.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario/scalars.h"
#include "scenario/walk.h"

static visitor visit;

static struct place enter(const struct place *place, const char *rule, const char *shown)
{
    struct place inner;
    const char *dot = *place->rule ? "." : "";
    if ((size_t)snprintf(inner.rule, sizeof inner.rule, "%s%s%s", place->rule, dot, rule) >=
            sizeof inner.rule ||
        (size_t)snprintf(inner.shown, sizeof inner.shown, "%s%s%s", place->shown, dot, shown) >=
            sizeof inner.shown)
        inner = *place; /* our own keys are far shorter */
    return inner;
}

static void spell_keys(const char *path, char *ret_text, size_t size)
{
    size_t count, used = 0;
    const struct rule *rules = grammar_table(&count);
    for (size_t i = 0; i < count && used < size; i++) {
        const char *key = grammar_key_of(&rules[i], path);
        if (key && !(rules[i].flags & RULE_DERIVED))
            used += (size_t)snprintf(ret_text + used, size - used, "%s%s", used ? ", " : "", key);
    }
}

/* ---- lists, pairs, mappings ---- */

static int visit_list(struct walk *walk, const struct rule *rule, const struct place *place,
                      struct node *parent, size_t index)
{
    struct node *node = parent->entries[index].value;
    if (node->kind != NODE_LIST) {
        struct node *list = node_list(walk->tree, node->line);
        if (!list || node_push(walk->tree, list, node))
            return walk_out_of_memory(walk);
        parent->entries[index].value = node = list;
    }
    if ((int64_t)node->count < rule->low || (int64_t)node->count > rule->high)
        return walk_complain(walk, node->line, place,
                             "has %zu entries; allowed: %" PRId64 " to %" PRId64, node->count,
                             rule->low, rule->high);
    for (size_t i = 0; i < node->count; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        struct place inner = enter(place, "*", number);
        if (node_is_null(node->entries[i].value))
            return walk_complain(walk, node->entries[i].line, &inner, "is empty");
        int rc = visit(walk, grammar_find(inner.rule), &inner, node, i);
        if (rc)
            return rc;
    }
    return 0;
}

static int check_pair(struct walk *walk, const struct rule *rule, const struct place *place,
                      struct node *pair)
{
    const struct node *name = node_find(pair, "name"), *value = node_find(pair, "value");
    if (!name || !value || pair->count != 2 || name->kind != NODE_SCALAR)
        return walk_complain(walk, pair->line, place,
                             "allowed: a mapping of names to values, or entries "
                             "with name and value");
    struct place inner = enter(place, name->text, name->text);
    if (value->kind != NODE_SCALAR)
        return walk_complain(walk, value->line, &inner, "is %s; allowed: a text", walk_kind(value));
    if (rule->flags & RULE_POINTERS)
        return scalar_pointer(walk, rule, &inner, pair, 0);
    return scalar_check_text(walk, rule, &inner, name->line, name->text);
}

static int add_pair(struct walk *walk, struct node *list, const struct entry *entry,
                    struct node *value)
{
    struct node *pair = node_map(walk->tree, entry->line);
    struct node *name = node_scalar(walk->tree, entry->key, entry->line);
    if (!pair || node_put(walk->tree, pair, "name", name) ||
        node_put(walk->tree, pair, "value", value) || node_push(walk->tree, list, pair))
        return walk_out_of_memory(walk);
    return 0;
}

static int add_pairs(struct walk *walk, const struct rule *rule, struct node *list,
                     const struct entry *entry)
{
    struct node *value = entry->value;
    if (!(rule->flags & RULE_SEVERAL) || value->kind != NODE_LIST)
        return add_pair(walk, list, entry, value);
    int rc = 0;
    for (size_t i = 0; !rc && i < value->count; i++)
        rc = add_pair(walk, list, entry, value->entries[i].value);
    return rc;
}

static int visit_pairs(struct walk *walk, const struct rule *rule, const struct place *place,
                       struct node *parent, size_t index)
{
    struct node *node = parent->entries[index].value;
    if (node->kind == NODE_SCALAR)
        return walk_complain(walk, node->line, place,
                             "is a text; allowed: a mapping of names to values");
    if (node->kind == NODE_MAP) {
        struct node *list = node_list(walk->tree, node->line);
        if (!list)
            return walk_out_of_memory(walk);
        for (size_t i = 0; i < node->count; i++) {
            int rc = add_pairs(walk, rule, list, &node->entries[i]);
            if (rc)
                return rc;
        }
        parent->entries[index].value = node = list;
    }
    if ((int64_t)node->count > rule->high)
        return walk_complain(walk, node->line, place, "has %zu entries; allowed: at most %" PRId64,
                             node->count, rule->high);
    for (size_t i = 0; i < node->count; i++) {
        int rc = check_pair(walk, rule, place, node->entries[i].value);
        if (rc)
            return rc;
    }
    return 0;
}

static int unknown_key(const struct walk *walk, const struct place *place,
                       const struct entry *entry)
{
    char allowed[ERR_MESSAGE_MAX / 2];
    spell_keys(place->rule, allowed, sizeof allowed);
    const char *guess = grammar_suggest(place->rule, entry->key);
    return walk_complain(walk, entry->line, place, "unknown key '%.100s'%s%s%s allowed: %s",
                         entry->key, guess ? "; did you mean '" : ";", guess ? guess : "",
                         guess ? "'?" : "", allowed);
}

/* Drops nulls, refuses unknown keys, puts the real name in place of an alias. */
static int tidy_keys(struct walk *walk, const struct place *place, struct node *map)
{
    for (size_t i = 0; i < map->count;) {
        struct entry *entry = &map->entries[i];
        const struct rule *rule = grammar_find_key(place->rule, entry->key);
        if (!rule || rule->flags & RULE_DERIVED)
            return unknown_key(walk, place, entry);
        if (node_is_null(entry->value)) {
            node_remove(map, i);
            continue;
        }
        if (rule->kind == RULE_ALIAS) {
            if (node_find(map, rule->allowed))
                return walk_complain(walk, entry->line, place,
                                     "both %s and %s; allowed: one of them", entry->key,
                                     rule->allowed);
            entry->key = rule->allowed;
        }
        i++;
    }
    return 0;
}

/* The value of a key that the scenario does not give. */
static int fill_in(struct walk *walk, const struct rule *rule, const char *key,
                   const struct place *place, struct node *map)
{
    if (rule->flags & RULE_REQUIRED)
        return walk_complain(walk, map->line, place,
                             "%s is missing: %s; 'rushproof init' prints a whole scenario", key,
                             rule->help);
    if (rule->flags & RULE_ALWAYS)
        return node_put(walk->tree, map, key, node_map(walk->tree, map->line))
                   ? walk_out_of_memory(walk)
                   : 0;
    if (rule->def)
        return node_put_text(walk->tree, map, key, rule->def) ? walk_out_of_memory(walk) : 0;
    return 0;
}

static int complete(struct walk *walk, const struct place *place, struct node *map)
{
    size_t count;
    const struct rule *rules = grammar_table(&count);
    for (size_t i = 0; i < count; i++) {
        const char *key = grammar_key_of(&rules[i], place->rule);
        if (!key || node_find(map, key))
            continue;
        int rc = fill_in(walk, &rules[i], key, place, map);
        if (rc)
            return rc;
    }
    return 0;
}

static int visit_map(struct walk *walk, const struct rule *rule, const struct place *place,
                     struct node *parent, size_t index)
{
    struct node *node = parent->entries[index].value;
    if (node->kind == NODE_SCALAR && rule->key) {
        struct node *map = node_map(walk->tree, node->line);
        if (!map || node_put(walk->tree, map, rule->key, node))
            return walk_out_of_memory(walk);
        parent->entries[index].value = node = map;
    }
    if (node->kind != NODE_MAP) {
        char allowed[ERR_MESSAGE_MAX / 2];
        spell_keys(place->rule, allowed, sizeof allowed);
        return walk_complain(walk, node->line, place, "is %s; allowed: a mapping with %s",
                             walk_kind(node), allowed);
    }
    int rc = tidy_keys(walk, place, node);
    if (!rc)
        rc = complete(walk, place, node);
    size_t count = node->count; /* visitors may add derived keys behind */
    for (size_t i = 0; i < count && !rc; i++) {
        const char *key = node->entries[i].key;
        struct place inner = enter(place, key, key);
        rc = visit(walk, grammar_find(inner.rule), &inner, node, i);
    }
    return rc;
}

static int visit_alias(struct walk *walk, const struct rule *rule, const struct place *place,
                       struct node *parent, size_t index)
{
    (void)place, (void)parent, (void)index;
    return err_set(walk->err, ERR_BUG, "the alias %s was not replaced", rule->path);
}

static visitor *const visitors[RULE_KIND_COUNT] = {
    [RULE_MAP] = visit_map,
    [RULE_LIST] = visit_list,
    [RULE_PAIRS] = visit_pairs,
    [RULE_TEXT] = scalar_text,
    [RULE_INT] = scalar_int,
    [RULE_BOOL] = scalar_bool,
    [RULE_DURATION] = scalar_duration,
    [RULE_CHOICE] = scalar_choice,
    [RULE_POINTER] = scalar_pointer,
    [RULE_CHECK] = scalar_check,
    [RULE_WAIT] = scalar_wait,
    [RULE_INSTANT] = scalar_instant,
    [RULE_ALIAS] = visit_alias,
};

static int visit(struct walk *walk, const struct rule *rule, const struct place *place,
                 struct node *parent, size_t index)
{
    if (!rule)
        return err_set(walk->err, ERR_BUG, "there is no rule for %s", place->rule);
    return visitors[rule->kind](walk, rule, place, parent, index);
}

int normalise_tree(struct tree *tree, const char *name, struct err *err)
{
    struct walk walk = {.tree = tree, .name = name, .err = err};
    struct place place = {.rule = "", .shown = ""};
    struct entry entry = {.line = tree->root->line, .value = tree->root};
    struct node holder = {.kind = NODE_LIST, .entries = &entry, .count = 1, .room = 1};
    int rc = visit(&walk, grammar_find(""), &place, &holder, 0);
    tree->root = entry.value;
    return rc;
}
