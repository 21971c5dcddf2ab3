/* links: model scenario verify */
/* Tables that must say the same: the grammar, the binding, the checks of verify, the committed
 * files. */
#include <criterion/criterion.h>
#include <cyaml/cyaml.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/gate.h"
#include "model/spec.h"
#include "scenario/bind.h"
#include "scenario/grammar.h"
#include "scenario/names.h"
#include "scenario/scenario.h"
#include "verify/checks.h"

Test(scenario_tables, checks_are_those_of_verify)
{
    size_t known_count, names_count;
    const struct check *known = checks_table(&known_count);
    const struct check_name *names = names_checks(&names_count);
    for (size_t i = 0; i < known_count; i++)
        cr_expect_not_null(names_find_check(known[i].name), "names.c lacks %s", known[i].name);
    for (size_t i = 0; i < names_count; i++)
        cr_expect_not_null(checks_find(names[i].name), "verify has no %s", names[i].name);
    cr_expect_eq(known_count, names_count);
}

Test(scenario_tables, parameters_of_checks_are_keys_of_expect)
{
    size_t count;
    const struct check_name *names = names_checks(&count);
    for (size_t i = 0; i < count; i++) {
        char takes[128];
        snprintf(takes, sizeof takes, "%s", names[i].takes);
        for (char *word = strtok(takes, "|"); word; word = strtok(NULL, "|"))
            cr_expect_not_null(grammar_find_key("expect.*", word), "%s takes %s", names[i].name,
                               word);
    }
}

Test(scenario_tables, gates_are_those_of_the_model)
{
    const char *choices = grammar_find("load.*.burst.gate")->allowed;
    char copy[128];
    snprintf(copy, sizeof copy, "%s", choices);
    for (char *word = strtok(copy, "|"); word; word = strtok(NULL, "|"))
        cr_expect_geq(gate_find(word), 0, "%s", word);
    for (int gate = GATE_AUTO; gate <= GATE_FREEZE; gate++)
        cr_expect(grammar_is_choice(choices, gate_name((enum gate)gate)), "%s",
                  gate_name((enum gate)gate));
}

/* ---- the grammar and the binding ---- */

static void compare_value(const cyaml_schema_value_t *value, const char *path);

/* Members of pairs have no rows of their own. */
static void compare_fields(const cyaml_schema_field_t *fields, const char *path)
{
    const struct rule *rule = grammar_find(path);
    cr_assert_not_null(rule, "no rule for %s", path);
    for (; fields->key; fields++) {
        const struct rule *key = grammar_find_key(path, fields->key);
        cr_expect_not_null(key, "%s.%s is bound and has no rule", path, fields->key);
        if (key)
            compare_value(&fields->value, key->path);
    }
}

static void compare_value(const cyaml_schema_value_t *value, const char *path)
{
    const struct rule *rule = grammar_find(path);
    char inner[160];
    snprintf(inner, sizeof inner, "%s.*", path);
    switch (value->type) {
    case CYAML_MAPPING:
        cr_expect_eq(rule->kind, RULE_MAP, "%s", path);
        compare_fields(value->mapping.fields, path);
        return;
    case CYAML_SEQUENCE:
        if (rule->kind == RULE_PAIRS)
            return;
        cr_expect_eq(rule->kind, RULE_LIST, "%s", path);
        compare_value(value->sequence.entry, inner);
        return;
    case CYAML_ENUM:
        cr_expect(rule->kind == RULE_CHOICE || rule->kind == RULE_WAIT, "%s", path);
        for (uint32_t i = 0; i < value->enumeration.count && rule->kind == RULE_CHOICE; i++)
            cr_expect(grammar_is_choice(rule->allowed, value->enumeration.strings[i].str), "%s: %s",
                      path, value->enumeration.strings[i].str);
        return;
    case CYAML_BOOL:
        cr_expect_eq(rule->kind, RULE_BOOL, "%s", path);
        return;
    case CYAML_INT:
        cr_expect(rule->kind == RULE_INT || rule->kind == RULE_DURATION ||
                      rule->kind == RULE_INSTANT,
                  "%s", path);
        if (value->data_size == 4)
            cr_expect(rule->low >= INT32_MIN && rule->high <= INT32_MAX, "%s", path);
        return;
    default:
        cr_expect_eq(value->type, CYAML_STRING, "%s", path);
        cr_expect(rule->kind == RULE_TEXT || rule->kind == RULE_POINTER ||
                      rule->kind == RULE_CHECK || rule->kind == RULE_CHOICE,
                  "%s", path);
    }
}

