/* scenario_print_schema: the grammar as JSON Schema, for editors and for checks without rushproof.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "scenario/grammar.h"
#include "scenario/names.h"
#include "scenario/scenario.h"

enum { PATH_BYTES = 160 };

#define DURATION "([0-9]+([.][0-9]+)?(ns|us|ms|s|m|h)|0)"

static json_t *schema_of(const struct rule *rule);

static json_t *typed(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

/* ${NAME} may stand for any scalar. */
static json_t *from_environment(void)
{
    return json_pack("{s:s}", "$ref", "#/$defs/environment");
}

static json_t *any_of(json_t *first, json_t *second)
{
    return json_pack("{s:[o,o]}", "anyOf", first, second);
}

static json_t *matching(const char *pattern)
{
    return json_pack("{s:s,s:s}", "type", "string", "pattern", pattern);
}

static struct rule const *child(const struct rule *rule, const char *key)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s%s%s", rule->path, *rule->path ? "." : "", key);
    return grammar_find(path);
}

/* ---- scalars ---- */

static json_t *scalar_types(void)
{
    return json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
}

static json_t *text_schema(const struct rule *rule)
{
    json_t *schema = rule->flags & RULE_SCALAR ? scalar_types() : typed("string");
    if (rule->low > 0)
        json_object_set_new(schema, "minLength", json_integer(rule->low));
    if (rule->high > 0)
        json_object_set_new(schema, "maxLength", json_integer(rule->high));
    if (!rule->pattern)
        return schema;
    json_object_set_new(schema, "pattern", json_string(rule->pattern));
    return any_of(schema, from_environment());
}

static json_t *int_schema(const struct rule *rule)
{
    json_t *schema = typed("integer");
    if (rule->low != INT64_MIN)
        json_object_set_new(schema, "minimum", json_integer(rule->low));
    if (rule->high != INT64_MAX)
        json_object_set_new(schema, "maximum", json_integer(rule->high));
    return any_of(schema, from_environment());
}

static json_t *bool_schema(const struct rule *rule)
{
    (void)rule;
    return any_of(typed("boolean"), from_environment());
}

/* Zero needs no unit, and is a number to a YAML reader. */
static json_t *span_schema(const char *pattern)
{
    json_t *schema = any_of(matching(pattern), json_pack("{s:i}", "const", 0));
    json_array_append_new(json_object_get(schema, "anyOf"), from_environment());
    return schema;
}

static json_t *duration_schema(const struct rule *rule)
{
    (void)rule;
    return span_schema("^" DURATION "$");
}

static json_t *instant_schema(const struct rule *rule)
{
    (void)rule;
    return span_schema("^" DURATION "([.][.]" DURATION ")?$");
}

static json_t *wait_schema(const struct rule *rule)
{
    (void)rule;
    return span_schema("^(drained|last_response|rows == limit|" DURATION ")$");
}

static json_t *choices_schema(const char *choices)
{
    json_t *names = json_array();
    for (const char *at = choices; *at;) {
        size_t span = strcspn(at, "|");
        json_array_append_new(names, json_stringn(at, span));
        at += span + (at[span] == '|');
    }
    /* YAML 1.1 readers take a bare no for false. */
    if (grammar_is_choice(choices, "no"))
        json_array_append_new(names, json_false());
    return any_of(json_pack("{s:o}", "enum", names), from_environment());
}

static json_t *choice_schema(const struct rule *rule)
{
    return choices_schema(rule->allowed);
}

static json_t *check_schema(const struct rule *rule)
{
    (void)rule;
    return choices_schema(names_check_choices());
}

static json_t *pointer_schema(const struct rule *rule)
{
    (void)rule;
    return typed("string");
}

/* ---- structure ---- */

/* Entries that are mappings stand once under $defs: a list refers to them twice. */
static bool is_shared(const struct rule *rule)
{
    size_t length = strlen(rule->path);
    return rule->kind == RULE_MAP && length > 2 && !strcmp(rule->path + length - 2, ".*");
}

static json_t *entry_schema(const struct rule *entry)
{
    if (!is_shared(entry))
        return schema_of(entry);
    char reference[PATH_BYTES + 16];
    snprintf(reference, sizeof reference, "#/$defs/%s", entry->path);
    return json_pack("{s:s}", "$ref", reference);
}

static json_t *list_schema(const struct rule *rule)
{
    const struct rule *entry = child(rule, "*");
    json_t *list = json_pack("{s:s,s:o,s:I,s:I}", "type", "array", "items", entry_schema(entry),
                             "minItems", (json_int_t)rule->low, "maxItems", (json_int_t)rule->high);
    return any_of(list, entry_schema(entry));
}

