/* Waiting until a child answers, without guessing how long that takes. Any thread. */
#ifndef STACK_READY_H
#define STACK_READY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/err.h"
#include "stack/child.h"
#include "stack/halt.h"

/* One look: true when it answers; otherwise why not, in a few words. */
typedef bool (*ready_probe)(void *context, char *ret_why, size_t size);

/* Looks again and again, from every millisecond to every 20 ms, until the probe is true of a child
 * that runs (or is done).
 * Errors: ERR_ENVIRONMENT with the tail of the log when the child ends or the time is up;
 * ERR_INTERRUPTED by halt_check. */
int ready_wait(struct child *child, ready_probe probe, void *context, ns_t timeout,
               struct halt *halt, struct err *err) __attribute__((warn_unused_result));

/* Waits for a program that ends by itself; its exit code must be 0. Same errors. */
int ready_wait_end(struct child *child, ns_t timeout, struct halt *halt, struct err *err)
    __attribute__((warn_unused_result));

/* "host:port" accepts connections; a URL answers 2xx to GET, on a unix socket or (NULL) the
 * network. ret_peer: who answered, family AF_UNSPEC when that is not known. */
bool ready_tcp(const char *address, struct sockaddr_storage *ret_peer, char *ret_why, size_t size);
bool ready_http(const char *url, const char *socket, struct sockaddr_storage *ret_peer,
                char *ret_why, size_t size);

#endif
