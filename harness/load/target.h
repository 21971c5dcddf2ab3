/* The target: scheme, host and port of the scenario's URL, resolved once so that no name is looked
 * up while the load runs. Read-only after target_resolve. */
#ifndef LOAD_TARGET_H
#define LOAD_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

struct target {
    char host[256];
    uint16_t port;
    bool tls;
    bool loopback; /* every address is one of this machine's own */
    struct sockaddr_storage address;
    socklen_t address_length;
    char address_text[64]; /* "127.0.0.1", "::1" */
};

/* url may hold {{names}} after the host, not in it. The first address that getaddrinfo gives is
 * used. Errors: ERR_USAGE (not http or https, a template in the host), ERR_ENVIRONMENT (unknown
 * host). */
int target_resolve(const char *url, struct target *ret_target, struct err *err)
    __attribute__((warn_unused_result));

#endif
