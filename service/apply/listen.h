/* Listening sockets, several on one port: the kernel spreads connections over them. Main thread. */
#ifndef APPLY_LISTEN_H
#define APPLY_LISTEN_H

#include <stddef.h>

#include "base/err.h"
#include "common/hostport.h"

/* Opens count non-blocking sockets that listen on the same port, and tells where it is. A port
 * on which somebody already listens is refused: with SO_REUSEPORT the kernel would share it
 * silently. Errors: ERR_ENVIRONMENT; then nothing is open. */
int listen_open(const struct hostport *at, int backlog, size_t count, int *ret_fds,
                struct hostport *ret_at, struct err *err) __attribute__((warn_unused_result));

#endif
