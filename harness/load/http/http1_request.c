#include "load/http/http1_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/uri.h"

enum { FIXED_MAX = 4096, LENGTH_ROOM = 64 };

bool http1_request_fits(const struct message *message)
{
    static const char *const special[] = {"Transfer-Encoding", "Content-Length", "Expect",
                                          "Connection"};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (message_has_header(message, special[i]))
            return false;
    for (unsigned i = 0; i < message->instances_count; i++)
        if (!message->instances[i].path)
            return false;
    return !message->tls && !message->http2;
}

int http1_request_init(struct http1_request *request, const struct message *message,
                       unsigned instance, struct err *err)
{
    const struct target *target = &message->instances[instance].target;
    struct buf text;
    buf_init(&text, FIXED_MAX);
    buf_adds(&text, " HTTP/1.1\r\n");
    if (!message_has_header(message, "Host")) {
        char place[300];
        uri_place(target->host, target->port == 80 ? 0 : target->port, place, sizeof place);
        buf_addf(&text, "Host: %s\r\n", place);
    }
    if (!message_has_header(message, "User-Agent"))
        buf_adds(&text, "User-Agent: rushproof/" RUSHPROOF_VERSION "\r\n");
    if (!message_has_header(message, "Accept"))
        buf_adds(&text, "Accept: */*\r\n");
    char *fixed = text.failed ? NULL : buf_steal(&text);
    buf_free(&text);
    *request = (struct http1_request){message, &message->instances[instance], fixed};
    return fixed ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

void http1_request_free(struct http1_request *request)
{
    free(request->fixed);
    request->fixed = NULL;
}

size_t http1_request_room(const struct http1_request *request)
{
    const struct message *message = request->message;
    return message_room(message) + template_room(request->instance->path) + strlen(request->fixed) +
           LENGTH_ROOM;
}

static char *put_length(char *out, size_t length)
{
    char digits[24];
    size_t used = sizeof digits;
    do {
        digits[--used] = (char)('0' + length % 10);
        length /= 10;
    } while (length);
    out = mempcpy(out, "Content-Length: ", 16);
    out = mempcpy(out, digits + used, sizeof digits - used);
    return mempcpy(out, "\r\n", 2);
}

size_t http1_request_write(const struct http1_request *request,
                           const struct template_values *values, char *ret_bytes, size_t *ret_head)
{
    const struct message *message = request->message;
    char *out = ret_bytes;
    out += template_render(message->method, values, out);
    *out++ = ' ';
    out += template_render(request->instance->path, values, out);
    out = stpcpy(out, request->fixed);
    for (size_t i = 0; i < message->headers_count; i++) {
        out += template_render(message->headers[i].line, values, out);
        out = mempcpy(out, "\r\n", 2);
    }
    /* The length is known when the body is written: a bit further on, and then moved to its place.
     */
    char *body = out + LENGTH_ROOM;
    size_t length = message->body ? template_render(message->body, values, body) : 0;
    if (message->posts)
        out = put_length(out, length);
    out = mempcpy(out, "\r\n", 2);
    *ret_head = (size_t)(out - ret_bytes);
    memmove(out, body, length);
    return *ret_head + length;
}

int http1_requests_new(const struct message *message, struct http1_request **ret_requests,
                       size_t *ret_room, struct err *err)
{
    unsigned count = message->instances_count;
    struct http1_request *requests = calloc(count, sizeof *requests);
    int rc = requests ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    size_t longest = 0;
    for (unsigned i = 0; !rc && i < count; i++) {
        rc = http1_request_init(&requests[i], message, i, err);
        size_t room = rc ? 0 : http1_request_room(&requests[i]);
        longest = room > longest ? room : longest;
    }
    if (rc) {
        http1_requests_free(requests, requests ? count : 0);
        return rc;
    }
    *ret_requests = requests;
    *ret_room = longest;
    return 0;
}

void http1_requests_free(struct http1_request *requests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        http1_request_free(&requests[i]);
    free(requests);
}
