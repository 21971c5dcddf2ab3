#include "scenario/handed.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mask.h"
#include "base/words.h"
#include "scenario/emit.h"
#include "scenario/override.h"
#include "scenario/tree.h"

/* What requests are made by; whatever else a scenario says is for who judges. */
static const char *const wanted[] = {
    "name",      "limit",           "items",       "demand", "seed", "prepare",
    "preparing", "request",         "responses",   "decide", "load", "users",
    "workers",   "release_threads", "idempotency", NULL,
};

static void drop_others(struct node *root)
{
    for (size_t i = root->count; i-- > 0;)
        if (words_find(wanted, root->entries[i].key) < 0)
            node_remove(root, i);
}

/* "${apply.port}" is ours to fill in; "${NAME}" is the other machine's. */
static size_t reference_length(const char *text)
{
    bool ours = !strncmp(text, "${", 2) && text[2] >= 'a' && text[2] <= 'z';
    const char *close = ours ? strchr(text, '}') : NULL;
    return close ? (size_t)(close + 1 - text) : 0;
}

static int expand_one(const struct handed *handed, const char *text, size_t length, struct buf *out,
                      struct err *err)
{
    _cleanup_free_ char *reference = strndup(text, length), *value = NULL;
    _cleanup_(buf_free) struct buf masked;
    buf_init(&masked, TREE_BYTES_MAX);
    if (!reference)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = handed->expand(handed->context, reference, &value, err);
    if (rc)
        return rc;
    (void)mask_apply(value, &masked);
    if (strcmp(buf_text(&masked), value) != 0)
        return err_set(
            err, ERR_USAGE,
            "%s in what agents need is a secret, and they are told of it by their Redis; "
            "allowed: ${NAME}, set in the environment of each agent",
            reference);
    return buf_adds(out, value) ? err_set(err, ERR_MEMORY, "out of memory") : 0;
}

static int expand_text(const struct handed *handed, struct tree *tree, struct node *node,
                       struct err *err)
{
    _cleanup_(buf_free) struct buf out;
    buf_init(&out, TREE_BYTES_MAX);
    int rc = 0;
    for (const char *at = node->text; *at && !rc;) {
        size_t length = reference_length(at);
        rc = length ? expand_one(handed, at, length, &out, err) : 0;
        if (!length)
            (void)buf_add(&out, at, length = 1);
        at += length;
    }
    if (rc)
        return rc;
    node->text = tree_text(tree, buf_text(&out), out.used);
    return node->text && !out.failed ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

static int expand_all(const struct handed *handed, struct tree *tree, struct node *node,
                      struct err *err)
{
    int rc = 0;
    for (size_t i = 0; i < node->count && !rc; i++)
        rc = expand_all(handed, tree, node->entries[i].value, err);
    if (rc || node->kind != NODE_SCALAR || !strstr(node->text, "${"))
        return rc;
    return expand_text(handed, tree, node, err);
}

/* By the places that secrets stand in; a value that came from the environment is not in it. */
static int check_secrets(const struct handed *handed, const char *text, struct err *err)
{
    _cleanup_(buf_free) struct buf masked;
    buf_init(&masked, 2 * TREE_BYTES_MAX);
    if (mask_text(text, &masked))
        return err_set(err, ERR_MEMORY, "out of memory");
    if (!strcmp(buf_text(&masked), text))
        return 0;
    return err_set(err, ERR_USAGE,
                   "%s: a secret is written in what agents need, and they are told of it by their "
                   "Redis; allowed: ${NAME} in its place, set in the environment of each agent and "
                   "of this command",
                   handed->name);
}

int handed_make(const struct handed *handed, struct buf *ret_text, struct err *err)
{
    _cleanup_(tree_free) struct tree tree;
    tree_init(&tree);
    int rc = tree_parse(&tree, handed->name, handed->text, false, &tree.root, err);
    for (size_t i = 0; i < handed->sets_count && !rc; i++)
        rc = override_apply(&tree, handed->sets[i], err);
    if (rc)
        return rc;
    drop_others(tree.root);
    rc = expand_all(handed, &tree, tree.root, err);
    if (!rc && emit_yaml(tree.root, ret_text))
        rc = err_set(err, ERR_MEMORY, "out of memory");
    return rc ? rc : check_secrets(handed, buf_text(ret_text), err);
}
