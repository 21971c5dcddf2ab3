/* A compiled request as the bytes of HTTP/1.1 (RFC 9112). Read-only once it is made. */
#ifndef LOAD_HTTP1_REQUEST_H
#define LOAD_HTTP1_REQUEST_H

#include "load/http/message.h"

/* To one instance of the service. */
struct http1_request {
    const struct message *message; /* borrowed */
    const struct message_instance *instance;
    char *fixed; /* " HTTP/1.1", Host and what the scenario does not say itself; owned */
};

/* Can it be written so? Not over TLS, and not with headers that change the framing. */
bool http1_request_fits(const struct message *message);

/* Errors: ERR_MEMORY. An all-zero struct may be freed. */
int http1_request_init(struct http1_request *request, const struct message *message,
                       unsigned instance, struct err *err) __attribute__((warn_unused_result));
void http1_request_free(struct http1_request *request);

/* One an instance of the message; ret_room: of the longest. Errors: ERR_MEMORY. */
int http1_requests_new(const struct message *message, struct http1_request **ret_requests,
                       size_t *ret_room, struct err *err) __attribute__((warn_unused_result));
void http1_requests_free(struct http1_request *requests, size_t count);

size_t http1_request_room(const struct http1_request *request); /* bytes of the longest */

/* Writes the whole request and returns its length. ret_head: how much of it is the head. */
size_t http1_request_write(const struct http1_request *request,
                           const struct template_values *values, char *ret_bytes, size_t *ret_head);

#endif