Test(scenario_tables, all_that_is_bound_has_a_rule)
{
    compare_fields(bind_schema()->mapping.fields, "");
}

static const cyaml_schema_value_t *bound(const cyaml_schema_value_t *value, const char *path)
{
    if (!*path)
        return value;
    size_t length = strcspn(path, ".");
    const char *rest = path + length + (path[length] == '.');
    if (*path == '*')
        return value->type == CYAML_SEQUENCE ? bound(value->sequence.entry, rest) : NULL;
    if (value->type != CYAML_MAPPING)
        return NULL;
    for (const cyaml_schema_field_t *field = value->mapping.fields; field->key; field++)
        if (strlen(field->key) == length && !strncmp(field->key, path, length))
            return bound(&field->value, rest);
    return NULL;
}

Test(scenario_tables, every_rule_is_bound_and_sound)
{
    size_t count;
    const struct rule *rules = grammar_table(&count);
    cr_assert_gt(count, 100);
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = &rules[i];
        if (rule->kind != RULE_ALIAS)
            cr_expect_not_null(bound(bind_schema(), rule->path), "%s is nowhere", rule->path);
        cr_expect(rule->help && *rule->help, "%s has no help", rule->path);
        cr_expect_eq(grammar_find(rule->path), rule, "%s is twice", rule->path);
        cr_expect(!(rule->def && rule->flags & RULE_REQUIRED), "%s", rule->path);
        regex_t regex;
        if (rule->pattern) {
            cr_expect_eq(regcomp(&regex, rule->pattern, REG_EXTENDED), 0, "%s", rule->path);
            cr_expect(rule->allowed, "%s: a pattern is not for people", rule->path);
            regfree(&regex);
        }
    }
}

Test(scenario_tables, canonical_lines_lead_back)
{
    struct tree tree;
    tree_init(&tree);
    struct err err = {0};
    const char text[] = "name: t\n\n\nlimit: 99999999999999999999999\n";
    cr_assert_eq(tree_parse(&tree, "t.yaml", text, false, &tree.root, &err), 0);
    struct canonical canonical;
    canonical_init(&canonical);
    cr_assert_eq(canonical_write(&canonical, tree.root), 0);
    struct scenario *scenario = NULL;
    cr_assert_eq(bind_load(&canonical, "t.yaml", &scenario, &err), -ERR_USAGE);
    cr_expect(!strncmp(err.message, "t.yaml:4: limit: ", 17), "%s", err.message);
    canonical_free(&canonical);
    tree_free(&tree);
}

/* ---- did you mean ---- */

Test(scenario_tables, suggestions)
{
    cr_expect_str_eq(grammar_suggest("", "lode"), "load");
    cr_expect_str_eq(grammar_suggest("", "evidnece"), "evidence");
    cr_expect_str_eq(grammar_suggest("load.*", "brust"), "burst");
    cr_expect_null(grammar_suggest("", "completely"));
    cr_expect_null(grammar_suggest("", ""));
    cr_expect_null(grammar_suggest("", "wait_spam"), "what is derived is never offered");
    char name[8];
    cr_expect_str_eq(grammar_suggest_choice("red|green", "gren", name, sizeof name), "green");
    cr_expect_null(grammar_suggest_choice("red|green", "blue", name, sizeof name));
    cr_expect(grammar_is_choice("a|b", "b"));
    cr_expect(!grammar_is_choice("ab|c", "a"));
    cr_expect(!grammar_is_choice("a|b", ""));
}
