/* The target: scheme, host and port of the scenario's URL, resolved once so that no name is looked
 * up while the load runs. Read-only after target_resolve. */
#ifndef LOAD_TARGET_H
#define LOAD_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "load/http/source_pool.h"
#include "model/run.h"

struct target {
    char host[256]; /* without brackets */
    bool local;     /* a unix socket leads there, `addresses` names it */
    bool literal;   /* it is an address, no name */
    uint16_t port;
    bool tls;
    bool loopback; /* every address is one of this machine's own */
    struct sockaddr_storage address;
    socklen_t address_length;
    char address_text[64];       /* "127.0.0.1", "::1"; "" of a unix socket */
    char addresses[256];         /* that one, or all that were tried: "::1, 127.0.0.1" */
    struct source_pool *sources; /* borrowed: where connections to it come from; NULL: the kernel
                                    chooses */
    unsigned instance;           /* which one it is there */
};

/* Scheme, host and port of a URL; looks nothing up. Errors: ERR_USAGE (no scheme, another one than
 * http and https, no host, a port that is none, a template in the host). */
int target_parse(const char *url, struct target *ret_target, struct err *err)
    __attribute__((warn_unused_result));

/* url may hold {{names}} after the host, not in it. socket: a unix socket's path, or NULL. Of
 * several addresses the first one that accepts a connection is used, or the first one when none
 * does. Errors: as above, ERR_ENVIRONMENT (unknown host). */
int target_resolve(const char *url, const char *socket, struct target *ret_target, struct err *err)
    __attribute__((warn_unused_result));

/* A socket to connect to it with, close-on-exec and without Nagle's delay; flags: more for socket.
 * -1: errno says why there is none. */
int target_socket(const struct target *target, int flags);

/* Does anybody still listen there? Opens one connection, to the first address of the name that
 * takes it, and closes it; sends nothing. Waits for each address as long as a full backlog may
 * take. Where this machine cannot open a connection, nobody looked. */
void target_look(const char *url, const char *socket, struct target_info *ret_info);

/* "127.0.0.1:8080", a name with what it stands for: "localhost:8080 (::1, 127.0.0.1)", or
 * "unix:/run/shop.sock". Returns ret_text. */
char *target_describe(const struct target *target, char *ret_text, size_t size);

#endif
