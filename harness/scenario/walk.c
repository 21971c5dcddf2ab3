#include "scenario/walk.h"

#include <stdarg.h>
#include <stdio.h>

int walk_complain(const struct walk *walk, int line, const struct place *place, const char *format,
                  ...)
{
    char what[ERR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    const char *path = place->shown;
    return tree_error(walk->name, line, walk->err, "%s%s%s", path, *path ? ": " : "", what);
}

int walk_out_of_memory(const struct walk *walk)
{
    return err_set(walk->err, ERR_MEMORY, "out of memory");
}

const char *walk_kind(const struct node *node)
{
    return node->kind == NODE_MAP ? "a mapping" : node->kind == NODE_LIST ? "a list" : "a text";
}
