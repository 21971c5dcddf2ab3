/* A store's address, led elsewhere: where it points to, and the same address with another place in
 * it, everything else as it was written. Pure; any thread. */
#ifndef STACK_DETOUR_H
#define STACK_DETOUR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct detour {
    char protocol[16];  /* as rushproof-proxy calls it */
    char upstream[320]; /* HOST:PORT or /a/socket */
    bool local;         /* a unix socket */
    bool several;       /* hosts, of which a client chooses one: not to be led */
    char tls[1024];     /* what rushproof-proxy is told of it, "tls=require …"; "": in plain */
    char socket[32];    /* the name that a client gives its socket in a directory; "": any */
    char key[8];        /* what of the query holds the socket; "": nothing does */
};

/* Is it a store whose protocol the proxy can read? server: its key in `stack`. */
bool detour_knows(const char *server);

/* Of the store's address, or of its place alone (HOST:PORT, /a/socket). Errors: ERR_USAGE for what
 * cannot be led through the proxy (no host), ERR_ENVIRONMENT for a client that insists on what only
 * an end of TLS can give. */
int detour_read(const char *server, const char *url, struct detour *ret_detour, struct err *err)
    __attribute__((warn_unused_result));

/* The address with `place` (127.0.0.1:PORT, or a socket's path where it was one) in place of its
 * own, and without TLS, which the proxy speaks. Errors: ERR_USAGE: too long. */
int detour_write(const struct detour *detour, const char *url, const char *place, char *ret_url,
                 size_t size, struct err *err) __attribute__((warn_unused_result));

#endif
