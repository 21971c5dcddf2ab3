/* How many lines each CSV file of a run has, kept in result.json: what was cut off later, or lost a
 * line, is not judged as if it were whole. Main thread. */
#ifndef ARCHIVE_LENGTHS_H
#define ARCHIVE_LENGTHS_H

#include <jansson.h>

#include "base/err.h"
#include "model/run.h"

/* {"history.csv": 1000, …}, lines without the header; a file that is not written is not there. The
 * caller owns it; NULL when out of memory. */
json_t *lengths_of(const struct run *run);

/* Is what was loaded as long as the file of result.json says? NULL, as version 0.1.0 left it:
 * nobody knows. Errors: ERR_USAGE with the file. */
int lengths_check(const struct run *run, const json_t *lengths, const char *dir, struct err *err)
    __attribute__((warn_unused_result));

#endif
