/* A compiled request for libcurl: what its handles are told once, and what differs from request to
 * request. @thread the worker that owns the rendering. */
#ifndef LOAD_CURL_MESSAGE_H
#define LOAD_CURL_MESSAGE_H

#include <curl/curl.h>

#include "load/http/message.h"

/* One request's rendered texts, used again for the handle's next request. */
struct rendering {
    char *bytes; /* owned; all texts lie in it */
    char *url;
    char *method;
    char *body;                 /* NULL: none */
    struct curl_slist *headers; /* owned array, linked; borrowed by libcurl */
};

/* "host:port:address" of each instance, so that no name is looked up; NULL when there is none to
 * look up. Errors: ERR_MEMORY, and what there is of the list is the caller's. */
int curl_message_pin(const struct message *message, struct curl_slist **ret_resolve,
                     struct err *err) __attribute__((warn_unused_result));

int rendering_init(struct rendering *rendering, const struct message *message, struct err *err)
    __attribute__((warn_unused_result));
void rendering_free(struct rendering *rendering);

/* Options that stay as they are for every request of the handle. Errors: ERR_ENVIRONMENT (a file
 * that libcurl does not take). */
int curl_message_prepare(const struct message *message, struct rendering *rendering, CURL *easy,
                         struct err *err) __attribute__((warn_unused_result));

/* Renders the next request and sets what differs from the one before. */
void curl_message_render(const struct message *message, const struct message_instance *instance,
                         struct rendering *rendering, const struct template_values *values,
                         CURL *easy);

#endif
