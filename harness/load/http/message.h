/* The scenario's request, compiled once: what it consists of, as templates. Each transport encodes
 * it in its own way. Read-only after message_resolve; any thread may use it. The layout is public
 * for those who encode. */
#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

#include <stdbool.h>

#include "base/err.h"
#include "load/http/grpc.h"
#include "load/http/target.h"
#include "load/http/template.h"
#include "model/history.h"
#include "model/spec.h"

/* What a transport can hold back in one piece: below MAX_INITIAL_POST_SIZE (64 KB) of libcurl 7.88,
 * with room for the head. */
#define MESSAGE_BODY_MAX 60000

struct message_header {
    struct template *line; /* "Name: value", or "Name:" when it is */
    bool empty;
};

/* Where one instance of the service is, and how its URL is made. */
struct message_instance {
    struct target target;
    struct template *url;
    struct template
        *path; /* the URL from its path on, without fragment; NULL: none could be told */
};

struct message {
    const struct spec_request *request; /* borrowed */
    struct message_instance *instances; /* one at least; all with TLS or none */
    unsigned instances_count;
    struct source_pool *sources; /* owned; NULL: the kernel chooses where connections come from */
    struct feeder feeder;
    struct template *method;
    struct template *body; /* NULL: none */
    struct grpc *grpc;     /* what the body, which is JSON, is sent as; NULL: as it is */
    struct message_header *headers;
    size_t headers_count;
    bool posts; /* says how long its body is even when there is none */
    bool tls;
    bool http2; /* HTTP/2 is spoken, or offered as long as the target has not chosen */
    struct message_peer {
        uint32_t streams; /* that it takes at once on a connection */
        size_t window;    /* bytes of bodies that it takes there before it has read any */
    } peer;               /* over HTTP/2: what the target has said of itself */
    bool uses_uuid;
    char *ca, *cert, *key; /* whole paths or NULL */
};

/* Of a body of JSON or a form that does not say what it is: as what it is sent; NULL: it says so,
 * or is neither. */
const char *message_default_type(const struct spec_request *request);

/* How values in the body are escaped: by what the body says it is, else by what it looks like. */
enum escape message_body_escape(const struct spec_request *request);

/* request is borrowed. dir: where relative file names are looked up. items: NULL where nobody asks
 * for any. prepared: what users
 * have captured, a row a user, or NULL; not needed any more afterwards. Errors: ERR_USAGE,
 * ERR_ENVIRONMENT, ERR_MEMORY. */
int message_compile(const struct spec_request *request, const char *dir,
                    const struct roster *roster, const struct items *items,
                    const struct feeder *prepared, struct message **ret_message, struct err *err)
    __attribute__((warn_unused_result));

/* Fills targets, sources, tls and http2 (as it is asked for); the URL has no references (${apply})
 * left. Errors: ERR_USAGE, ERR_ENVIRONMENT. */
int message_resolve(struct message *message, struct err *err) __attribute__((warn_unused_result));
void message_free(struct message *message);

/* Has the feeder a row for each of so many users, and is it said whose each is? Errors: ERR_USAGE.
 * count: SIZE_MAX when nobody knows how many. */
int message_check_users(const struct message *message, const struct spec_users *users, size_t count,
                        struct err *err) __attribute__((warn_unused_result));

/* What was read of files and stands in the templates now is no longer kept beside them. */
void message_settle(struct message *message);

/* The instance that a record's request goes to. */
static inline const struct message_instance *message_instance(const struct message *message,
                                                              const struct request *record)
{
    return &message->instances[record->instance ? record->instance - 1U : 0];
}

/* "127.0.0.1:8080, 127.0.0.1:8081": as target_describe, of all. Returns ret_text. */
char *message_describe(const struct message *message, char *ret_text, size_t size);

size_t message_body_room(const struct message *message); /* the longest body, in bytes */
size_t message_url_room(const struct message *message);  /* of the longest URL, its NUL counted */
size_t message_room(const struct message *message); /* all texts of the longest request, in bytes */
bool message_is_head(const struct message *message); /* responses have no body */
bool message_has_header(const struct message *message, const char *name);

#endif
