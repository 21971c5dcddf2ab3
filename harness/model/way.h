/* A way to a store that leads by rushproof-proxy, of a service that the run does not start:
 * "LISTEN=UPSTREAM". Each is HOST:PORT, a port of this machine alone, or a unix socket's path;
 * UPSTREAM may also be an address of the store's kind (rediss://host:6380). Pure; any thread. */
#ifndef MODEL_WAY_H
#define MODEL_WAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct way {
    char listen[256];   /* HOST:PORT on this machine, or /a/socket */
    char upstream[512]; /* HOST:PORT, /a/socket or an address */
};

/* Errors: ERR_USAGE with what is allowed. */
int way_read(const char *text, struct way *ret_way, struct err *err)
    __attribute__((warn_unused_result));

/* Does an address of a store lead to the place where a way listens? port: the store's own, where
 * the address names none. */
bool way_is_at(const struct way *way, const char *url, int port);

#endif
