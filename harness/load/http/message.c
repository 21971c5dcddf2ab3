#include "load/http/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "load/http/feeder.h"
#include "load/http/locate.h"

static const char *find_header(const struct spec_request *request, const char *name)
{
    for (unsigned i = 0; i < request->headers_count; i++)
        if (!strcasecmp(request->headers[i].name, name))
            return request->headers[i].value;
    return NULL;
}

static bool looks_like_json(const char *body)
{
    const char *start = body ? body + strspn(body, " \t\r\n") : "";
    return *start == '[' || (*start == '{' && start[1] != '{');
}

/* "a=b&c={{d}}" and no other text: a name, an equals sign, and no blank or markup. */
static bool looks_like_form(const char *body)
{
    static const char names[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.[]%";
    size_t name = body ? strspn(body, names) : 0;
    return name && body[name] == '=' && !strpbrk(body, " \t\r\n<>\"");
}

const char *message_default_type(const struct spec_request *request)
{
    if (find_header(request, "Content-Type"))
        return NULL;
    return looks_like_json(request->body)   ? "application/json"
           : looks_like_form(request->body) ? "application/x-www-form-urlencoded"
                                            : NULL;
}

enum escape message_body_escape(const struct spec_request *request)
{
    const char *type = find_header(request, "Content-Type");
    if (request->grpc)
        return ESCAPE_JSON;
    if (type ? strcasestr(type, "json") != NULL : looks_like_json(request->body))
        return ESCAPE_JSON;
    if (type ? strcasestr(type, "x-www-form-urlencoded") != NULL : looks_like_form(request->body))
        return ESCAPE_URL;
    return ESCAPE_NONE;
}

static int compile_header(struct message *message, const struct spec_pair *header, struct err *err)
{
    struct message_header *compiled = &message->headers[message->headers_count++];
    compiled->empty = !*header->value;
    _cleanup_free_ char *line = NULL;
    if (asprintf(&line, "%s:%s%s", header->name, compiled->empty ? "" : " ", header->value) < 0) {
        line = NULL;
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    if (strpbrk(line, "\r\n"))
        return err_set(err, ERR_USAGE, "a header cannot hold a line break");
    return template_compile(line, ESCAPE_HEADER, &message->feeder, &compiled->line, err);
}

static int compile_headers(struct message *message, const struct spec_request *request,
                           struct err *err)
{
    message->headers = calloc(request->headers_count + 3U, sizeof *message->headers);
    if (!message->headers)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < request->headers_count; i++) {
        int rc = compile_header(message, &request->headers[i], err);
        if (rc)
            return err_prefix(err, "request.headers.%s", request->headers[i].name);
    }
    const struct spec_pair key = {(char *)(uintptr_t)request->key_header, (char *)"{{key}}"};
    const char *type = message_default_type(request);
    const struct spec_pair said = {(char *)"Content-Type", (char *)(uintptr_t)type};
    int rc = request->key_header ? compile_header(message, &key, err) : 0;
    if (!rc && type)
        rc = compile_header(message, &said, err);
    if (rc)
        return rc;
    const struct spec_pair cookies = {(char *)"Cookie", (char *)"{{cookies}}"};
    return request->cookies ? compile_header(message, &cookies, err) : 0;
}

/* The URL from its path on: "/apply?userId={{user}}". Without one when there is a user name in it,
 * or a blank. */
static int compile_path(const char *url, const struct feeder *feeder, struct template **ret_path,
                        struct err *err)
{
    const char *host = strstr(url, "://");
    if (!host)
        return 0;
    host += 3;
    const char *path = host + strcspn(host, "/?#");
    int length = (int)strcspn(path, "#");
    if (memchr(host, '@', (size_t)(path - host)) || (int)strcspn(path, " \t\r\n") < length)
        return 0;
    _cleanup_free_ char *copy = NULL;
    if (asprintf(&copy, "%s%.*s", *path == '/' ? "" : "/", length, path) < 0) {
        copy = NULL;
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    return template_compile(copy, ESCAPE_URL, feeder, ret_path, err);
}

static bool any_template(const struct message *message, bool (*uses)(const struct template *))
{
    bool any = uses(message->method) || (message->body && uses(message->body));
    for (unsigned i = 0; i < message->instances_count; i++)
        any = any || uses(message->instances[i].url);
    for (size_t i = 0; i < message->headers_count; i++)
        any = any || uses(message->headers[i].line);
    return any;
}

static int compile_urls(struct message *message, const struct spec_request *request,
                        struct err *err)
{
    char *const *urls = request->urls_count ? request->urls : &request->url;
    unsigned count = request->urls_count ? request->urls_count : 1;
    message->instances = calloc(count, sizeof *message->instances);
    if (!message->instances)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = 0;
    for (unsigned i = 0; !rc && i < count; i++) {
        struct message_instance *instance = &message->instances[message->instances_count++];
        rc = template_compile(urls[i], ESCAPE_URL, &message->feeder, &instance->url, err);
        if (!rc)
            rc = compile_path(urls[i], &message->feeder, &instance->path, err);
    }
    return rc ? err_prefix(err, "request.url") : 0;
}

static int compile_body(struct message *message, const struct spec_request *request,
                        struct err *err)
{
    int rc = template_compile(request->body, message_body_escape(request), &message->feeder,
                              &message->body, err);
    return rc ? err_prefix(err, "request.body") : 0;
}

static int compile_templates(struct message *message, const struct spec_request *request,
                             struct err *err)
{
    const struct feeder *feeder = &message->feeder;
    int rc = template_compile(request->method, ESCAPE_HEADER, feeder, &message->method, err);
    if (rc)
        return err_prefix(err, "request.method");
    rc = compile_urls(message, request, err);
    if (!rc && request->body)
        rc = compile_body(message, request, err);
    if (!rc)
        rc = compile_headers(message, request, err);
    message->uses_uuid = !rc && any_template(message, template_uses_uuid);
    return rc;
}

static int locate_files(struct message *message, const struct spec_request *request,
                        const char *dir, struct err *err)
{
    int rc = locate(dir, request->ca, &message->ca, err);
    if (!rc)
        rc = locate(dir, request->cert, &message->cert, err);
    if (!rc)
        rc = locate(dir, request->key, &message->key, err);
    if (rc || !request->feeder)
        return rc;
    return feeder_open(dir, request->feeder->file, &message->feeder, err);
}

/* These three say "Content-Length: 0" when there is no body. */
static bool method_posts(const struct spec_request *request)
{
    return request->body || !strcmp(request->method, "POST") || !strcmp(request->method, "PUT") ||
           !strcmp(request->method, "PATCH");
}

int message_compile(const struct spec_request *request, const char *dir,
                    const struct roster *roster, const struct items *items,
                    const struct feeder *prepared, struct message **ret_message, struct err *err)
{
    struct message *message = calloc(1, sizeof *message);
    if (!message)
        return err_set(err, ERR_MEMORY, "out of memory");
    message->request = request;
    message->posts = method_posts(request);
    int rc = locate_files(message, request, dir, err);
    if (!rc && request->grpc)
        rc = grpc_open(request->grpc, dir, &message->grpc, err);
    message->feeder.roster = roster;
    message->feeder.items = items;
    message->feeder.key_seed = request->key_header ? &request->key_seed : NULL;
    message->feeder.about_order = request->about_order;
    message->feeder.captured = request->captured;
    message->feeder.captured_count = request->captured_count;
    message->feeder.more = prepared;
    if (!rc)
        rc = compile_templates(message, request, err);
    if (rc) {
        message_free(message);
        return rc;
    }
    *ret_message = message;
    return 0;
}

/* In clear nothing is offered: a client knows, or it does not. */
static int check_http2(struct message *message, struct err *err)
{
    enum http2 wanted = message->request->http2;
    message->http2 = wanted != HTTP2_OFF;
    if (message->http2 && message->tls != (wanted == HTTP2_OFFERED))
        return err_set(err, ERR_USAGE, "request.http2: %s; allowed with %s: %s, false",
                       message->tls ? "prior-knowledge is of http://"
                                    : "true offers HTTP/2 in TLS, and http:// has none",
                       message->tls ? "https://" : "http://",
                       message->tls ? "true" : "prior-knowledge");
    return 0;
}

static int open_sources(struct message *message, struct err *err)
{
    static const char key[] = "request.source_addresses";
    const struct spec_request *request = message->request;
    if (!request->source_addresses_count)
        return 0;
    int rc = source_pool_new(key, request->source_addresses, request->source_addresses_count,
                             &message->sources, err);
    for (unsigned i = 0; !rc && i < message->instances_count; i++) {
        struct target *target = &message->instances[i].target;
        int family = source_pool_family(message->sources);
        if (target->address.ss_family != family)
            return err_set(err, ERR_USAGE,
                           "%s: they are %s, and the service is at %s; allowed: addresses of its "
                           "family, or another address in request.url",
                           key, family == AF_INET ? "IPv4" : "IPv6",
                           target->local ? target->addresses : target->address_text);
        target->sources = message->sources;
        target->instance = i;
    }
    return rc;
}

int message_resolve(struct message *message, struct err *err)
{
    const struct spec_request *request = message->request;
    int rc = 0;
    for (unsigned i = 0; !rc && i < message->instances_count; i++)
        rc = target_resolve(i < request->urls_count ? request->urls[i] : request->url,
                            request->socket, &message->instances[i].target, err);
    message->tls = !rc && message->instances[0].target.tls;
    if (message->tls && request->socket)
        return err_set(err, ERR_USAGE, "request.unix: no TLS over a unix socket; allowed: http://");
    if (!rc)
        rc = check_http2(message, err);
    for (unsigned i = 0; !rc && i < message->instances_count; i++)
        if (message->instances[i].target.tls != message->tls)
            rc = err_set(err, ERR_USAGE, "request.url: all instances are http://, or all https://");
    return rc ? rc : open_sources(message, err);
}

char *message_describe(const struct message *message, char *ret_text, size_t size)
{
    size_t used = 0;
    *ret_text = '\0';
    for (unsigned i = 0; i < message->instances_count && used + 2 < size; i++) {
        used += (size_t)snprintf(ret_text + used, size - used, "%s", i ? ", " : "");
        target_describe(&message->instances[i].target, ret_text + used, size - used);
        used = strlen(ret_text);
    }
    return ret_text;
}

void message_free(struct message *message)
{
    if (!message)
        return;
    feeder_free(&message->feeder);
    template_free(message->method);
    for (unsigned i = 0; i < message->instances_count; i++) {
        template_free(message->instances[i].url);
        template_free(message->instances[i].path);
    }
    free(message->instances);
    source_pool_free(message->sources);
    template_free(message->body);
    grpc_free(message->grpc);
    for (size_t i = 0; i < message->headers_count; i++)
        template_free(message->headers[i].line);
    free(message->headers);
    free(message->ca);
    free(message->cert);
    free(message->key);
    free(message);
}

/* By a token alone nobody can tell who is told what: rows and answers would be those of others. */
static int check_whose(const struct message *message, struct err *err)
{
    const struct feeder *feeder = &message->feeder;
    if (feeder_column(feeder, "user", 4) >= 0 || any_template(message, template_uses_user))
        return feeder_check_users(feeder, err);
    return err_set(err, ERR_USAGE,
                   "request.feeder %s: nothing says whose row is whose: put {{user}} into the "
                   "request, or give the file a column user, with the id of each row's user as "
                   "the stores know it (users.first and those after it), or say which column is "
                   "that id (users.ids: {feeder: %s, column: …})",
                   message->request->feeder->file, message->request->feeder->file);
}

int message_check_users(const struct message *message, const struct spec_users *users, size_t count,
                        struct err *err)
{
    const struct feeder *feeder = &message->feeder;
    const struct spec_feeder *spec = message->request->feeder;
    if (!feeder->rows)
        return 0;
    bool listed = users->ids.feeder && !strcmp(users->ids.feeder, spec->file);
    int rc = listed || spec_users_unnamed(users) ? 0 : check_whose(message, err);
    if (rc || spec->reuse)
        return rc;
    if (count == SIZE_MAX)
        return err_set(
            err, ERR_USAGE,
            "request.feeder %s has %zu rows, and a closed phase that ends by its duration "
            "takes any number of users; give it requests instead",
            spec->file, feeder->rows);
    /* A token that is used twice convicts an innocent service. */
    if (count > feeder->rows)
        return err_set(
            err, ERR_USAGE,
            "request.feeder %s has %zu row%s for %zu users; each needs one: add rows, lower the "
            "number of requests, or, when what the rows hold may be used by several users, say so: "
            "request.feeder: {file: %s, reuse: true}",
            spec->file, feeder->rows, feeder->rows == 1 ? "" : "s", count, spec->file);
    return 0;
}

void message_settle(struct message *message)
{
    feeder_free(&message->feeder);
}

size_t message_body_room(const struct message *message)
{
    return message->body ? template_room(message->body) - 1 : 0;
}

size_t message_url_room(const struct message *message)
{
    size_t longest = 0;
    for (unsigned i = 0; i < message->instances_count; i++) {
        size_t room = template_room(message->instances[i].url);
        longest = room > longest ? room : longest;
    }
    return longest;
}

size_t message_room(const struct message *message)
{
    size_t room = message_url_room(message) + template_room(message->method);
    room += message->body ? template_room(message->body) : 0;
    room += message->grpc ? grpc_room(template_room(message->body)) : 0;
    for (size_t i = 0; i < message->headers_count; i++)
        room += template_room(message->headers[i].line) + 1; /* a line break and no NUL */
    return room;
}

bool message_is_head(const struct message *message)
{
    return !strcmp(message->request->method, "HEAD");
}

bool message_has_header(const struct message *message, const char *name)
{
    return find_header(message->request, name) != NULL ||
           (!strcasecmp(name, "Content-Type") && message_default_type(message->request));
}
