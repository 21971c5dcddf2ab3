/* What a compiled message is made of: for message.c and message_wire.c only. */
#ifndef LOAD_MESSAGE_PARTS_H
#define LOAD_MESSAGE_PARTS_H

#include "load/http/message.h"

/* The same request for a wire. */
struct message_wire {
    bool fits;
    bool posts;            /* says Content-Length even without a body */
    struct template *path; /* path and query */
    char *fixed;           /* " HTTP/1.1", Host and what the scenario does not give itself; owned */
    struct template **lines; /* the scenario's headers as "Name: value\r\n"; owned */
    size_t lines_count;
};

struct message {
    struct target target;
    struct feeder feeder;
    const char *feeder_name;              /* borrowed */
    struct template *method, *url, *body; /* body: NULL when none */
    struct template **headers; /* in libcurl's notation: "Name: value", "Name;", "Name:" */
    size_t headers_count;
    bool uses_uuid, http2, insecure;
    char *ca, *cert, *key;      /* whole paths or NULL */
    struct curl_slist *resolve; /* "host:port:address" */
    struct message_wire wire;
};

/* After everything else was compiled. Errors: ERR_MEMORY, ERR_USAGE. */
int message_wire_compile(struct message *message, const struct spec_request *request,
                         struct err *err) __attribute__((warn_unused_result));
void message_wire_free(struct message_wire *wire);

/* The scenario's own header of that name, or NULL. */
const char *message_find_header(const struct spec_request *request, const char *name);

/* Does a request of that method say how long its body is even when there is none? */
bool message_method_posts(const char *method, bool has_body);

#endif
