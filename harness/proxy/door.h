/* Where clients come in: a listening socket, TCP on loopback or unix, and the
 * store that each client is led to. One a store and process, so that it is
 * known whose a connection is. */
#ifndef PROXY_DOOR_H
#define PROXY_DOOR_H

#include <sys/socket.h>

#include "base/err.h"
#include "proxy/gate.h"
#include "proxy/tls.h"

#define DOORS_MAX 255

/* /a/socket or HOST:PORT. */
struct place {
    struct sockaddr_storage address;
    socklen_t length;
    bool local; /* a unix socket */
};

struct door {
    struct watcher watcher;
    struct gate *gate;
    const struct framer_ops *ops;
    struct place listen, upstream;
    struct tls_trust *trust; /* owned; NULL: the store is spoken to in plain */
    uint8_t number;
    int fd;
    uint64_t refused; /* clients whose store could not be reached */
    char name[64];
    char text[128]; /* where it listens, with the port that the kernel gave */
};

/* words: a NAME, a PROTOCOL, LISTEN and UPSTREAM, and what tls_trust_open takes. HOST of LISTEN
 * must be a numeric address of loopback or absent; port 0 is any that is free. Upstream: each name
 * is looked up once, here. Errors: ERR_USAGE, ERR_ENVIRONMENT. */
int door_open(struct gate *gate, uint8_t number, char *const *words, unsigned count,
              struct door **ret_door, struct err *err) __attribute__((warn_unused_result));
void door_close(struct door *door); /* NULL is fine */

#endif
