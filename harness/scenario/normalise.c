#include "scenario/normalise.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "scenario/grammar.h"
#include "scenario/names.h"

enum { PATH_BYTES = 160 };

/* Where the walk is: as the rules spell it (`*` for entries) and as people count. */
struct place {
    char rule[PATH_BYTES];
    char shown[PATH_BYTES];
};

struct walk {
    struct tree *tree;
    const char *name;
    struct err *err;
};

/* A value stands at parent->entries[index]; a visitor may replace it. */
typedef int visitor(struct walk *walk, const struct rule *rule, const struct place *place,
                    struct node *parent, size_t index);

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

#define COMPLAIN(walk, line, place, ...) complain((walk), (line), (place)->shown, __VA_ARGS__)

static int complain(const struct walk *walk, int line, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int complain(const struct walk *walk, int line, const char *path, const char *format, ...)
{
    char what[ERR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return tree_error(walk->name, line, walk->err, "%s%s%s", path, *path ? ": " : "", what);
}

static int out_of_memory(const struct walk *walk)
{
    return err_set(walk->err, ERR_MEMORY, "out of memory");
}

static const char *kind_name(const struct node *node)
{
    return node->kind == NODE_MAP ? "a mapping" : node->kind == NODE_LIST ? "a list" : "a text";
}

/* "a, b, c" from "a|b|c". */
static void spell_choices(const char *choices, char *ret_text, size_t size)
{
    size_t used = 0;
    for (; *choices && used + 3 < size; choices++) {
        ret_text[used++] = *choices == '|' ? ',' : *choices;
        if (*choices == '|')
            ret_text[used++] = ' ';
    }
    ret_text[used] = '\0';
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

/* ---- scalars ---- */

static int expect_scalar(const struct walk *walk, const struct place *place,
                         const struct node *node, const char *allowed)
{
    if (node->kind == NODE_SCALAR)
        return 0;
    return COMPLAIN(walk, node->line, place, "is %s; allowed: %s", kind_name(node), allowed);
}

static int replace_text(struct walk *walk, struct node *parent, size_t index, const char *text)
{
    struct node *node = node_scalar(walk->tree, text, parent->entries[index].value->line);
    if (!node)
        return out_of_memory(walk);
    parent->entries[index].value = node;
    return 0;
}

static int replace_number(struct walk *walk, struct node *parent, size_t index, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, number);
    return replace_text(walk, parent, index, text);
}

static int matches(const char *pattern, const char *text, bool *ret_match)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
        return -(int)ERR_BUG;
    *ret_match = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return 0;
}

static int check_text(const struct walk *walk, const struct rule *rule, const struct place *place,
                      int line, const char *text)
{
    size_t length = strlen(text);
    if (rule->pattern) {
        bool match = false;
        if (matches(rule->pattern, text, &match))
            return err_set(walk->err, ERR_BUG, "the pattern of %s does not compile", rule->path);
        if (!match)
            return COMPLAIN(walk, line, place, "'%.200s' is not allowed; allowed: %s", text,
                            rule->allowed);
    }
    if (length < (size_t)rule->low)
        return COMPLAIN(walk, line, place, "is empty; allowed: a text");
    if (rule->high && length > (size_t)rule->high)
        return COMPLAIN(walk, line, place, "is %zu bytes long; allowed: at most %" PRId64, length,
                        rule->high);
    return 0;
}

static int visit_text(struct walk *walk, const struct rule *rule, const struct place *place,
                      struct node *parent, size_t index)
{
    const struct node *node = parent->entries[index].value;
    int rc = expect_scalar(walk, place, node, rule->allowed ? rule->allowed : "a text");
    return rc ? rc : check_text(walk, rule, place, node->line, node->text);
}

static int visit_int(struct walk *walk, const struct rule *rule, const struct place *place,
                     struct node *parent, size_t index)
{
    const struct node *node = parent->entries[index].value;
    int rc = expect_scalar(walk, place, node, "a whole number");
    int64_t value;
    if (!rc && units_parse_int(node->text, rule->low, rule->high, &value, NULL))
        rc = COMPLAIN(walk, node->line, place,
                      "'%.100s' is not allowed; allowed: a whole number from %" PRId64
                      " to %" PRId64,
                      node->text, rule->low, rule->high);
    return rc ? rc : replace_number(walk, parent, index, value);
}

static int visit_bool(struct walk *walk, const struct rule *rule, const struct place *place,
                      struct node *parent, size_t index)
{
    (void)rule;
    const struct node *node = parent->entries[index].value;
    int rc = expect_scalar(walk, place, node, "true or false");
    if (rc)
        return rc;
    bool yes = grammar_is_choice("true|True|TRUE|yes|Yes|YES|on|On|ON", node->text);
    if (!yes && !grammar_is_choice("false|False|FALSE|no|No|NO|off|Off|OFF", node->text))
        return COMPLAIN(walk, node->line, place, "'%.100s' is not allowed; allowed: true, false",
                        node->text);
    return replace_text(walk, parent, index, yes ? "true" : "false");
}

static int parse_duration(const struct walk *walk, const struct rule *rule,
                          const struct place *place, int line, const char *text, ns_t *ret_span)
{
    struct err why;
    if (units_parse_duration(text, ret_span, &why))
        return COMPLAIN(walk, line, place, "%s", why.message);
    if (rule->high > 0 && (*ret_span < rule->low || *ret_span > rule->high)) {
        char low[32], high[32];
        units_format_duration(rule->low, low, sizeof low);
        units_format_duration(rule->high, high, sizeof high);
        return COMPLAIN(walk, line, place, "'%.100s' is not allowed; allowed: from %s to %s", text,
                        rule->low ? low : "0", high);
    }
    return 0;
}

static int visit_duration(struct walk *walk, const struct rule *rule, const struct place *place,
                          struct node *parent, size_t index)
{
    const struct node *node = parent->entries[index].value;
    ns_t span;
    int rc = expect_scalar(walk, place, node, "a duration such as 10ms");
    if (!rc)
        rc = parse_duration(walk, rule, place, node->line, node->text, &span);
    return rc ? rc : replace_number(walk, parent, index, span);
}

static int check_choice(const struct walk *walk, const struct place *place, const struct node *node,
                        const char *choices)
{
    char allowed[ERR_MESSAGE_MAX / 2];
    spell_choices(choices, allowed, sizeof allowed);
    int rc = expect_scalar(walk, place, node, allowed);
    if (rc || grammar_is_choice(choices, node->text))
        return rc;
    char near[64];
    const char *guess = grammar_suggest_choice(choices, node->text, near, sizeof near);
    return COMPLAIN(walk, node->line, place, "'%.100s' is not allowed%s%s%s; allowed: %s",
                    node->text, guess ? ", did you mean '" : "", guess ? guess : "",
                    guess ? "'?" : "", allowed);
}

static int visit_choice(struct walk *walk, const struct rule *rule, const struct place *place,
                        struct node *parent, size_t index)
{
    return check_choice(walk, place, parent->entries[index].value, rule->allowed);
}

static int visit_check(struct walk *walk, const struct rule *rule, const struct place *place,
                       struct node *parent, size_t index)
{
    (void)rule;
    return check_choice(walk, place, parent->entries[index].value, names_check_choices());
}

static int visit_pointer(struct walk *walk, const struct rule *rule, const struct place *place,
                         struct node *parent, size_t index)
{
    (void)rule;
    const struct node *node = parent->entries[index].value;
    int rc = expect_scalar(walk, place, node, "a JSON pointer such as /rank");
    if (rc || *node->text == '/' || !*node->text)
        return rc;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, TREE_BYTES_MAX);
    if (buf_addf(&text, "/%s", node->text))
        return out_of_memory(walk);
    return replace_text(walk, parent, index, buf_text(&text));
}

