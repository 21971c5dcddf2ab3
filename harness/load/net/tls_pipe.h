/* TLS of a client's connection over memory: what is to be sent comes out as bytes, which can be
 * kept back. Knows no socket. One thread a pipe; a context is read-only. */
#ifndef LOAD_TLS_PIPE_H
#define LOAD_TLS_PIPE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "load/http/message.h"

struct tls_pipe {
    SSL *ssl;           /* owned; NULL: closed */
    BIO *in, *out;      /* of ssl */
    const char *reason; /* why it is of no use any more; static */
    bool untrusted;     /* that is because of the certificate */
};

enum tls_shake { TLS_SHAKE_ON, TLS_SHAKE_DONE, TLS_SHAKE_FAILED };

/* As the message says whom to trust; offers HTTP/2, then HTTP/1.1. Errors: ERR_ENVIRONMENT,
 * ERR_MEMORY. */
int tls_context_new(const struct message *message, SSL_CTX **ret_context, struct err *err)
    __attribute__((warn_unused_result));

/* False: no memory. */
bool tls_pipe_open(struct tls_pipe *pipe, SSL_CTX *context, const struct target *target);
void tls_pipe_close(struct tls_pipe *pipe); /* all-zero is fine */

/* What has come from the wire, and the handshake's next step. What goes to the wire is appended to
 * ret_wire by each that has some. */
bool tls_pipe_feed(struct tls_pipe *pipe, const char *bytes, size_t length);
enum tls_shake tls_pipe_shake(struct tls_pipe *pipe, struct buf *ret_wire);
bool tls_pipe_chose_h2(const struct tls_pipe *pipe);

/* Plain bytes; 0: none for now, -1: there will be no more. */
ssize_t tls_pipe_read(struct tls_pipe *pipe, char *ret_bytes, size_t room, struct buf *ret_wire);
/* False: it is of no use any more. */
bool tls_pipe_write(struct tls_pipe *pipe, const char *bytes, size_t length, struct buf *ret_wire);

#endif
