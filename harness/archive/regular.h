/* Files that came from somewhere: what is no plain file is refused, and nothing waits for a pipe.
 */
#ifndef ARCHIVE_REGULAR_H
#define ARCHIVE_REGULAR_H

#include <stdio.h>

#include "base/err.h"

/* NULL: err tells why (ERR_USAGE). */
FILE *regular_open(const char *path, struct err *err);

#endif
