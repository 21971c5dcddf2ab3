#include "scenario/scalars.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "scenario/names.h"

static int expect_scalar(const struct walk *walk, const struct place *place,
                         const struct node *node, const char *allowed)
{
    if (node->kind == NODE_SCALAR)
        return 0;
    return walk_complain(walk, node->line, place, "is %s; allowed: %s", walk_kind(node), allowed);
}

static int replace_text(struct walk *walk, struct node *parent, size_t index, const char *text)
{
    struct node *node = node_scalar(walk->tree, text, parent->entries[index].value->line);
    if (!node)
        return walk_out_of_memory(walk);
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

int scalar_check_text(const struct walk *walk, const struct rule *rule, const struct place *place,
                      int line, const char *text)
{
    size_t length = strlen(text);
    if (rule->pattern) {
        bool match = false;
        if (matches(rule->pattern, text, &match))
            return err_set(walk->err, ERR_BUG, "the pattern of %s does not compile", rule->path);
        if (!match)
            return walk_complain(walk, line, place, "'%.200s' is not allowed; allowed: %s", text,
                                 rule->allowed);
    }
    if (length < (size_t)rule->low)
        return walk_complain(walk, line, place, "is empty; allowed: a text");
    if (rule->high && length > (size_t)rule->high)
        return walk_complain(walk, line, place, "is %zu bytes long; allowed: at most %" PRId64,
                             length, rule->high);
    return 0;
}

int scalar_text(struct walk *walk, const struct rule *rule, const struct place *place,
                struct node *parent, size_t index)
{
    const struct node *node = parent->entries[index].value;
    int rc = expect_scalar(walk, place, node, rule->allowed ? rule->allowed : "a text");
    return rc ? rc : scalar_check_text(walk, rule, place, node->line, node->text);
}

int scalar_int(struct walk *walk, const struct rule *rule, const struct place *place,
               struct node *parent, size_t index)
{
    const struct node *node = parent->entries[index].value;
    int rc = expect_scalar(walk, place, node, "a whole number");
    int64_t value;
    if (!rc && units_parse_int(node->text, rule->low, rule->high, &value, NULL))
        rc = walk_complain(walk, node->line, place,
                           "'%.100s' is not allowed; allowed: a whole number from %" PRId64
                           " to %" PRId64,
                           node->text, rule->low, rule->high);
    return rc ? rc : replace_number(walk, parent, index, value);
}

int scalar_bool(struct walk *walk, const struct rule *rule, const struct place *place,
                struct node *parent, size_t index)
{
    (void)rule;
    const struct node *node = parent->entries[index].value;
    int rc = expect_scalar(walk, place, node, "true or false");
    if (rc)
        return rc;
    bool yes = grammar_is_choice("true|True|TRUE|yes|Yes|YES|on|On|ON", node->text);
    if (!yes && !grammar_is_choice("false|False|FALSE|no|No|NO|off|Off|OFF", node->text))
        return walk_complain(walk, node->line, place,
                             "'%.100s' is not allowed; allowed: true, false", node->text);
    return replace_text(walk, parent, index, yes ? "true" : "false");
}

static int parse_duration(const struct walk *walk, const struct rule *rule,
                          const struct place *place, int line, const char *text, ns_t *ret_span)
{
    struct err why;
    if (units_parse_duration(text, ret_span, &why))
        return walk_complain(walk, line, place, "%s", why.message);
    if (rule->high > 0 && (*ret_span < rule->low || *ret_span > rule->high)) {
        char low[32], high[32];
        units_format_duration(rule->low, low, sizeof low);
        units_format_duration(rule->high, high, sizeof high);
        return walk_complain(walk, line, place, "'%.100s' is not allowed; allowed: from %s to %s",
                             text, rule->low ? low : "0", high);
    }
    return 0;
}

int scalar_duration(struct walk *walk, const struct rule *rule, const struct place *place,
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
    grammar_spell_choices(choices, allowed, sizeof allowed);
    int rc = expect_scalar(walk, place, node, allowed);
    if (rc || grammar_is_choice(choices, node->text))
        return rc;
    char near[64];
    const char *guess = grammar_suggest_choice(choices, node->text, near, sizeof near);
    return walk_complain(walk, node->line, place, "'%.100s' is not allowed%s%s%s allowed: %s",
                         node->text, guess ? "; did you mean '" : ";", guess ? guess : "",
                         guess ? "'?" : "", allowed);
}

int scalar_choice(struct walk *walk, const struct rule *rule, const struct place *place,
                  struct node *parent, size_t index)
{
    return check_choice(walk, place, parent->entries[index].value, rule->allowed);
}

int scalar_check(struct walk *walk, const struct rule *rule, const struct place *place,
                 struct node *parent, size_t index)
{
    (void)rule;
    return check_choice(walk, place, parent->entries[index].value, names_check_choices());
}

int scalar_pointer(struct walk *walk, const struct rule *rule, const struct place *place,
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
        return walk_out_of_memory(walk);
    return replace_text(walk, parent, index, buf_text(&text));
}

/* ---- values with two parts: the second becomes a key of its own ---- */

static int put_number(struct walk *walk, struct node *map, const char *key, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, number);
    return node_put_text(walk->tree, map, key, text) ? walk_out_of_memory(walk) : 0;
}

int scalar_instant(struct walk *walk, const struct rule *rule, const struct place *place,
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
        rc = walk_complain(walk, node->line, place, "'%s' ends before it begins; allowed: %s",
                           node->text, rule->allowed);
    if (!rc)
        rc = replace_number(walk, parent, index, from);
    return rc || !dots ? rc : put_number(walk, parent, "at_until", until);
}

int scalar_wait(struct walk *walk, const struct rule *rule, const struct place *place,
                struct node *parent, size_t index)
{
    const struct node *node = parent->entries[index].value;
    int rc = expect_scalar(walk, place, node, rule->allowed);
    if (rc || grammar_is_choice("drained|last_response|rows == limit", node->text))
        return rc;
    ns_t span;
    if (units_parse_duration(node->text, &span, NULL))
        return walk_complain(walk, node->line, place, "'%.100s' is not allowed; allowed: %s",
                             node->text, rule->allowed);
    rc = parse_duration(walk, rule, place, node->line, node->text, &span);
    if (!rc)
        rc = replace_text(walk, parent, index, "sleep");
    return rc ? rc : put_number(walk, parent, "wait_span", span);
}
