/* result.json read back: what of struct run is in no CSV file. Main thread. */
#ifndef ARCHIVE_RESULT_LOAD_H
#define ARCHIVE_RESULT_LOAD_H

#include <jansson.h>

#include "base/err.h"
#include "model/run.h"

/* Fills run (initialised, its scenario set) from the file, history.origin first of all. Errors:
 * ERR_USAGE with the file's name, and the line or the key. On failure run stays fit for run_free.
 * ret_lengths: see lengths_check; NULL when the file has none; the caller's. */
int result_load(const char *path, struct run *run, json_t **ret_lengths, struct err *err)
    __attribute__((warn_unused_result));

/* A text that lives until the end of the program, the same pointer for equal texts: the names of
 * checks and witnesses are static everywhere else. NULL when out of memory. */
const char *intern_text(const char *text);

#endif