/* ---- values with two parts: the second becomes a key of its own ---- */

static int put_number(struct walk *walk, struct node *map, const char *key, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, number);
    return node_put_text(walk->tree, map, key, text) ? out_of_memory(walk) : 0;
}

static int visit_instant(struct walk *walk, const struct rule *rule, const struct place *place,
                         struct node *parent, size_t index)
{
    const struct node *node = parent->entries[index].value;
    int rc = expect_scalar(walk, place, node, rule->allowed);
    if (rc)
        return rc;
    const char *dots = strstr(node->text, "..");
    char first[64];
    snprintf(first, sizeof first, "%.*s", dots ? (int)(dots - node->text) : 63, node->text);
    ns_t from, until = 0;
    rc = parse_duration(walk, rule, place, node->line, first, &from);
    if (!rc && dots)
        rc = parse_duration(walk, rule, place, node->line, dots + 2, &until);
    if (!rc && dots && until <= from)
        rc = COMPLAIN(walk, node->line, place, "'%s' ends before it begins; allowed: %s",
                      node->text, rule->allowed);
    if (!rc)
        rc = replace_number(walk, parent, index, from);
    return rc || !dots ? rc : put_number(walk, parent, "at_until", until);
}

static int visit_wait(struct walk *walk, const struct rule *rule, const struct place *place,
                      struct node *parent, size_t index)
{
    const struct node *node = parent->entries[index].value;
    int rc = expect_scalar(walk, place, node, rule->allowed);
    if (rc || grammar_is_choice("drained|last_response|rows == limit", node->text))
        return rc;
    ns_t span;
    if (units_parse_duration(node->text, &span, NULL))
        return COMPLAIN(walk, node->line, place, "'%.100s' is not allowed; allowed: %s", node->text,
                        rule->allowed);
    rc = parse_duration(walk, rule, place, node->line, node->text, &span);
    if (!rc)
        rc = replace_text(walk, parent, index, "sleep");
    return rc ? rc : put_number(walk, parent, "wait_span", span);
}

