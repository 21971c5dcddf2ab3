/* A shelf: a directory that holds those of many runs, in any depth that people use. Main thread. */
#ifndef ARCHIVE_SHELF_H
#define ARCHIVE_SHELF_H

#include "base/err.h"

struct past_runs;

enum {
    SHELF_DEPTH = 4,  /* directories below the shelf: reports/<scenario>/<time> is 2 */
    SHELF_RUNS = 500, /* of one directory, the newest */
    SHELF_ALL = 1000, /* in all */
    SHELF_RESULT_BYTES = 64 * 1000000, /* what is larger is none of ours */
};

/* Reads the result.json of each run below root: of those that are in one directory the newest. No
 * link is followed. A directory that should hold a run and does not becomes a trouble. They come in
 * their order. Errors: ERR_ENVIRONMENT (root cannot be read), ERR_MEMORY. */
int shelf_read(const char *root, struct past_runs *ret_runs, struct err *err)
    __attribute__((warn_unused_result));

#endif
