/* A compiled request as the bytes of HTTP/1.1 (RFC 9112). Read-only once it is made. */
#ifndef LOAD_HTTP1_REQUEST_H
#define LOAD_HTTP1_REQUEST_H

#include "load/http/message.h"

struct http1_request {
    const struct message *message; /* borrowed */
    char *fixed; /* " HTTP/1.1", Host and what the scenario does not say itself; owned */
};

/* Can it be written so? Not over TLS, and not with headers that change the framing. */
bool http1_request_fits(const struct message *message);

/* Errors: ERR_MEMORY. An all-zero struct may be freed. */
int http1_request_init(struct http1_request *request, const struct message *message,
                       struct err *err) __attribute__((warn_unused_result));
void http1_request_free(struct http1_request *request);

size_t http1_request_room(const struct http1_request *request); /* bytes of the longest */

/* Writes the whole request and returns its length. ret_head: how much of it is the head. */
size_t http1_request_write(const struct http1_request *request,
                           const struct template_values *values, char *ret_bytes, size_t *ret_head);

#endif
