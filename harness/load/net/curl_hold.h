/* Holding what libcurl writes: its bytes are caught on their way into the socket, after TLS, and
 * handed to the holder. So gates hold whatever libcurl speaks.
 * @thread the worker that owns the transport. */
#ifndef LOAD_CURL_HOLD_H
#define LOAD_CURL_HOLD_H

#include "load/net/curl_parts.h"

/* Errors: ERR_MEMORY, ERR_ENVIRONMENT. */
int curl_hold_prepare(struct curl_transport *transport, struct err *err)
    __attribute__((warn_unused_result));

/* libcurl is about to write this one's request. Returns 0, or -1: it fails. */
int curl_hold_catch(struct curl_line *line);

/* libcurl closes this descriptor. If a request was just being caught on it, it is not any more. */
void curl_hold_drop(struct curl_transport *transport, int fd);

/* Every connection has its descriptor again. */
void curl_hold_end(struct curl_transport *transport);

#endif
