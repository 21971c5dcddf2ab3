#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/uri.h"
#include "load/http/message_parts.h"

enum { FIXED_MAX = 4096, LENGTH_ROOM = 64 };

/* The URL from its path on: "/apply?userId={{user}}". NULL: there is a user name in it. */
static char *find_path(const char *url)
{
    const char *host = strstr(url, "://");
    if (!host)
        return NULL;
    host += 3;
    const char *path = host + strcspn(host, "/?#");
    if (memchr(host, '@', (size_t)(path - host)))
        return NULL;
    char *copy = NULL;
    int length = (int)strcspn(path, "#");
    if (asprintf(&copy, "%s%.*s", *path == '/' ? "" : "/", length, path) < 0)
        return NULL;
    return copy;
}

static int write_fixed(struct message *message, const struct spec_request *request, struct err *err)
{
    const struct target *target = &message->target;
    struct buf text;
    buf_init(&text, FIXED_MAX);
    buf_adds(&text, " HTTP/1.1\r\n");
    if (!message_find_header(request, "Host")) {
        char place[300];
        uri_place(target->host, target->port == 80 ? 0 : target->port, place, sizeof place);
        buf_addf(&text, "Host: %s\r\n", place);
    }
    if (!message_find_header(request, "User-Agent"))
        buf_adds(&text, "User-Agent: rushproof/" RUSHPROOF_VERSION "\r\n");
    if (!message_find_header(request, "Accept"))
        buf_adds(&text, "Accept: */*\r\n");
    if (text.failed) {
        buf_free(&text);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    message->wire.fixed = buf_steal(&text);
    return message->wire.fixed ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

static int compile_lines(struct message *message, const struct spec_request *request,
                         struct err *err)
{
    struct message_wire *wire = &message->wire;
    const struct feeder *feeder = &message->feeder;
    wire->lines = calloc(request->headers_count + 1U, sizeof *wire->lines);
    if (!wire->lines)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < request->headers_count; i++) {
        const struct spec_pair *header = &request->headers[i];
        _cleanup_free_ char *line = NULL;
        if (asprintf(&line, "%s:%s%s\r\n", header->name, *header->value ? " " : "", header->value) <
            0) {
            line = NULL;
            return err_set(err, ERR_MEMORY, "out of memory");
        }
        int rc =
            template_compile(line, ESCAPE_HEADER, feeder, &wire->lines[wire->lines_count++], err);
        if (rc)
            return rc;
    }
    return 0;
}

int message_wire_compile(struct message *message, const struct spec_request *request,
                         struct err *err)
{
    struct message_wire *wire = &message->wire;
    _cleanup_free_ char *path = find_path(request->url);
    bool special = message_find_header(request, "Transfer-Encoding") ||
                   message_find_header(request, "Content-Length") ||
                   message_find_header(request, "Expect") ||
                   message_find_header(request, "Connection");
    if (message->target.tls || !path || special || strpbrk(path, " \t\r\n"))
        return 0; /* libcurl's */
    const struct feeder *feeder = &message->feeder;
    int rc = template_compile(path, ESCAPE_URL, feeder, &wire->path, err);
    if (!rc)
        rc = write_fixed(message, request, err);
    if (!rc)
        rc = compile_lines(message, request, err);
    wire->posts = message_method_posts(request->method, message->body);
    wire->fits = !rc;
    return rc;
}

void message_wire_free(struct message_wire *wire)
{
    template_free(wire->path);
    for (size_t i = 0; i < wire->lines_count; i++)
        template_free(wire->lines[i]);
    free(wire->lines);
    free(wire->fixed);
}

bool message_fits_wire(const struct message *message)
{
    return message->wire.fits;
}

size_t message_wire_room(const struct message *message)
{
    const struct message_wire *wire = &message->wire;
    size_t room = template_room(message->method) + 1 + template_room(wire->path) +
                  strlen(wire->fixed) + LENGTH_ROOM;
    for (size_t i = 0; i < wire->lines_count; i++)
        room += template_room(wire->lines[i]);
    return room + (message->body ? template_room(message->body) : 0);
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

size_t message_write(const struct message *message, const struct template_values *values,
                     char *ret_bytes)
{
    const struct message_wire *wire = &message->wire;
    char *out = ret_bytes;
    out += template_render(message->method, values, out);
    *out++ = ' ';
    out += template_render(wire->path, values, out);
    out = stpcpy(out, wire->fixed);
    for (size_t i = 0; i < wire->lines_count; i++)
        out += template_render(wire->lines[i], values, out);
    if (!wire->posts) {
        out = mempcpy(out, "\r\n", 2);
        return (size_t)(out - ret_bytes);
    }
    /* The length is known when the body is written: a bit further on, and then moved to its place.
     */
    char *body = out + LENGTH_ROOM;
    size_t length = message->body ? template_render(message->body, values, body) : 0;
    out = put_length(out, length);
    out = mempcpy(out, "\r\n", 2);
    memmove(out, body, length);
    return (size_t)(out - ret_bytes) + length;
}
