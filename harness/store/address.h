/* Network addresses: all that a name stands for, and where an open connection leads. Any thread. */
#ifndef STORE_ADDRESS_H
#define STORE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define ADDRESSES_MAX 16

struct addresses {
    char v[ADDRESSES_MAX][64]; /* numeric: "127.0.0.1", "::1" */
    unsigned count;
};

/* Every address of a host, in the system's order. Asks the name server, so it may take its time.
 * Errors: ERR_ENVIRONMENT, with the host's name. */
int address_find(const char *host, struct addresses *ret_addresses, struct err *err)
    __attribute__((warn_unused_result));

/* Whether a connected socket leads to this machine by a unix socket or loopback. What cannot be
 * told does not. ret_text names the other end: "10.0.0.1:5432", "a unix socket". */
bool address_peer_is_local(int fd, char *ret_text, size_t size);

#endif
