/* Short visits to Postgres. Any thread. */
#ifndef STACK_PQLINK_H
#define STACK_PQLINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* True when it takes a connection and a query; fills its version. Otherwise says why not; libpq's
 * messages hold no password. Waits at most two seconds for the connection. */
bool pqlink_version(const char *url, char *ret_version, size_t version_size, char *ret_why,
                    size_t why_size);

/* The next statement to run; NULL: no more. */
typedef const char *(*pqlink_next)(void *context);
/* Is asked with the socket of the open connection before anything is run; NULL: not asked. */
typedef int (*pqlink_check)(void *context, int fd, struct err *err);

/* Runs statements one by one. missing_is_fine: one whose table does not exist has nothing to do.
 * ERR_ENVIRONMENT with the server's message, or what check says. */
int pqlink_run(const char *url, pqlink_check check, pqlink_next next, void *context,
               bool missing_is_fine, struct err *err);

#endif
