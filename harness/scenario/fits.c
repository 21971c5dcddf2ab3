#include "scenario/fits.h"

#include <stdarg.h>
#include <stdio.h>

int fits_refuse(const struct fits *fits, const char *path, const char *format, ...)
{
    char what[ERR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    int line = node_nearest(fits->tree->root, path)->line;
    return tree_error(fits->name, line, fits->err, "%s: %s", path, what);
}

struct fits_path fits_path(const char *list, unsigned number, const char *rest)
{
    struct fits_path path;
    snprintf(path.text, sizeof path.text, "%s.%u%s", list, number, rest);
    return path;
}

int fits_check(const struct fits *fits)
{
    static int (*const parts[])(const struct fits *) = {
        fits_stack,     fits_between, fits_setup,  fits_processes,  fits_request, fits_grpc,
        fits_responses, fits_decide,  fits_items,  fits_actions,    fits_load,    fits_evidence,
        fits_drain,     fits_expect,  fits_faults, fits_references,
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !rc; i++)
        rc = parts[i](fits);
    return rc;
}
