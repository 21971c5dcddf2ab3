/* scenario_print: the struct, back as people would write it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mask.h"
#include "scenario/emit.h"
#include "scenario/interpolate.h"
#include "scenario/scalars.h"
#include "scenario/scenario.h"
#include "scenario/secrets.h"

/* The rule's member of object as a node, NULL when it says nothing. Errors: tree->failed. */
typedef struct node *saver(struct tree *tree, const struct rule *rule, const void *object);

static saver save;

static struct node *plain(struct tree *tree, const char *text)
{
    struct node *node = node_scalar(tree, text, 0);
    if (node)
        node->plain = true;
    return node;
}

/* A text with its secrets masked; name: what it is the value of, or NULL. */
static struct node *save_words(struct tree *tree, const char *text, const char *name)
{
    _cleanup_(buf_free) struct buf masked, escaped;
    buf_init(&masked, 2 * TREE_BYTES_MAX);
    buf_init(&escaped, 2 * TREE_BYTES_MAX);
    int rc = name && mask_is_secret(name) ? mask_value(text, &masked) : mask_apply(text, &masked);
    if (rc || interpolate_escape(buf_text(&masked), &escaped)) {
        tree->failed = true;
        return NULL;
    }
    return node_scalar(tree, buf_text(&escaped), 0);
}

static struct node *save_text(struct tree *tree, const struct rule *rule, const void *object)
{
    const char *text = *(char *const *)walk_member(object, rule->offset);
    return text ? save_words(tree, text, NULL) : NULL;
}

static struct node *save_word(struct tree *tree, const struct rule *rule, const void *object)
{
    const char *text = *(char *const *)walk_member(object, rule->offset);
    return text ? node_scalar(tree, text, 0) : NULL;
}

static struct node *save_choice(struct tree *tree, const struct rule *rule, const void *object)
{
    const char *word = rule->words[*(const int *)walk_member(object, rule->offset)];
    bool truth = !strcmp(word, "true") || !strcmp(word, "false");
    return truth ? plain(tree, word) : node_scalar(tree, word, 0);
}

static struct node *save_bool(struct tree *tree, const struct rule *rule, const void *object)
{
    return plain(tree, *(const bool *)walk_member(object, rule->offset) ? "true" : "false");
}

/* Numbers without a default are 0 when nobody gave them. */
static bool says_nothing(const struct rule *rule, const char *text)
{
    bool quiet = !rule->def || rule->flags & RULE_QUIET;
    return rule->key && quiet && !(rule->flags & RULE_REQUIRED) &&
           !strcmp(text, rule->def ? rule->def : "0");
}

static struct node *save_int(struct tree *tree, const struct rule *rule, const void *object)
{
    const void *member = walk_member(object, rule->offset);
    bool narrow = rule->size == sizeof(int32_t);
    char text[32];
    snprintf(text, sizeof text, "%" PRId64,
             narrow ? *(const int32_t *)member : *(const int64_t *)member);
    return says_nothing(rule, text) ? NULL : plain(tree, text);
}

static struct node *save_span(struct tree *tree, const struct rule *rule, const void *object)
{
    char text[32];
    scalar_spell_span(*(const ns_t *)walk_member(object, rule->offset), text, sizeof text);
    return says_nothing(rule, text) ? NULL : plain(tree, text);
}

static struct node *save_instant(struct tree *tree, const struct rule *rule, const void *object)
{
    char from[32], until[32], text[80];
    ns_t second = *(const ns_t *)walk_member(object, rule->other);
    scalar_spell_span(*(const ns_t *)walk_member(object, rule->offset), from, sizeof from);
    scalar_spell_span(second, until, sizeof until);
    snprintf(text, sizeof text, "%s..%s", from, until);
    return node_scalar(tree, second ? text : from, 0);
}

static struct node *save_wait(struct tree *tree, const struct rule *rule, const void *object)
{
    char span[32];
    const char *word = rule->words[*(const int *)walk_member(object, rule->offset)];
    scalar_spell_span(*(const ns_t *)walk_member(object, rule->other), span, sizeof span);
    return node_scalar(tree, word ? word : span, 0);
}

/* ---- structure ---- */

