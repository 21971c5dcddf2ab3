/* TLS towards a store: what a listener knows of it, and one connection that speaks it. The client
 * never sees it. One thread. */
#ifndef PROXY_TLS_H
#define PROXY_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct tls_trust; /* how a store is spoken to */

/* words: tls=require (any certificate), tls=verify-ca, tls=verify-full; ca=FILE, cert=FILE,
 * key=FILE, host=NAME of the certificate. No words: *ret_trust is NULL, for a store that is spoken
 * to in plain. Errors: ERR_USAGE, ERR_ENVIRONMENT. */
int tls_trust_open(char *const *words, unsigned count, struct tls_trust **ret_trust,
                   struct err *err) __attribute__((warn_unused_result));
void tls_trust_close(struct tls_trust *trust); /* NULL is fine */

struct tls;

enum tls_step {
    TLS_READ,  /* goes on when there is something to read … */
    TLS_WRITE, /* … or room to write */
    TLS_ON,    /* the handshake is over */
    TLS_LOST,  /* the connection is of no use any more */
};

/* For a connection that may still be on its way; the socket stays the caller's. prelude: what is
 * sent in plain before, at most 64 bytes; asks: the store answers it by one byte, S for yes. NULL:
 * no memory. */
struct tls *tls_open(const struct tls_trust *trust, int fd, const void *prelude, size_t length,
                     bool asks);
void tls_close(struct tls *tls); /* NULL is fine */

/* Goes on with the handshake, as far as it can; the last step again once it is on. */
enum tls_step tls_step(struct tls *tls);
enum tls_step tls_at(const struct tls *tls);
/* Of TLS_LOST, what a person can do about it; NULL: the connection was lost, no more. Static. */
const char *tls_reason(const struct tls *tls);

/* As recv and send are, with errno EAGAIN. */
ssize_t tls_recv(struct tls *tls, void *bytes, size_t length);
ssize_t tls_send(struct tls *tls, const void *bytes, size_t length);
void tls_end(struct tls *tls); /* nothing more is sent */

#endif
