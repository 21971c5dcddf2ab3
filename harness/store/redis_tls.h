/* Redis over TLS: libcurl opens the connection and shakes hands, hiredis reads what comes through
 * it. Debian's hiredis has no TLS of its own. Any thread; a connection belongs to one. */
#ifndef STORE_REDIS_TLS_H
#define STORE_REDIS_TLS_H

#include "base/clock.h"
#include "base/err.h"
#include "base/uri.h"

struct redis_tls;
struct redisReply;

/* Connects within wait, which bounds each later answer too. The address may say, as redis-py's
 * does: ssl_ca_certs=PATH, ssl_certfile=PATH, ssl_keyfile=PATH, ssl_cert_reqs=none. NULL: err says
 * why. */
struct redis_tls *redis_tls_open(const struct uri *uri, int port, ns_t wait, struct err *err);
void redis_tls_close(struct redis_tls *tls);

/* sizes: of the words, or NULL for texts. NULL: ret_why says what was wrong; the connection is of
 * no use any more. */
struct redisReply *redis_tls_ask(struct redis_tls *tls, int count, const char **words,
                                 const size_t *sizes, char *ret_why, size_t size);

int redis_tls_socket(const struct redis_tls *tls);

#endif
