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

/* Runs statements one by one, up to a NULL. ERR_ENVIRONMENT with the server's message. */
int pqlink_run(const char *url, const char *const *statements, struct err *err);

#endif
