#include "scenario/scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/mask.h"
#include "scenario/bind.h"
#include "scenario/derive.h"
#include "scenario/fits.h"
#include "scenario/interpolate.h"
#include "scenario/override.h"
#include "scenario/secrets.h"
#include "scenario/tree.h"

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    if (value)
        secrets_learn_reference(name, value);
    return value;
}

/* lookup is NULL for what is resolved already: nothing is filled in. */
static int interpolate_node(struct tree *tree, const char *name, struct node *node,
                            interpolate_lookup *lookup, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; i < node->count && !rc; i++)
        rc = interpolate_node(tree, name, node->entries[i].value, lookup, err);
    if (rc || node->kind != NODE_SCALAR || !strchr(node->text, '$'))
        return rc;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, TREE_BYTES_MAX);
    struct err why;
    if (interpolate_text(node->text, lookup, &text, &why))
        return tree_error(name, node->line, err, "%s", why.message);
    node->text = tree_text(tree, buf_text(&text), text.used);
    return node->text ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

/* Where a scenario comes from. */
struct source {
    const char *name, *text;
    const char *const *sets;
    size_t sets_count;
    interpolate_lookup *lookup; /* of ${NAME}; NULL: nothing is filled in */
};

/* From text to a tree, resolved. */
static int prepare(struct tree *tree, const struct source *source, struct err *err)
{
    const char *name = source->name;
    int rc = tree_parse(tree, name, source->text, false, &tree->root, err);
    if (!rc && !tree->root)
        rc = err_set(err, ERR_USAGE, "%s: is empty; allowed: a mapping with name, limit, request …",
                     name);
    if (!rc && tree->root->kind != NODE_MAP)
        rc = tree_error(name, tree->root->line, err,
                        "is no mapping; allowed: a mapping with name, limit, request …");
    for (size_t i = 0; i < source->sets_count && !rc; i++)
        rc = override_apply(tree, source->sets[i], err);
    if (!rc)
        rc = interpolate_node(tree, name, tree->root, source->lookup, err);
    if (!rc)
        secrets_learn_tree(tree->root);
    return rc;
}

/* Messages quote what is wrong, so the secrets of a text are known before it is read. */
static void learn(const struct source *source)
{
    mask_learn(source->text);
    for (size_t i = 0; i < source->sets_count; i++)
        mask_learn(source->sets[i]);
}

static int load(const struct source *source, struct scenario **ret_scenario, struct err *err)
{
    const char *name = source->name;
    learn(source);
    if (strlen(source->text) > TREE_BYTES_MAX)
        return err_set(err, ERR_USAGE, "%s: is larger than a scenario can be; allowed: 1 MiB",
                       name);
    _cleanup_(tree_free) struct tree tree;
    tree_init(&tree);
    struct scenario *scenario = NULL;
    int rc = prepare(&tree, source, err);
    if (!rc)
        rc = bind_tree(&tree, name, &scenario, err);
    if (!rc)
        rc = derive_defaults(scenario, &tree, err);
    const struct fits fits = {scenario, &tree, name, err};
    if (!rc)
        rc = fits_check(&fits);
    if (!rc && source->lookup)
        rc = fits_readable(&fits);
    if (rc)
        bind_free(scenario);
    else
        *ret_scenario = scenario;
    return rc;
}

int scenario_load_text(const char *name, const char *text, const char *const *sets,
                       size_t sets_count, struct scenario **ret_scenario, struct err *err)
{
    const struct source source = {name, text, sets, sets_count, from_environment};
    return load(&source, ret_scenario, err);
}

int scenario_load_resolved(const char *name, const char *text, const char *const *sets,
                           size_t sets_count, struct scenario **ret_scenario, struct err *err)
{
    const struct source source = {name, text, sets, sets_count, NULL};
    return load(&source, ret_scenario, err);
}

int scenario_read(const char *path, struct buf *ret_text, struct err *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat))
        return err_errno(err, ERR_USAGE, errno, "%s", path);
    if (S_ISDIR(stat.st_mode))
        return err_set(err, ERR_USAGE, "%s: is a directory; allowed: a scenario's file", path);
    if (stat.st_size > (off_t)TREE_BYTES_MAX)
        return err_set(err, ERR_USAGE, "%s: is larger than a scenario can be; allowed: 1 MiB",
                       path);
    char bytes[16384];
    for (;;) {
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got < 0)
            return err_errno(err, ERR_USAGE, errno, "%s", path);
        if (got == 0)
            break;
        if (buf_add(ret_text, bytes, (size_t)got))
            return err_set(err, ERR_USAGE, "%s: is larger than a scenario can be; allowed: 1 MiB",
                           path);
    }
    if (strlen(buf_text(ret_text)) != ret_text->used)
        return err_set(err, ERR_USAGE, "%s:%d: not UTF-8 text", path, 1);
    return 0;
}

int scenario_load(const char *path, const char *const *sets, size_t sets_count,
                  struct scenario **ret_scenario, struct err *err)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, TREE_BYTES_MAX);
    int rc = scenario_read(path, &text, err);
    return rc ? rc : scenario_load_text(path, buf_text(&text), sets, sets_count, ret_scenario, err);
}

void scenario_free(struct scenario *scenario)
{
    bind_free(scenario);
}
