/* The library: scenarios by name, wherever they are kept. Main thread only.
 *
 * A name is a path below one of the library's directories, without ".yaml": "kafka",
 * "faults/kill-redis". The directories, in this order: $RUSHPROOF_SCENARIOS, ./scenarios, the share
 * directory of the installed program, the source tree around a program that was built in it. */
#ifndef SCENARIO_LIBRARY_H
#define SCENARIO_LIBRARY_H

#include <stddef.h>

#include "base/err.h"

struct library_entry {
    char *name;
    char *path;
    char *description; /* on one line; what is wrong with it when it cannot be read; never NULL */
};

struct library {
    struct library_entry *v; /* owned; sorted by name; the first directory that has a name counts */
    size_t count;
    size_t room;
};

/* All scenarios. Directories that are not there have none. Errors: ERR_MEMORY. */
int library_list(const char *program_dir, struct library *ret_library, struct err *err)
    __attribute__((warn_unused_result));
void library_free(struct library *library);

/* The file of a scenario given by path or by name; the caller frees *ret_path. Errors: ERR_USAGE,
 * with the name that may have been meant; ERR_MEMORY. */
int library_find(const char *program_dir, const char *name, char **ret_path, struct err *err)
    __attribute__((warn_unused_result));

#endif
