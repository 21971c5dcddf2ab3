#include "scenario/bind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/scalars.h"
#include "scenario/walk.h"

static binder bind;

/* ---- lists and pairs ---- */

/* An array of count entries behind the rule's member; none is counted yet. */
static int make_room(const struct walk *walk, const struct rule *rule, size_t count, void *object,
                     char **ret_array)
{
    char **array = walk_member(object, rule->offset);
    *array = count ? calloc(count, rule->size) : NULL;
    *ret_array = *array;
    return *array || !count ? 0 : walk_out_of_memory(walk);
}

static int check_count(const struct walk *walk, const struct rule *rule, const struct place *place,
                       const struct node *node)
{
    if ((int64_t)node->count >= rule->low && (int64_t)node->count <= rule->high)
        return 0;
    if (rule->kind == RULE_PAIRS)
        return walk_complain(walk, node->line, place, "has %zu entries; allowed: at most %" PRId64,
                             node->count, rule->high);
    return walk_complain(walk, node->line, place,
                         "has %zu entries; allowed: %" PRId64 " to %" PRId64, node->count,
                         rule->low, rule->high);
}

static int bind_list(struct walk *walk, const struct rule *rule, const struct place *place,
                     struct entry *entry, void *object)
{
    bool alone = entry->value->kind != NODE_LIST;
    if (alone) {
        struct node *list = node_list(walk->tree, entry->value->line);
        if (!list || node_push(walk->tree, list, entry->value))
            return walk_out_of_memory(walk);
        entry->value = list;
    }
    const struct node *node = entry->value;
    unsigned *count = walk_member(object, rule->other);
    char *array = NULL;
    int rc = check_count(walk, rule, place, node);
    if (!rc)
        rc = make_room(walk, rule, node->count, object, &array);
    for (size_t i = 0; i < node->count && !rc; i++) {
        const struct place inner = {place, NULL, i};
        if (node_is_null(node->entries[i].value))
            return walk_complain(walk, node->entries[i].line, &inner, "is empty");
        ++*count;
        rc = bind(walk, rule->entry, alone && rule->flags & RULE_BARE ? place : &inner,
                  &node->entries[i], array + i * rule->size);
    }
    return rc;
}

static int add_pair(const struct walk *walk, struct node *list, const struct entry *entry,
                    struct node *value)
{
    struct node *pair = node_map(walk->tree, entry->line);
    struct node *name = node_scalar(walk->tree, entry->key, entry->line);
    if (!pair || node_put(walk->tree, pair, "name", name) ||
        node_put(walk->tree, pair, "value", value) || node_push(walk->tree, list, pair))
        return walk_out_of_memory(walk);
    return 0;
}

/* {a: b} as [{name: a, value: b}]. */
static int spell_pairs_out(const struct walk *walk, const struct rule *rule, struct entry *entry)
{
    const struct node *map = entry->value;
    struct node *list = node_list(walk->tree, map->line);
    if (!list)
        return walk_out_of_memory(walk);
    int rc = 0;
    for (size_t i = 0; i < map->count && !rc; i++) {
        struct entry *pair = &map->entries[i];
        if (!(rule->flags & RULE_SEVERAL) || pair->value->kind != NODE_LIST)
            rc = add_pair(walk, list, pair, pair->value);
        for (size_t k = 0; rule->flags & RULE_SEVERAL && k < pair->value->count && !rc; k++)
            rc = add_pair(walk, list, pair, pair->value->entries[k].value);
    }
    entry->value = list;
    return rc;
}

static int bind_pair(const struct walk *walk, const struct rule *rule, const struct place *place,
                     const struct node *node, struct spec_pair *pair)
{
    const struct node *name = node_find(node, "name"), *value = node_find(node, "value");
    if (!name || !value || node->count != 2 || name->kind != NODE_SCALAR)
        return walk_complain(walk, node->line, place,
                             "allowed: a mapping of names to values, or entries "
                             "with name and value");
    const struct place inner = {place, name->text, 0};
    bool pointers = rule->flags & RULE_POINTERS;
    if (value->kind != NODE_SCALAR)
        return walk_complain(walk, value->line, &inner, "is %s; allowed: a text", walk_kind(value));
    int rc = pointers ? 0 : scalar_check_text(walk, rule, &inner, name->line, name->text);
    if (rc)
        return rc;
    pair->value = strdup(value->text);
    if (pair->value && pointers)
        return scalar_make_pointer(walk, name->text, &pair->name);
    pair->name = strdup(name->text);
    return pair->name && pair->value ? 0 : walk_out_of_memory(walk);
}