static void add(struct tree *tree, struct node *node, const char *key, struct node *value)
{
    if (value && (key ? node_put(tree, node, key, value) : node_push(tree, node, value)))
        tree->failed = true;
}

static struct node *unless_empty(const struct rule *rule, struct node *node)
{
    return node && (node->count || rule->flags & RULE_REQUIRED || !rule->key) ? node : NULL;
}

/* A word behind one like --password is the value of it. */
static struct node *save_entry(struct tree *tree, const struct rule *rule, const void *object,
                               const void *before)
{
    const char *flag = before && rule->kind == RULE_TEXT ? *(char *const *)before : "";
    return secrets_is_flag(flag) ? save_words(tree, *(char *const *)object, flag)
                                 : save(tree, rule, object);
}

static struct node *save_list(struct tree *tree, const struct rule *rule, const void *object)
{
    const char *array = *(char *const *)walk_member(object, rule->offset);
    unsigned count = *(const unsigned *)walk_member(object, rule->other);
    struct node *list = node_list(tree, 0);
    for (unsigned i = 0; list && i < count; i++) {
        const char *slot = array + i * rule->size;
        add(tree, list, NULL, save_entry(tree, rule->entry, slot, i ? slot - rule->size : NULL));
    }
    if (list && rule->flags & RULE_BARE && list->count == 1)
        return list->entries[0].value;
    return unless_empty(rule, list);
}

/* A mapping reads better, but cannot say the same name twice. */
static struct node *save_pairs(struct tree *tree, const struct rule *rule, const void *object)
{
    const struct spec_pair *pairs = *(struct spec_pair *const *)walk_member(object, rule->offset);
    unsigned count = *(const unsigned *)walk_member(object, rule->other);
    struct node *map = node_map(tree, 0), *list = node_list(tree, 0);
    for (unsigned i = 0; map && list && i < count; i++) {
        struct node *pair = node_map(tree, 0);
        bool open = rule->flags & RULE_OPEN;
        struct node *value = save_words(tree, pairs[i].value, open ? NULL : pairs[i].name);
        if (!pair || !value)
            return NULL;
        add(tree, pair, "name", node_scalar(tree, pairs[i].name, 0));
        add(tree, pair, "value", value);
        add(tree, list, NULL, pair);
        add(tree, map, pairs[i].name, value);
    }
    return unless_empty(rule, map && map->count < count ? list : map);
}

static struct node *save_map(struct tree *tree, const struct rule *rule, const void *object)
{
    const struct shape *shape = rule->shape;
    const void *inner = walk_member(object, rule->offset);
    if (rule->flags & RULE_APART)
        inner = *(void *const *)inner;
    struct node *map = inner ? node_map(tree, 0) : NULL;
    for (size_t i = 0; map && i < shape->count; i++)
        if (grammar_is_there(shape, &shape->v[i], inner))
            add(tree, map, shape->v[i].key, save(tree, &shape->v[i], inner));
    return unless_empty(rule, map);
}

static struct node *save(struct tree *tree, const struct rule *rule, const void *object)
{
    static saver *const savers[RULE_KIND_COUNT] = {
        [RULE_MAP] = save_map,       [RULE_LIST] = save_list,       [RULE_PAIRS] = save_pairs,
        [RULE_TEXT] = save_text,     [RULE_POINTER] = save_text,    [RULE_WORD] = save_word,
        [RULE_CHOICE] = save_choice, [RULE_BOOL] = save_bool,       [RULE_INT] = save_int,
        [RULE_DURATION] = save_span, [RULE_INSTANT] = save_instant, [RULE_WAIT] = save_wait,
    };
    return savers[rule->kind] ? savers[rule->kind](tree, rule, object) : NULL;
}

int scenario_print(const struct scenario *scenario, struct buf *ret_text, struct err *err)
{
    _cleanup_(tree_free) struct tree tree;
    tree_init(&tree);
    struct scenario shown = *scenario;
    shown.limit = scenario->items ? 0 : scenario->limit; /* what they come to nobody has to say */
    const struct node *root = save(&tree, &grammar, &shown);
    if (tree.failed || !root)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (emit_yaml(root, ret_text))
        return err_set(err, ERR_MEMORY, "the scenario is too long to be written");
    return 0;
}
