/* scenario_print_schema: the grammar as JSON Schema, for editors and for checks without rushproof.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "scenario/grammar.h"
#include "scenario/scenario.h"

#define DURATION "([0-9]+([.][0-9]+)?(ns|us|ms|s|m|h)|0)"

struct maker {
    json_t *definitions; /* shapes that lists refer to, by name */
};

static json_t *schema_of(struct maker *maker, const struct rule *rule);

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

/* ---- scalars ---- */

static json_t *scalar_types(void)
{
    return json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
}

static json_t *text_schema(const struct rule *rule)
{
    json_t *schema = rule->flags & RULE_SCALAR ? scalar_types() : typed("string");
    if (rule->flags & RULE_TREE)
        return any_of(schema, typed("object"));
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
    char pattern[256] = "^(";
    for (size_t i = 0, used = 2; rule->words[i]; i++)
        used += (size_t)snprintf(pattern + used, sizeof pattern - used, "%s|%s", rule->words[i],
                                 rule->words[i + 1] ? "" : DURATION ")$");
    return span_schema(pattern);
}

static json_t *words_schema(const struct rule *rule)
{
    json_t *names = json_array();
    for (size_t i = 0; rule->words[i]; i++)
        json_array_append_new(names, json_string(rule->words[i]));
    for (size_t i = 0; rule->also && rule->also[i]; i++)
        if (*rule->also[i])
            json_array_append_new(names, json_string(rule->also[i]));
    /* YAML 1.1 readers take a bare no for false. */
    if (words_find(rule->words, "no") >= 0)
        json_array_append_new(names, json_false());
    if (words_find(rule->words, "true") >= 0) {
        json_array_append_new(names, json_true());
        json_array_append_new(names, json_false());
    }
    return any_of(json_pack("{s:o}", "enum", names), from_environment());
}

static json_t *pointer_schema(const struct rule *rule)
{
    (void)rule;
    return typed("string");
}

/* ---- structure ---- */

/* Entries that are mappings stand once under $defs: a list refers to them twice. */
static json_t *entry_schema(struct maker *maker, const struct rule *entry)
{
    char reference[64];
    if (!entry->shape)
        return schema_of(maker, entry);
    snprintf(reference, sizeof reference, "#/$defs/%s", entry->shape->name);
    if (!json_object_get(maker->definitions, entry->shape->name)) {
        json_object_set_new(maker->definitions, entry->shape->name, json_null());
        json_object_set_new(maker->definitions, entry->shape->name, schema_of(maker, entry));
    }
    return json_pack("{s:s}", "$ref", reference);
}

static json_t *list_schema(struct maker *maker, const struct rule *rule)
{
    json_t *list =
        json_pack("{s:s,s:o,s:I,s:I}", "type", "array", "items", entry_schema(maker, rule->entry),
                  "minItems", (json_int_t)rule->low, "maxItems", (json_int_t)rule->high);
    return any_of(list, entry_schema(maker, rule->entry));
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
static bool has_alias(const struct shape *shape, const char *key)
{
    for (size_t i = 0; i < shape->count; i++)
        if (shape->v[i].kind == RULE_ALIAS && !strcmp(shape->v[i].allowed, key))
            return true;
    return false;
}

static json_t *map_schema(struct maker *maker, const struct rule *rule)
{
    json_t *properties = json_object(), *required = json_array();
    const struct shape *shape = rule->shape;
    for (size_t i = 0; i < shape->count; i++) {
        const struct rule *key = &shape->v[i], *real = key;
        if (key->kind == RULE_ALIAS)
            real = grammar_find_key(shape, key->allowed);
        json_t *schema = schema_of(maker, real);
        json_object_set_new(schema, "description", json_string(key->help));
        if (real->flags & RULE_REQUIRED && real == key && !has_alias(shape, key->key))
            json_array_append_new(required, json_string(key->key));
        else
            nullable(schema);
        json_object_set_new(properties, key->key, schema);
    }
    json_t *map = json_pack("{s:s,s:o,s:b}", "type", "object", "properties", properties,
                            "additionalProperties", 0);
    if (json_array_size(required) > 0)
        json_object_set(map, "required", required);
    json_decref(required);
    const char *alone = shape->key ? shape->key : shape->rest;
    return alone ? any_of(map, schema_of(maker, grammar_find_key(shape, alone))) : map;
}

static json_t *structure_schema(struct maker *maker, const struct rule *rule)
{
    return rule->kind == RULE_MAP    ? map_schema(maker, rule)
           : rule->kind == RULE_LIST ? list_schema(maker, rule)
                                     : pairs_schema(rule);
}

static json_t *schema_of(struct maker *maker, const struct rule *rule)
{
    static json_t *(*const makers[RULE_KIND_COUNT])(const struct rule *) = {
        [RULE_TEXT] = text_schema,         [RULE_POINTER] = pointer_schema,
        [RULE_WORD] = words_schema,        [RULE_CHOICE] = words_schema,
        [RULE_BOOL] = bool_schema,         [RULE_INT] = int_schema,
        [RULE_DURATION] = duration_schema, [RULE_INSTANT] = instant_schema,
        [RULE_WAIT] = wait_schema,
    };
    json_t *schema = makers[rule->kind] ? makers[rule->kind](rule) : structure_schema(maker, rule);
    json_object_set_new(schema, "description", json_string(rule->help));
    bool typed_default = rule->kind == RULE_INT || rule->kind == RULE_BOOL;
    if (rule->def)
        json_object_set_new(schema, "default",
                            typed_default ? json_loads(rule->def, JSON_DECODE_ANY, NULL)
                                          : json_string(rule->def));
    return schema;
}

/* That a key is there, and not empty. */
static json_t *given(const char *key)
{
    return json_pack("{s:[s],s:{s:{s:{s:s}}}}", "required", key, "properties", key, "not", "type",
                     "null");
}

static json_t *make_schema(void)
{
    struct maker maker = {json_object()};
    json_object_set_new(maker.definitions, "environment",
                        matching("\\$\\{[A-Z_][A-Z0-9_]*(:-[^}]*)?\\}"));
    json_t *schema =
        json_pack("{s:s,s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
                  "A scenario of rushproof");
    json_t *root = schema_of(&maker, &grammar);
    json_object_update(schema, root);
    json_decref(root);
    json_object_set_new(schema, "$defs", maker.definitions);
    json_object_set_new(schema, "anyOf", json_pack("[o,o]", given("limit"), given("items")));
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
