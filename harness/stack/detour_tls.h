/* What an address says of TLS, in the words of each store's clients, as rushproof-proxy is told it.
 * Pure; any thread. */
#ifndef STACK_DETOUR_TLS_H
#define STACK_DETOUR_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/uri.h"

/* server: "redis", "postgres" or "mysql"; host: that the address leads to. ret_words: "tls=require
 * ca=FILE …", "" for plain. Errors: ERR_ENVIRONMENT for what only an end of TLS can give,
 * ERR_USAGE. */
int detour_tls_read(const char *server, const struct uri *uri, const char *host, char *ret_words,
                    size_t size, struct err *err) __attribute__((warn_unused_result));

/* Is this key of a query about TLS? */
bool detour_tls_owns(const char *key);

#endif
