/* Files that a scenario names: beside the scenario's file, unless the path is absolute. */
#ifndef LOAD_LOCATE_H
#define LOAD_LOCATE_H

#include "base/err.h"

/* The whole path of a file that can be read; the caller frees it. name NULL: nothing is done.
 * Errors: ERR_USAGE, ERR_MEMORY. */
int locate(const char *dir, const char *name, char **ret_path, struct err *err)
    __attribute__((warn_unused_result));

#endif
