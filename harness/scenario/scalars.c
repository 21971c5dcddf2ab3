#include "scenario/scalars.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mask.h"
#include "base/units.h"
#include "base/words.h"
#include "scenario/emit.h"

static int expect_scalar(const struct walk *walk, const struct place *place,
                         const struct node *node, const char *allowed)
{
    if (node->kind == NODE_SCALAR)
        return 0;
    return walk_complain(walk, node->line, place, "is %s; allowed: %s", walk_kind(node), allowed);
}

static int refuse(const struct walk *walk, const struct place *place, const struct node *node,
                  const char *allowed)
{
    return walk_complain(walk, node->line, place, "'%.100s' is not allowed; allowed: %s",
                         node->text, allowed);
}

/* ---- texts ---- */

static int matches(const char *pattern, const char *text, bool *ret_match)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
        return -(int)ERR_BUG;
    *ret_match = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return 0;
}

/* Of a driver's own address ("root:secret@tcp(localhost)/shop") a password may stand before the
 * '@'; it is no URL, so that nobody else knows. */
static const char *behind_login(const char *text)
{
    const char *at = strrchr(text, '@'), *colon = strchr(text, ':');
    return at && colon && colon < at ? at : text;
}

int scalar_check_text(const struct walk *walk, const struct rule *rule, const struct place *place,
                      int line, const char *text)
{
    size_t length = strlen(text);
    bool match = true;
    if (rule->pattern && matches(rule->pattern, text, &match))
        return err_set(walk->err, ERR_BUG, "the pattern '%s' does not compile", rule->pattern);
    if (!match)
        return walk_complain(walk, line, place, "'%s%.200s' is not allowed; allowed: %s",
                             behind_login(text) == text ? "" : MASK_STARS, behind_login(text),
                             rule->allowed);
    if (length < (size_t)rule->low)
        return walk_complain(walk, line, place, "is empty; allowed: a text");
    if (rule->high && length > (size_t)rule->high)
        return walk_complain(walk, line, place, "is %zu bytes long; allowed: at most %" PRId64,
                             length, rule->high);
    return 0;
}

static int keep(const struct walk *walk, const struct rule *rule, const char *text, void *object)
{
    char **member = walk_member(object, rule->offset);
    *member = strdup(text);
    return *member ? 0 : walk_out_of_memory(walk);
}

static int keep_tree(const struct walk *walk, const struct rule *rule, const struct place *place,
                     const struct node *node, void *object)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, TREE_BYTES_MAX);
    if (emit_json(node, &text))
        return walk_out_of_memory(walk);
    int rc = scalar_check_text(walk, rule, place, node->line, buf_text(&text));
    return rc ? rc : keep(walk, rule, buf_text(&text), object);
}

int scalar_text(struct walk *walk, const struct rule *rule, const struct place *place,
                struct entry *entry, void *object)
{
    const struct node *node = entry->value;
    if (rule->flags & RULE_TREE && node->kind == NODE_MAP)
        return keep_tree(walk, rule, place, node, object);
    int rc = expect_scalar(walk, place, node, rule->allowed ? rule->allowed : "a text");
    if (!rc)
        rc = scalar_check_text(walk, rule, place, node->line, node->text);
    return rc ? rc : keep(walk, rule, node->text, object);
}

int scalar_make_pointer(const struct walk *walk, const char *text, char **ret_pointer)
{
    bool whole = *text == '/' || !*text;
    return asprintf(ret_pointer, "%s%s", whole ? "" : "/", text) < 0 ? walk_out_of_memory(walk) : 0;
}

int scalar_pointer(struct walk *walk, const struct rule *rule, const struct place *place,
                   struct entry *entry, void *object)
{
    int rc = expect_scalar(walk, place, entry->value, "a JSON pointer such as /rank");
    return rc ? rc
              : scalar_make_pointer(walk, entry->value->text, walk_member(object, rule->offset));
}

/* ---- words ---- */

/* 0 or 1, however it is spelled; -1: neither. */
static int find_bool(const char *text)
{
    static const char *const words[] = {"false", "False", "FALSE", "no",   "No",   "NO",  "off",
                                        "Off",   "OFF",   "true",  "True", "TRUE", "yes", "Yes",
                                        "YES",   "on",    "On",    "ON",   NULL};
    int found = words_find(words, text);
    return found < 0 ? -1 : found >= words_find(words, "true");
}

static int find_word(const struct walk *walk, const struct rule *rule, const struct place *place,
                     const struct node *node, int *ret_found)
{
    char allowed[ERR_MESSAGE_MAX / 2], subject[128];
    words_spell(rule->words, allowed, sizeof allowed);
    int rc = expect_scalar(walk, place, node, allowed);
    int found = rc ? -1 : words_find(rule->words, node->text);
    if (!rc && found < 0 && *node->text)
        found = words_find(rule->also, node->text);
    /* Of words that are true or false and more: the others' spellings. */
    if (!rc && found < 0 && find_bool(node->text) >= 0)
        found = words_find(rule->words, find_bool(node->text) ? "true" : "false");
    if (rc || found >= 0) {
        *ret_found = found;
        return rc;
    }
    snprintf(subject, sizeof subject, "'%.100s' is not allowed", node->text);
    return walk_refuse_word(walk, node->line, place, subject,
                            words_suggest(rule->words, node->text), allowed);
}

