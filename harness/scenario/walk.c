#include "scenario/walk.h"

#include <stdarg.h>
#include <stdio.h>

enum { PATH_BYTES_MAX = 400 };

static void spell(const struct place *place, struct buf *path)
{
    if (!place)
        return;
    spell(place->outer, path);
    (void)buf_adds(path, path->used ? "." : "");
    if (place->key)
        (void)buf_adds(path, place->key);
    else
        (void)buf_addf(path, "%zu", place->number);
}

int walk_complain(const struct walk *walk, int line, const struct place *place, const char *format,
                  ...)
{
    char what[ERR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    spell(place, &path);
    int rc = tree_error(walk->name, line, walk->err, "%s%s%s", buf_text(&path),
                        path.used ? ": " : "", what);
    buf_free(&path);
    return rc;
}

int walk_refuse_word(const struct walk *walk, int line, const struct place *place,
                     const char *subject, const char *guess, const char *allowed)
{
    if (guess)
        return walk_complain(walk, line, place, "%s; did you mean '%s'? allowed: %s", subject,
                             guess, allowed);
    return walk_complain(walk, line, place, "%s; allowed: %s", subject, allowed);
}

int walk_out_of_memory(const struct walk *walk)
{
    return err_set(walk->err, ERR_MEMORY, "out of memory");
}

const char *walk_kind(const struct node *node)
{
    return node->kind == NODE_MAP ? "a mapping" : node->kind == NODE_LIST ? "a list" : "a text";
}