static json_t *pairs_schema(const struct rule *rule)
{
    json_t *name = rule->pattern ? matching(rule->pattern) : typed("string");
    json_t *value = scalar_types();
    json_array_append_new(json_object_get(value, "type"), json_string("null"));
    json_t *one = scalar_types();
    if (rule->flags & RULE_SEVERAL)
        value = any_of(value, json_pack("{s:s,s:O}", "type", "array", "items", one));
    json_decref(one);
    json_t *map = json_pack("{s:s,s:O,s:O,s:I}", "type", "object", "propertyNames", name,
                            "additionalProperties", value, "maxProperties", (json_int_t)rule->high);
    json_t *pair =
        json_pack("{s:s,s:{s:o,s:o},s:[s,s],s:b}", "type", "object", "properties", "name", name,
                  "value", value, "required", "name", "value", "additionalProperties", 0);
    json_t *list = json_pack("{s:s,s:o,s:I}", "type", "array", "items", pair, "maxItems",
                             (json_int_t)rule->high);
    return any_of(map, list);
}

/* An empty value means that the key is not given. */
static json_t *nullable(json_t *schema)
{
    json_t *choices = json_object_get(schema, "anyOf"), *type = json_object_get(schema, "type");
    if (choices)
        json_array_append_new(choices, typed("null"));
    else if (json_is_array(type))
        json_array_append_new(type, json_string("null"));
    else
        json_object_set_new(schema, "type", json_pack("[s,s]", json_string_value(type), "null"));
    return schema;
}

/* A key that may be written differently cannot be required by name. */
static bool has_alias(const char *path, const char *key)
{
    size_t count;
    const struct rule *rules = grammar_table(&count);
    for (size_t i = 0; i < count; i++)
        if (rules[i].kind == RULE_ALIAS && grammar_key_of(&rules[i], path) &&
            !strcmp(rules[i].allowed, key))
            return true;
    return false;
}

static json_t *map_schema(const struct rule *rule)
{
    json_t *properties = json_object(), *required = json_array();
    size_t count;
    const struct rule *rules = grammar_table(&count);
    for (size_t i = 0; i < count; i++) {
        const char *key = grammar_key_of(&rules[i], rule->path);
        if (!key || rules[i].flags & RULE_DERIVED)
            continue;
        json_t *schema = schema_of(&rules[i]);
        if (rules[i].flags & RULE_REQUIRED && !has_alias(rule->path, key))
            json_array_append_new(required, json_string(key));
        else
            nullable(schema);
        json_object_set_new(properties, key, schema);
    }
    json_t *map = json_pack("{s:s,s:o,s:b}", "type", "object", "properties", properties,
                            "additionalProperties", 0);
    if (json_array_size(required) > 0)
        json_object_set(map, "required", required);
    json_decref(required);
    return rule->key ? any_of(map, schema_of(child(rule, rule->key))) : map;
}

static json_t *alias_schema(const struct rule *rule)
{
    char path[PATH_BYTES];
    const char *last = strrchr(rule->path, '.');
    snprintf(path, sizeof path, "%.*s.%s", last ? (int)(last - rule->path) : 0, rule->path,
             rule->allowed);
    return schema_of(grammar_find(path));
}

static json_t *schema_of(const struct rule *rule)
{
    static json_t *(*const makers[RULE_KIND_COUNT])(const struct rule *) = {
        [RULE_MAP] = map_schema,           [RULE_LIST] = list_schema,
        [RULE_PAIRS] = pairs_schema,       [RULE_TEXT] = text_schema,
        [RULE_INT] = int_schema,           [RULE_BOOL] = bool_schema,
        [RULE_DURATION] = duration_schema, [RULE_CHOICE] = choice_schema,
        [RULE_POINTER] = pointer_schema,   [RULE_CHECK] = check_schema,
        [RULE_WAIT] = wait_schema,         [RULE_INSTANT] = instant_schema,
        [RULE_ALIAS] = alias_schema,
    };
    json_t *schema = makers[rule->kind](rule);
    json_object_set_new(schema, "description", json_string(rule->help));
    bool typed_default = rule->kind == RULE_INT || rule->kind == RULE_BOOL;
    if (rule->def)
        json_object_set_new(schema, "default",
                            typed_default ? json_loads(rule->def, JSON_DECODE_ANY, NULL)
                                          : json_string(rule->def));
    return schema;
}

static json_t *definitions(void)
{
    json_t *all = json_object();
    json_object_set_new(all, "environment", matching("\\$\\{[A-Z_][A-Z0-9_]*(:-[^}]*)?\\}"));
    size_t count;
    const struct rule *rules = grammar_table(&count);
    for (size_t i = 0; i < count; i++)
        if (is_shared(&rules[i]))
            json_object_set_new(all, rules[i].path, schema_of(&rules[i]));
    return all;
}

static json_t *make_schema(void)
{
    json_t *schema =
        json_pack("{s:s,s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
                  "A scenario of rushproof");
    json_t *root = schema_of(grammar_find(""));
    json_object_update(schema, root);
    json_decref(root);
    json_object_set_new(schema, "$defs", definitions());
    return schema;
}

int scenario_print_schema(FILE *out, struct err *err)
{
    json_t *schema = make_schema();
    _cleanup_free_ char *text = schema ? json_dumps(schema, JSON_INDENT(2)) : NULL;
    json_decref(schema);
    if (!text)
        return err_set(err, ERR_MEMORY, "out of memory");
    fprintf(out, "%s\n", text);
    return 0;
}
