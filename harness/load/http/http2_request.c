#include "load/http/http2_request.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/uri.h"
#include "base/words.h"

enum {
    OWN_FIELDS = 8, /* four pseudo fields, and those below */
    AUTHORITY = 2,  /* the place of :authority */
    LENGTH_ROOM = 32,
};

static const char agent[] = "rushproof/" RUSHPROOF_VERSION;

/* Fields of HTTP/1 that make a request of HTTP/2 malformed (RFC 9113, 8.2.2). */
static const char *const left_out[] = {"connection",        "keep-alive", "proxy-connection",
                                       "transfer-encoding", "upgrade",    NULL};

bool http2_request_fits(const struct message *message)
{
    for (unsigned i = 0; i < message->instances_count; i++)
        if (!message->instances[i].path)
            return false;
    return true;
}

void http2_request_init(struct http2_request *request, const struct message *message,
                        unsigned instance)
{
    const struct target *target = &message->instances[instance].target;
    *request =
        (struct http2_request){.message = message, .instance = &message->instances[instance]};
    uint16_t usual = target->tls ? 443 : 80;
    uri_place(target->host, target->port == usual ? 0 : target->port, request->authority,
              sizeof request->authority);
}

static size_t path_room(const struct message *message)
{
    size_t longest = 0;
    for (unsigned i = 0; i < message->instances_count; i++) {
        const struct template *path = message->instances[i].path;
        size_t room = path ? template_room(path) : 0;
        longest = room > longest ? room : longest;
    }
    return longest;
}

int http2_fields_init(struct http2_fields *fields, const struct message *message, struct err *err)
{
    *fields = (struct http2_fields){
        .v = calloc(message->headers_count + OWN_FIELDS, sizeof *fields->v),
        .bytes = malloc(message_room(message) + path_room(message) + LENGTH_ROOM),
    };
    return fields->v && fields->bytes ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

void http2_fields_free(struct http2_fields *fields)
{
    free(fields->v);
    free(fields->bytes);
    *fields = (struct http2_fields){0};
}

static void add(struct http2_fields *fields, const char *name, size_t name_length,
                const char *value, size_t length, bool varies)
{
    fields->v[fields->count++] = (nghttp2_nv){
        .name = (uint8_t *)(uintptr_t)name,
        .namelen = name_length,
        .value = (uint8_t *)(uintptr_t)value,
        .valuelen = length,
        .flags = varies ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE,
    };
}

static void add_text(struct http2_fields *fields, const char *name, const char *value)
{
    add(fields, name, strlen(name), value, strlen(value), false);
}

/* Renders the text at `at`, and returns what follows it. */
static char *add_template(struct http2_fields *fields, const char *name,
                          const struct template *text, const struct template_values *values,
                          char *at)
{
    size_t length = template_render(text, values, at);
    add(fields, name, strlen(name), at, length, !template_is_constant(text));
    return at + length + 1;
}

/* "Name: value" in the case and without the blanks of HTTP/2. */
static char *add_header(struct http2_fields *fields, const struct message_header *header,
                        const struct template_values *values, char *at)
{
    size_t length = template_render(header->line, values, at);
    char *colon = memchr(at, ':', length), *value = colon + 1, *end = at + length;
    for (char *c = at; c < colon; c++)
        *c = (char)tolower((unsigned char)*c);
    *colon = '\0';
    while (value < end && strchr(" \t", *value))
        value++;
    while (end > value && strchr(" \t", end[-1]))
        end--;
    size_t used = (size_t)(end - value);
    bool varies = !template_is_constant(header->line);
    bool hop = words_find(left_out, at) >= 0 ||
               (!strcmp(at, "te") && strncasecmp(value, "trailers", used) != 0);
    if (!strcmp(at, "host")) {
        fields->v[AUTHORITY].value = (uint8_t *)value;
        fields->v[AUTHORITY].valuelen = used;
    } else if (!hop) {
        add(fields, at, (size_t)(colon - at), value, used, varies);
    }
    return at + length + 1;
}

/* Those that no scenario needs to say. */
static void add_usual(const struct http2_request *request, struct http2_fields *fields)
{
    if (!message_has_header(request->message, "User-Agent"))
        add_text(fields, "user-agent", agent);
    if (!request->message->grpc && !message_has_header(request->message, "Accept"))
        add_text(fields, "accept", "*/*");
}

/* Nobody who calls by gRPC says how long it is. */
static void add_length(const struct message *message, struct http2_fields *fields, char *at)
{
    if (!message->posts || message->grpc || message_has_header(message, "Content-Length"))
        return;
    int length = snprintf(at, LENGTH_ROOM - 4, "%zu", fields->body_length);
    add(fields, "content-length", 14, at, (size_t)length,
        message->body && !template_is_constant(message->body));
}

bool http2_request_write(const struct http2_request *request, const struct template_values *values,
                         struct http2_fields *ret_fields)
{
    const struct message *message = request->message;
    struct http2_fields *fields = ret_fields;
    char *at = fields->bytes;
    fields->count = 0;
    at = add_template(fields, ":method", message->method, values, at);
    add_text(fields, ":scheme", message->tls ? "https" : "http");
    add_text(fields, ":authority", request->authority);
    at = add_template(fields, ":path", request->instance->path, values, at);
    add_usual(request, fields);
    for (size_t i = 0; i < message->headers_count; i++)
        at = add_header(fields, &message->headers[i], values, at);
    const char *text = fields->body = at;
    fields->body_length = message->body ? template_render(message->body, values, at) : 0;
    at += fields->body_length + 1;
    add_length(message, fields, at);
    if (!message->grpc)
        return true;
    fields->body = at;
    return !grpc_encode(message->grpc, text, fields->body_length, at, &fields->body_length, NULL);
}
