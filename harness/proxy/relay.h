/* One client's connection and the one that the proxy opened for it: bytes from
 * each to the other, read by a framer on their way, and kept back where the
 * hold says so. */
#ifndef PROXY_RELAY_H
#define PROXY_RELAY_H

#include "proxy/gate.h"
#include "proxy/outlet.h"
#include "proxy/tls.h"

/* Bytes that may wait in one direction before no more are read. */
#define RELAY_WAITING_MAX (512 * 1024)

#define RELAY_ASKED 64

struct relay_end {
    struct watcher watcher;
    struct relay *relay;
    int fd;
    enum framer_side side; /* who is at this end */
    uint32_t events;       /* that the loop waits for */
    bool eof;              /* nothing more comes from here */
    bool shut;             /* the other end was told so */
};

struct relay {
    struct gate *gate;
    const struct framer_ops *ops;
    struct framer *framer;
    const struct tls_trust
        *trust;      /* of the listener, borrowed; NULL: the store is spoken to in plain */
    struct tls *tls; /* to the store; NULL: in plain, so far */
    struct relay_end ends[2];
    struct outlet outlets[2]; /* by who wrote */
    uint64_t came[2];         /* bytes, by who wrote */
    uint64_t cut;             /* of the server's stream: nothing behind it goes; UINT64_MAX:
                                 none */
    uint64_t key;             /* by which a CancelRequest names it */
    unsigned number;          /* of the slot; of all that are open, its own */
    uint32_t serial;          /* of all that ever were, its own */
    uint8_t door;
    bool closed, ending, listed;
    unsigned inside;         /* statements without an answer */
    ns_t asked[RELAY_ASKED]; /* when a statement was, by its number */
    struct relay *next_due, *next_ended;
};

/* Takes both sockets, non-blocking, over, whatever comes of it. false: no
 * memory. */
bool relay_open(struct gate *gate, const struct framer_ops *ops, const struct tls_trust *trust,
                uint8_t door, int client, int server);
/* Goes over to TLS towards the store, after these bytes in plain. false: no memory. */
bool relay_secure(struct relay *relay, const void *prelude, size_t length);
void relay_close(struct relay *relay); /* NULL is fine */

void relay_let_go(struct relay *relay); /* its cut is open; the loop flushes it */
void relay_flush(struct relay *relay);  /* sends what may go */

#endif