static int bind_pairs(struct walk *walk, const struct rule *rule, const struct place *place,
                      struct entry *entry, void *object)
{
    if (entry->value->kind == NODE_SCALAR)
        return walk_complain(walk, entry->value->line, place,
                             "is a text; allowed: a mapping of names to values");
    int rc = entry->value->kind == NODE_MAP ? spell_pairs_out(walk, rule, entry) : 0;
    const struct node *node = entry->value;
    unsigned *count = walk_member(object, rule->other);
    char *array = NULL;
    if (!rc)
        rc = check_count(walk, rule, place, node);
    if (!rc)
        rc = make_room(walk, rule, node->count, object, &array);
    for (size_t i = 0; i < node->count && !rc; i++, ++*count)
        rc = bind_pair(walk, rule, place, node->entries[i].value, (struct spec_pair *)array + i);
    return rc;
}

/* ---- mappings ---- */

static int unknown_key(const struct walk *walk, const struct shape *shape,
                       const struct place *place, const struct entry *entry)
{
    char allowed[ERR_MESSAGE_MAX / 2], subject[192];
    /* {postgres: SELECT a, b FROM c}: for YAML the text ends at the comma. */
    bool cut = strchr(entry->key, ' ') && node_is_null(entry->value);
    snprintf(subject, sizeof subject, "unknown key '%.100s'%s", entry->key,
             cut ? "; inside {…} a text with a comma stands between quotes" : "");
    return walk_refuse_word(walk, entry->line, place, subject, grammar_suggest(shape, entry->key),
                            grammar_spell_keys(shape, 0, allowed, sizeof allowed));
}

