/* scenario_print: the struct, back as people would write it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mask.h"
#include "scenario/bind.h"
#include "scenario/emit.h"
#include "scenario/grammar.h"
#include "scenario/interpolate.h"
#include "scenario/scenario.h"
#include "scenario/secrets.h"

enum { PATH_BYTES = 160 };

static int soften(struct tree *tree, struct node *node, const char *path);

/* "1500ms": the largest unit that divides it, so that reading it back gives the same span. */
static void spell_span(ns_t span, char *ret_text, size_t size)
{
    static const struct {
        ns_t ns;
        const char *suffix;
    } units[] = {{INT64_C(3600) * NS_PER_S, "h"},
                 {INT64_C(60) * NS_PER_S, "m"},
                 {NS_PER_S, "s"},
                 {NS_PER_MS, "ms"},
                 {NS_PER_US, "us"},
                 {1, "ns"}};
    size_t i = 0;
    while (span % units[i].ns)
        i++;
    snprintf(ret_text, size, "%" PRId64 "%s", span / units[i].ns, span ? units[i].suffix : "");
}

static int respell_span(struct tree *tree, struct node *node)
{
    char text[32];
    spell_span(strtoll(node->text, NULL, 10), text, sizeof text);
    node->text = tree_text(tree, text, strlen(text));
    node->plain = true;
    return node->text ? 0 : -(int)ERR_MEMORY;
}

static int soften_text(struct tree *tree, struct node *node, const char *name)
{
    _cleanup_(buf_free) struct buf masked, escaped;
    buf_init(&masked, 2 * TREE_BYTES_MAX);
    buf_init(&escaped, 2 * TREE_BYTES_MAX);
    int rc = name && mask_is_secret(name) ? mask_value(node->text, &masked)
                                          : mask_apply(node->text, &masked);
    if (rc || interpolate_escape(buf_text(&masked), &escaped))
        return -(int)ERR_MEMORY;
    node->text = tree_text(tree, buf_text(&escaped), escaped.used);
    node->plain = false;
    return node->text ? 0 : -(int)ERR_MEMORY;
}

static bool has_twins(const struct node *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        for (size_t j = 0; j < i; j++)
            if (!strcmp(node_find_text(pairs->entries[i].value, "name"),
                        node_find_text(pairs->entries[j].value, "name")))
                return true;
    return false;
}

/* A mapping reads better, but cannot say the same name twice. */
static int soften_pairs(struct tree *tree, struct node *pairs)
{
    struct node *map = node_map(tree, pairs->line);
    if (!map)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct node *pair = pairs->entries[i].value;
        const char *name = node_find_text(pair, "name");
        struct node *value = node_find(pair, "value");
        node_find(pair, "name")->plain = false;
        if (soften_text(tree, value, name) ||
            (!node_find(map, name) && node_put(tree, map, name, value)))
            return -(int)ERR_MEMORY;
    }
    if (!has_twins(pairs))
        *pairs = *map;
    return 0;
}

/* Two keys of the binding that people write as one: at + at_until, wait + wait_span. */
static int join_parts(struct tree *tree, struct node *map)
{
    struct node *at = node_find(map, "at"), *wait = node_find(map, "wait");
    const char *until = node_find_text(map, "at_until"), *span = node_find_text(map, "wait_span");
    char first[32], second[32], text[80];
    if (at && until && strcmp(until, "0") != 0) {
        spell_span(strtoll(at->text, NULL, 10), first, sizeof first);
        spell_span(strtoll(until, NULL, 10), second, sizeof second);
        snprintf(text, sizeof text, "%s..%s", first, second);
        return node_put_text(tree, map, "at", text);
    }
    if (wait && span && !strcmp(wait->text, "sleep")) {
        spell_span(strtoll(span, NULL, 10), text, sizeof text);
        return node_put_text(tree, map, "wait", text);
    }
    return at && respell_span(tree, at) ? -(int)ERR_MEMORY : 0;
}

/* Numbers without a default are 0 when nobody gave them. */
static bool says_nothing(const struct rule *rule, const struct node *map, const struct node *node)
{
    if (rule->flags & RULE_DERIVED)
        return true;
    if (node->kind != NODE_SCALAR)
        return node->count == 0 && !(rule->flags & RULE_REQUIRED);
    if (rule->kind != RULE_INT && rule->kind != RULE_DURATION)
        return false;
    const char *check = node_find_text(map, "check");
    if (check && !strcmp(check, "fcfs_power") && strstr(rule->path, "power_percent"))
        return false;
    return !rule->def && !(rule->flags & RULE_REQUIRED) && !strcmp(node->text, "0");
}

static int soften_map(struct tree *tree, struct node *map, const char *path)
{
    int rc = join_parts(tree, map);
    for (size_t i = 0; i < map->count && !rc;) {
        struct entry *entry = &map->entries[i];
        const struct rule *rule = grammar_find_key(path, entry->key);
        if (!rule)
            return -(int)ERR_BUG;
        rc = rule->flags & RULE_DERIVED ? 0 : soften(tree, entry->value, rule->path);
        if (!rc && says_nothing(rule, map, entry->value))
            node_remove(map, i);
        else
            i++;
    }
    return rc;
}

static int soften_list(struct tree *tree, struct node *list, const char *path)
{
    char inner[PATH_BYTES];
    snprintf(inner, sizeof inner, "%s.*", path);
    int rc = 0;
    for (size_t i = 0; i < list->count && !rc; i++) {
        struct node *node = list->entries[i].value;
        const char *before = i ? list->entries[i - 1].value->text : NULL;
        bool told = before && node->kind == NODE_SCALAR && secrets_is_flag(before);
        rc = told ? soften_text(tree, node, before) : soften(tree, node, inner);
    }
    return rc;
}

static int soften(struct tree *tree, struct node *node, const char *path)
{
    const struct rule *rule = grammar_find(path);
    switch (rule ? rule->kind : RULE_KIND_COUNT) {
    case RULE_MAP:
        return soften_map(tree, node, path);
    case RULE_LIST:
        return soften_list(tree, node, path);
    case RULE_PAIRS:
        return soften_pairs(tree, node);
    case RULE_INT:
    case RULE_BOOL:
        node->plain = true;
        return 0;
    case RULE_DURATION:
        return respell_span(tree, node);
    case RULE_INSTANT:
    case RULE_WAIT: /* join_parts made them */
    case RULE_CHOICE:
    case RULE_CHECK:
        node->plain = false;
        return 0;
    case RULE_TEXT:
    case RULE_POINTER:
        return soften_text(tree, node, NULL);
    default:
        return -(int)ERR_BUG;
    }
}

int scenario_print(const struct scenario *scenario, struct buf *ret_text, struct err *err)
{
    _cleanup_(tree_free) struct tree tree;
    tree_init(&tree);
    int rc = bind_save(scenario, &tree, err);
    if (rc)
        return rc;
    rc = soften(&tree, tree.root, "");
    if (rc)
        return err_set(err, (enum err_code) - rc, "the scenario cannot be written");
    if (emit_yaml(tree.root, ret_text))
        return err_set(err, ERR_MEMORY, "the scenario is too long to be written");
    return 0;
}