/* ---- lists, pairs, mappings ---- */

static int visit_list(struct walk *walk, const struct rule *rule, const struct place *place,
                      struct node *parent, size_t index)
{
    struct node *node = parent->entries[index].value;
    if (node->kind != NODE_LIST) {
        struct node *list = node_list(walk->tree, node->line);
        if (!list || node_push(walk->tree, list, node))
            return out_of_memory(walk);
        parent->entries[index].value = node = list;
    }
    if ((int64_t)node->count < rule->low || (int64_t)node->count > rule->high)
        return COMPLAIN(walk, node->line, place,
                        "has %zu entries; allowed: %" PRId64 " to %" PRId64, node->count, rule->low,
                        rule->high);
    for (size_t i = 0; i < node->count; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        struct place inner = enter(place, "*", number);
        if (node_is_null(node->entries[i].value))
            return COMPLAIN(walk, node->entries[i].line, &inner, "is empty");
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
        return COMPLAIN(walk, pair->line, place,
                        "allowed: a mapping of names to values, or entries "
                        "with name and value");
    struct place inner = enter(place, name->text, name->text);
    if (value->kind != NODE_SCALAR)
        return COMPLAIN(walk, value->line, &inner, "is %s; allowed: a text", kind_name(value));
    if (rule->flags & RULE_POINTERS)
        return visit_pointer(walk, rule, &inner, pair, 0);
    return check_text(walk, rule, place, name->line, name->text);
}

static int add_pair(struct walk *walk, struct node *list, const struct entry *entry)
{
    struct node *pair = node_map(walk->tree, entry->line);
    struct node *name = node_scalar(walk->tree, entry->key, entry->line);
    if (!pair || node_put(walk->tree, pair, "name", name) ||
        node_put(walk->tree, pair, "value", entry->value) || node_push(walk->tree, list, pair))
        return out_of_memory(walk);
    return 0;
}

static int visit_pairs(struct walk *walk, const struct rule *rule, const struct place *place,
                       struct node *parent, size_t index)
{
    struct node *node = parent->entries[index].value;
    if (node->kind == NODE_SCALAR)
        return COMPLAIN(walk, node->line, place,
                        "is a text; allowed: a mapping of names to values");
    if (node->kind == NODE_MAP) {
        struct node *list = node_list(walk->tree, node->line);
        if (!list)
            return out_of_memory(walk);
        for (size_t i = 0; i < node->count; i++) {
            int rc = add_pair(walk, list, &node->entries[i]);
            if (rc)
                return rc;
        }
        parent->entries[index].value = node = list;
    }
    if ((int64_t)node->count > rule->high)
        return COMPLAIN(walk, node->line, place, "has %zu entries; allowed: at most %" PRId64,
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
    return COMPLAIN(walk, entry->line, place, "unknown key '%.100s'%s%s%s; allowed: %s", entry->key,
                    guess ? ", did you mean '" : "", guess ? guess : "", guess ? "'?" : "",
                    allowed);
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
                return COMPLAIN(walk, entry->line, place, "both %s and %s; allowed: one of them",
                                entry->key, rule->allowed);
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
        return COMPLAIN(walk, map->line, place, "%s is missing: %s", key, rule->help);
    if (rule->flags & RULE_ALWAYS)
        return node_put(walk->tree, map, key, node_map(walk->tree, map->line)) ? out_of_memory(walk)
                                                                               : 0;
    if (rule->def)
        return node_put_text(walk->tree, map, key, rule->def) ? out_of_memory(walk) : 0;
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
            return out_of_memory(walk);
        parent->entries[index].value = node = map;
    }
    if (node->kind != NODE_MAP) {
        char allowed[ERR_MESSAGE_MAX / 2];
        spell_keys(place->rule, allowed, sizeof allowed);
        return COMPLAIN(walk, node->line, place, "is %s; allowed: a mapping with %s",
                        kind_name(node), allowed);
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
    [RULE_MAP] = visit_map,           [RULE_LIST] = visit_list,     [RULE_PAIRS] = visit_pairs,
    [RULE_TEXT] = visit_text,         [RULE_INT] = visit_int,       [RULE_BOOL] = visit_bool,
    [RULE_DURATION] = visit_duration, [RULE_CHOICE] = visit_choice, [RULE_POINTER] = visit_pointer,
    [RULE_CHECK] = visit_check,       [RULE_WAIT] = visit_wait,     [RULE_INSTANT] = visit_instant,
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
