/* A compiled request as the fields of HTTP/2 (RFC 9113, 8.3). Read-only once it is made. */
#ifndef LOAD_HTTP2_REQUEST_H
#define LOAD_HTTP2_REQUEST_H

#include <nghttp2/nghttp2.h>

#include "load/http/message.h"

/* To one instance of the service. */
struct http2_request {
    const struct message *message; /* borrowed */
    const struct message_instance *instance;
    char authority[300];
};

/* One of them with a user's values in it. */
struct http2_fields {
    nghttp2_nv *v; /* owned */
    size_t count;
    char *bytes; /* owned; all texts */
    const char *body;
    size_t body_length;
};

/* Can it be written so? Not when nobody could tell the path from the URL. */
bool http2_request_fits(const struct message *message);

void http2_request_init(struct http2_request *request, const struct message *message,
                        unsigned instance);

/* Room for the longest of a message's requests. Errors: ERR_MEMORY. All-zero ones may be freed. */
int http2_fields_init(struct http2_fields *fields, const struct message *message, struct err *err)
    __attribute__((warn_unused_result));
void http2_fields_free(struct http2_fields *fields);

/* What differs from request to request is never put into the peer's table (RFC 7541, 6.2.2): there
 * it would drive out what all have in common. False: a value is none of its field's kind. */
bool http2_request_write(const struct http2_request *request, const struct template_values *values,
                         struct http2_fields *ret_fields);

#endif
