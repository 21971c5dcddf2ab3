/* The index page of a directory of runs: reports/index.html. Main thread. */
#ifndef HARNESS_INDEX_H
#define HARNESS_INDEX_H

#include <stddef.h>

#include "base/err.h"

struct index_told {
    char page[4096];    /* where it was written */
    size_t troubles;    /* directories that should have held a run */
    char trouble[1024]; /* the first of them: "kafka/20261126T…: no result.json" */
};

/* path NULL: index.html in the directory. An index.html there that somebody else wrote stays as it
 * is. Errors: ERR_USAGE (no run in it, or not ours), ERR_ENVIRONMENT, ERR_MEMORY. */
int index_write(const char *dir, const char *path, struct index_told *ret_told, struct err *err)
    __attribute__((warn_unused_result));

/* After a run: what is in the way is told on stderr, and is no error. */
void index_update(const char *dir);

#endif
