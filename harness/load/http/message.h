/* The scenario's request, compiled: templates of method, URL, headers and body, and the options
 * that every libcurl handle gets once. Read-only after message_compile; any thread may use it. */
#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "base/err.h"
#include "load/http/target.h"
#include "load/http/template.h"
#include "model/spec.h"

/* What libcurl sends together with the head in one write; a gate that holds whole requests needs
 * that. Below MAX_INITIAL_POST_SIZE (64 KB) of libcurl 7.88, with room for the head. */
#define MESSAGE_BODY_MAX 60000

struct message;

/* One request's rendered texts. Owned by one transfer, used again for its next request. */
struct rendering {
    char *bytes; /* owned; all texts lie in it */
    char *url;
    char *method; /* NULL: constant, set once */
    char *body;   /* NULL: none */
    size_t body_length;
    struct curl_slist *headers; /* owned array, linked; borrowed by libcurl */
};

/* dir: where relative file names are looked up. Errors: ERR_USAGE, ERR_ENVIRONMENT, ERR_MEMORY. */
int message_compile(const struct spec_request *request, const char *dir,
                    const struct roster *roster, struct message **ret_message, struct err *err)
    __attribute__((warn_unused_result));
void message_free(struct message *message);

const struct target *message_target(const struct message *message);
bool message_http2(const struct message *message);
bool message_uses_uuid(const struct message *message);
/* Has the feeder a row for each of so many users? Errors: ERR_USAGE. users: SIZE_MAX when nobody
 * knows how many. */
int message_check_users(const struct message *message, size_t users, struct err *err)
    __attribute__((warn_unused_result));
size_t message_body_room(const struct message *message); /* the longest body, in bytes */
size_t message_room(const struct message *message); /* all texts of the longest request, in bytes */

/* Can a wire carry it: plain HTTP, and nothing in it that only libcurl knows? */
bool message_fits_wire(const struct message *message);
bool message_is_head(const struct message *message); /* responses have no body */
size_t
message_wire_room(const struct message *message); /* bytes of the longest request on a wire */
/* Writes the whole request as it goes over the wire; returns its length. */
size_t message_write(const struct message *message, const struct template_values *values,
                     char *ret_bytes);

int rendering_init(struct rendering *rendering, const struct message *message, struct err *err)
    __attribute__((warn_unused_result));
void rendering_free(struct rendering *rendering);

/* Options that stay as they are for every request of the handle. Errors: ERR_ENVIRONMENT (a file
 * that libcurl does not take), ERR_MEMORY. */
int message_prepare(const struct message *message, struct rendering *rendering, CURL *easy,
                    struct err *err) __attribute__((warn_unused_result));

/* Renders the next request and sets what differs from the one before. */
void message_render(const struct message *message, struct rendering *rendering,
                    const struct template_values *values, CURL *easy);

#endif