int scalar_word(struct walk *walk, const struct rule *rule, const struct place *place,
                struct entry *entry, void *object)
{
    int found;
    int rc = find_word(walk, rule, place, entry->value, &found);
    return rc ? rc : keep(walk, rule, rule->words[found], object);
}

int scalar_choice(struct walk *walk, const struct rule *rule, const struct place *place,
                  struct entry *entry, void *object)
{
    return find_word(walk, rule, place, entry->value, walk_member(object, rule->offset));
}

int scalar_bool(struct walk *walk, const struct rule *rule, const struct place *place,
                struct entry *entry, void *object)
{
    const struct node *node = entry->value;
    int rc = expect_scalar(walk, place, node, "true or false");
    int found = rc ? -1 : find_bool(node->text);
    if (rc || found < 0)
        return rc ? rc : refuse(walk, place, node, "true, false");
    *(bool *)walk_member(object, rule->offset) = found;
    return 0;
}

/* ---- numbers and durations ---- */

int scalar_int(struct walk *walk, const struct rule *rule, const struct place *place,
               struct entry *entry, void *object)
{
    const struct node *node = entry->value;
    void *member = walk_member(object, rule->offset);
    int64_t value;
    char allowed[96];
    int rc = expect_scalar(walk, place, node, "a whole number");
    if (rc)
        return rc;
    snprintf(allowed, sizeof allowed, "a whole number from %" PRId64 " to %" PRId64, rule->low,
             rule->high);
    if (units_parse_int(node->text, rule->low, rule->high, &value, NULL))
        return refuse(walk, place, node, allowed);
    if (rule->size == sizeof(int32_t))
        *(int32_t *)member = (int32_t)value;
    else
        *(int64_t *)member = value;
    return 0;
}

static int parse_span(const struct walk *walk, const struct rule *rule, const struct place *place,
                      int line, const char *text, ns_t *ret_span)
{
    struct err why;
    ns_t span;
    if (units_parse_duration(text, &span, &why))
        return walk_complain(walk, line, place, "%s", why.message);
    if (span < rule->low || span > rule->high) {
        char low[32], high[32];
        units_format_duration(rule->low, low, sizeof low);
        units_format_duration(rule->high, high, sizeof high);
        return walk_complain(walk, line, place, "'%.100s' is not allowed; allowed: from %s to %s",
                             text, rule->low ? low : "0", high);
    }
    *ret_span = span;
    return 0;
}

int scalar_duration(struct walk *walk, const struct rule *rule, const struct place *place,
                    struct entry *entry, void *object)
{
    const struct node *node = entry->value;
    int rc = expect_scalar(walk, place, node, "a duration such as 10ms");
    return rc ? rc
              : parse_span(walk, rule, place, node->line, node->text,
                           walk_member(object, rule->offset));
}

int scalar_instant(struct walk *walk, const struct rule *rule, const struct place *place,
                   struct entry *entry, void *object)
{
    const struct node *node = entry->value;
    ns_t *from = walk_member(object, rule->offset), *until = walk_member(object, rule->other);
    int rc = expect_scalar(walk, place, node, rule->allowed);
    if (rc)
        return rc;
    const char *dots = strstr(node->text, "..");
    char first[64];
    snprintf(first, sizeof first, "%.*s", dots ? (int)(dots - node->text) : 63, node->text);
    rc = parse_span(walk, rule, place, node->line, first, from);
    if (!rc && dots)
        rc = parse_span(walk, rule, place, node->line, dots + 2, until);
    if (!rc && dots && *until <= *from)
        rc = walk_complain(walk, node->line, place, "'%s' ends before it begins; allowed: %s",
                           node->text, rule->allowed);
    return rc;
}

int scalar_wait(struct walk *walk, const struct rule *rule, const struct place *place,
                struct entry *entry, void *object)
{
    const struct node *node = entry->value;
    int rc = expect_scalar(walk, place, node, rule->allowed);
    if (rc)
        return rc;
    int *word = walk_member(object, rule->offset);
    ns_t *span = walk_member(object, rule->other);
    *word = words_find(rule->words, node->text);
    if (*word >= 0)
        return 0;
    for (*word = 0; rule->words[*word];)
        ++*word;
    if (units_parse_duration(node->text, span, NULL))
        return refuse(walk, place, node, rule->allowed);
    return parse_span(walk, rule, place, node->line, node->text, span);
}

void scalar_spell_span(ns_t span, char *ret_text, size_t size)
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