/* Drops nulls, refuses unknown keys, puts the real name in place of another spelling. */
static int tidy_keys(const struct walk *walk, const struct shape *shape, const struct place *place,
                     struct node *map)
{
    for (size_t i = 0; i < map->count;) {
        struct entry *entry = &map->entries[i];
        const struct rule *rule = grammar_find_key(shape, entry->key);
        if (!rule)
            return unknown_key(walk, shape, place, entry);
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

static int choose_arm(const struct walk *walk, const struct shape *shape, const struct place *place,
                      const struct node *map, void *object)
{
    char arms[ERR_MESSAGE_MAX / 2];
    int given = 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct rule *rule = grammar_find_key(shape, map->entries[i].key);
        if (!(rule->flags & RULE_ARM))
            continue;
        given++;
        *(int *)walk_member(object, shape->tag) = grammar_arm(shape, rule);
    }
    if (given == 1)
        return 0;
    return walk_complain(walk, map->line, place, "has %d %s; allowed: exactly one of %s", given,
                         shape->arms, grammar_spell_keys(shape, RULE_ARM, arms, sizeof arms));
}

/* What the scenario does not give: only an error when it has to. */
static int fill_in(struct walk *walk, const struct rule *rule, const struct place *place,
                   const struct node *map, void *object)
{
    struct node value = {.kind = NODE_SCALAR, .line = map->line, .text = rule->def};
    struct entry entry = {rule->key, map->line, &value};
    bool part = rule->kind == RULE_MAP && !(rule->flags & (RULE_APART | RULE_ARM));
    if (part)
        value = (struct node){.kind = NODE_MAP, .line = map->line, .text = ""};
    const struct place inner = {place, rule->key, 0};
    return part || rule->def ? bind(walk, rule, &inner, &entry, object) : 0;
}

static int bind_keys(struct walk *walk, const struct shape *shape, const struct place *place,
                     const struct node *map, void *object)
{
    int rc = 0;
    for (size_t i = 0; i < shape->count && !rc; i++)
        if (shape->v[i].flags & RULE_REQUIRED && !node_find(map, shape->v[i].key))
            rc = walk_complain(walk, map->line, place,
                               "%s is missing: %s; 'rushproof init' prints a whole scenario",
                               shape->v[i].key, shape->v[i].help);
    for (size_t i = 0; i < map->count && !rc; i++) {
        struct entry *entry = &map->entries[i];
        const struct place inner = {place, entry->key, 0};
        rc = bind(walk, grammar_find_key(shape, entry->key), &inner, entry, object);
    }
    for (size_t i = 0; i < shape->count && !rc; i++)
        if (!node_find(map, shape->v[i].key))
            rc = fill_in(walk, &shape->v[i], place, map, object);
    return rc;
}

/* Of a shape that takes a mapping of names as well: is it one? */
static bool is_rest(const struct shape *shape, const struct node *node)
{
    bool known = !shape->rest || node->kind != NODE_MAP || !node->count;
    for (size_t i = 0; !known && i < node->count; i++)
        known = grammar_find_key(shape, node->entries[i].key) != NULL;
    return !known;
}

/* {inner: what was written}. */
static int wrap(const struct walk *walk, const char *inner, struct entry *entry)
{
    struct node *map = node_map(walk->tree, entry->value->line);
    if (!map || node_put(walk->tree, map, inner, entry->value))
        return walk_out_of_memory(walk);
    entry->value = map;
    return 0;
}

static int bind_map(struct walk *walk, const struct rule *rule, const struct place *place,
                    struct entry *entry, void *object)
{
    const struct shape *shape = rule->shape;
    const char *inner_key = entry->value->kind == NODE_SCALAR ? shape->key
                            : is_rest(shape, entry->value)    ? shape->rest
                                                              : NULL;
    if (inner_key && wrap(walk, inner_key, entry))
        return -(int)ERR_MEMORY;
    struct node *node = entry->value;
    char allowed[ERR_MESSAGE_MAX / 2];
    if (node->kind != NODE_MAP)
        return walk_complain(walk, node->line, place, "is %s; allowed: a mapping with %s",
                             walk_kind(node),
                             grammar_spell_keys(shape, 0, allowed, sizeof allowed));
    void *inner = walk_member(object, rule->offset);
    if (rule->flags & RULE_APART)
        inner = *(void **)inner = calloc(1, shape->size);
    if (!inner)
        return walk_out_of_memory(walk);
    int rc = tidy_keys(walk, shape, place, node);
    if (!rc && shape->arms)
        rc = choose_arm(walk, shape, place, node, inner);
    return rc ? rc : bind_keys(walk, shape, place, node, inner);
}

static int bind(struct walk *walk, const struct rule *rule, const struct place *place,
                struct entry *entry, void *object)
{
    static binder *const binders[RULE_KIND_COUNT] = {
        [RULE_MAP] = bind_map,           [RULE_LIST] = bind_list,
        [RULE_PAIRS] = bind_pairs,       [RULE_TEXT] = scalar_text,
        [RULE_POINTER] = scalar_pointer, [RULE_WORD] = scalar_word,
        [RULE_CHOICE] = scalar_choice,   [RULE_BOOL] = scalar_bool,
        [RULE_INT] = scalar_int,         [RULE_DURATION] = scalar_duration,
        [RULE_INSTANT] = scalar_instant, [RULE_WAIT] = scalar_wait,
    };
    return binders[rule->kind](walk, rule, place, entry, object);
}

int bind_tree(struct tree *tree, const char *name, struct scenario **ret_scenario, struct err *err)
{
    struct walk walk = {.tree = tree, .name = name, .err = err};
    struct entry entry = {.line = tree->root->line, .value = tree->root};
    struct scenario *scenario = calloc(1, sizeof *scenario);
    int rc = scenario ? bind(&walk, &grammar, NULL, &entry, scenario) : walk_out_of_memory(&walk);
    if (rc)
        bind_free(scenario);
    else
        *ret_scenario = scenario;
    return rc;
}

/* ---- freeing ---- */

static void free_members(const struct shape *shape, void *object);

static void free_list(const struct rule *rule, void *object)
{
    char *array = *(char **)walk_member(object, rule->offset);
    unsigned count = *(unsigned *)walk_member(object, rule->other);
    static const struct rule pair_rows[] = {
        {.kind = RULE_TEXT, .offset = offsetof(struct spec_pair, name)},
        {.kind = RULE_TEXT, .offset = offsetof(struct spec_pair, value)}};
    static const struct shape pair = {.v = pair_rows, .count = 2};
    const struct shape one = {.v = rule->entry, .count = 1};
    for (unsigned i = 0; i < count; i++)
        free_members(rule->entry ? &one : &pair, array + i * rule->size);
    free(array);
}

static void free_map(const struct rule *rule, void *object)
{
    void *inner = walk_member(object, rule->offset);
    if (rule->flags & RULE_APART)
        inner = *(void **)inner;
    if (inner)
        free_members(rule->shape, inner);
    if (rule->flags & RULE_APART)
        free(inner);
}

static void free_members(const struct shape *shape, void *object)
{
    for (const struct rule *rule = shape->v; rule < shape->v + shape->count; rule++) {
        if (!grammar_is_there(shape, rule, object))
            continue;
        if (rule->kind == RULE_MAP)
            free_map(rule, object);
        else if (rule->kind == RULE_LIST || rule->kind == RULE_PAIRS)
            free_list(rule, object);
        else if (rule->kind == RULE_TEXT || rule->kind == RULE_POINTER || rule->kind == RULE_WORD)
            free(*(char **)walk_member(object, rule->offset));
    }
}

void bind_free(struct scenario *scenario)
{
    if (scenario)
        free_members(grammar.shape, scenario);
    free(scenario);
}
