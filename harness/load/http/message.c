#include "load/http/message_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "load/http/feeder.h"

/* Headers that libcurl adds on its own: "Expect:" waits for 100-continue, and a POST without a type
 * would get a form's. The scenario's own header of that name takes their place. */
static const char *const suppressed[] = {"Expect", "Content-Type"};
enum { SUPPRESSED = sizeof suppressed / sizeof *suppressed };

enum {
    UPLOAD_ROOM_MIN = 16384, /* the least that libcurl takes */
    HEAD_EXTRA = 2048,       /* what libcurl adds to a head, generously */
};

static int locate(const char *dir, const char *name, char **ret_path, struct err *err)
{
    if (!name)
        return 0;
    bool relative = name[0] != '/' && dir && *dir;
    if (asprintf(ret_path, "%s%s%s", relative ? dir : "", relative ? "/" : "", name) < 0) {
        *ret_path = NULL;
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    if (access(*ret_path, R_OK))
        return err_set(err, ERR_ENVIRONMENT, "%s: cannot be read", *ret_path);
    return 0;
}

const char *message_find_header(const struct spec_request *request, const char *name)
{
    for (unsigned i = 0; i < request->headers_count; i++)
        if (!strcasecmp(request->headers[i].name, name))
            return request->headers[i].value;
    return NULL;
}

/* Column values in a body are escaped by what the body says it is. */
static enum escape body_escape(const struct spec_request *request)
{
    const char *type = message_find_header(request, "Content-Type");
    if (type && strcasestr(type, "json"))
        return ESCAPE_JSON;
    if (type && strcasestr(type, "x-www-form-urlencoded"))
        return ESCAPE_URL;
    return ESCAPE_NONE;
}

static int compile_header(struct message *message, const char *name, const char *value,
                          struct err *err)
{
    _cleanup_free_ char *line = NULL;
    /* libcurl's notation: "Name;" is a header with an empty value. */
    if (asprintf(&line, *value ? "%s: %s" : "%s;", name, value) < 0) {
        line = NULL;
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    if (strpbrk(line, "\r\n"))
        return err_set(err, ERR_USAGE, "a header cannot hold a line break");
    return template_compile(line, ESCAPE_HEADER, &message->feeder,
                            &message->headers[message->headers_count++], err);
}

static int compile_headers(struct message *message, const struct spec_request *request,
                           struct err *err)
{
    message->headers = calloc(request->headers_count + SUPPRESSED, sizeof *message->headers);
    if (!message->headers)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < request->headers_count; i++) {
        const struct spec_pair *header = &request->headers[i];
        int rc = compile_header(message, header->name, header->value, err);
        if (rc)
            return err_prefix(err, "request.headers.%s", header->name);
    }
    for (int i = 0; i < SUPPRESSED; i++) {
        if (message_find_header(request, suppressed[i]))
            continue;
        char line[32];
        snprintf(line, sizeof line, "%s:", suppressed[i]);
        int rc = template_compile(line, ESCAPE_HEADER, NULL,
                                  &message->headers[message->headers_count++], err);
        if (rc)
            return rc;
    }
    return 0;
}

static int compile_templates(struct message *message, const struct spec_request *request,
                             struct err *err)
{
    const struct feeder *feeder = &message->feeder;
    int rc = template_compile(request->method, ESCAPE_HEADER, feeder, &message->method, err);
    if (rc)
        return err_prefix(err, "request.method");
    rc = template_compile(request->url, ESCAPE_URL, feeder, &message->url, err);
    if (rc)
        return err_prefix(err, "request.url");
    if (request->body)
        rc = template_compile(request->body, body_escape(request), feeder, &message->body, err);
    if (rc)
        return err_prefix(err, "request.body");
    rc = compile_headers(message, request, err);
    message->uses_uuid = template_uses_uuid(message->method) || template_uses_uuid(message->url) ||
                         (message->body && template_uses_uuid(message->body));
    for (size_t i = 0; !rc && i < message->headers_count; i++)
        message->uses_uuid = message->uses_uuid || template_uses_uuid(message->headers[i]);
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
    _cleanup_free_ char *feeder = NULL;
    rc = locate(dir, request->feeder, &feeder, err);
    return rc ? rc : feeder_read(feeder, &message->feeder, err);
}

static int pin_address(struct message *message, struct err *err)
{
    const struct target *target = &message->target;
    if (target->literal)
        return 0; /* nothing to look up, and libcurl takes no [::1] here */
    char pin[400];
    const char *open = strchr(target->address_text, ':') ? "[" : "";
    snprintf(pin, sizeof pin, "%s:%u:%s%s%s", target->host, target->port, open,
             target->address_text, *open ? "]" : "");
    message->resolve = curl_slist_append(NULL, pin);
    return message->resolve ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

int message_compile(const struct spec_request *request, const char *dir,
                    const struct roster *roster, struct message **ret_message, struct err *err)
{
    struct message *message = calloc(1, sizeof *message);
    if (!message)
        return err_set(err, ERR_MEMORY, "out of memory");
    message->http2 = request->http2;
    message->feeder_name = request->feeder;
    message->insecure = request->insecure;
    int rc = locate_files(message, request, dir, err);
    message->feeder.roster = roster;
    if (!rc)
        rc = compile_templates(message, request, err);
    if (!rc)
        rc = target_resolve(request->url, &message->target, err);
    if (!rc)
        rc = pin_address(message, err);
    if (!rc)
        rc = message_wire_compile(message, request, err);
    if (rc) {
        message_free(message);
        return rc;
    }
    *ret_message = message;
    return 0;
}

void message_free(struct message *message)
{
    if (!message)
        return;
    feeder_free(&message->feeder);
    template_free(message->method);
    template_free(message->url);
    template_free(message->body);
    for (size_t i = 0; i < message->headers_count; i++)
        template_free(message->headers[i]);
    free(message->headers);
    free(message->ca);
    free(message->cert);
    free(message->key);
    curl_slist_free_all(message->resolve);
    message_wire_free(&message->wire);
    free(message);
}

const struct target *message_target(const struct message *message)
{
    return &message->target;
}

bool message_http2(const struct message *message)
{
    return message->http2 && message->target.tls;
}

bool message_uses_uuid(const struct message *message)
{
    return message->uses_uuid;
}

int message_check_users(const struct message *message, size_t users, struct err *err)
{
    const struct feeder *feeder = &message->feeder;
    if (!feeder->rows)
        return 0;
    if (users == SIZE_MAX)
        return err_set(
            err, ERR_USAGE,
            "request.feeder %s has %zu rows, and a closed phase that ends by its duration "
            "takes any number of users; give it requests instead",
            message->feeder_name, feeder->rows);
    /* A token that is used twice convicts an innocent service. */
    if (users > feeder->rows)
        return err_set(
            err, ERR_USAGE,
            "request.feeder %s has %zu row%s for %zu users; each needs one: add rows, or "
            "lower the number of requests",
            message->feeder_name, feeder->rows, feeder->rows == 1 ? "" : "s", users);
    return feeder_check_users(feeder, err);
}

size_t message_body_room(const struct message *message)
{
    return message->body ? template_room(message->body) - 1 : 0;
}

size_t message_room(const struct message *message)
{
    size_t room = template_room(message->url) + template_room(message->method);
    room += message->body ? template_room(message->body) : 0;
    for (size_t i = 0; i < message->headers_count; i++)
        room += template_room(message->headers[i]);
    return room;
}

int rendering_init(struct rendering *rendering, const struct message *message, struct err *err)
{
    *rendering = (struct rendering){0};
    rendering->bytes = calloc(1, message_room(message));
    rendering->headers = calloc(message->headers_count, sizeof *rendering->headers);
    if (!rendering->bytes || !rendering->headers) {
        rendering_free(rendering);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    char *at = rendering->bytes;
    rendering->url = at;
    at += template_room(message->url);
    rendering->method = at;
    at += template_room(message->method);
    for (size_t i = 0; i < message->headers_count; i++) {
        bool last = i + 1 == message->headers_count;
        rendering->headers[i].data = at;
        rendering->headers[i].next = last ? NULL : &rendering->headers[i + 1];
        at += template_room(message->headers[i]);
    }
    rendering->body = message->body ? at : NULL;
    return 0;
}

void rendering_free(struct rendering *rendering)
{
    free(rendering->bytes);
    free(rendering->headers);
    *rendering = (struct rendering){0};
}

/* With a body of no bytes libcurl says "Content-Length: 0", as these three need. */
bool message_method_posts(const char *method, bool has_body)
{
    return has_body || !strcmp(method, "POST") || !strcmp(method, "PUT") ||
           !strcmp(method, "PATCH");
}

bool message_is_head(const struct message *message)
{
    const struct template_values none = {0};
    char method[256];
    if (template_room(message->method) > sizeof method)
        return false;
    template_render(message->method, &none, method);
    return !strcmp(method, "HEAD");
}

static void prepare_method(const struct message *message, struct rendering *rendering, CURL *easy)
{
    const struct template_values none = {0};
    template_render(message->method, &none, rendering->method);
    const char *method = rendering->method;
    bool posts = message_method_posts(method, message->body);
    if (posts) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, rendering->body ? rendering->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
    } else if (!strcmp(method, "HEAD")) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    if (strcmp(method, posts ? "POST" : "GET") != 0 && strcmp(method, "HEAD") != 0)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

static CURLcode prepare_tls(const struct message *message, CURL *easy)
{
    CURLcode code = CURLE_OK;
    if (message->ca)
        code = curl_easy_setopt(easy, CURLOPT_CAINFO, message->ca);
    if (!code && message->cert)
        code = curl_easy_setopt(easy, CURLOPT_SSLCERT, message->cert);
    if (!code && message->key)
        code = curl_easy_setopt(easy, CURLOPT_SSLKEY, message->key);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    if (message->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    return code;
}

int message_prepare(const struct message *message, struct rendering *rendering, CURL *easy,
                    struct err *err)
{
    bool http2 = message_http2(message);
    prepare_method(message, rendering, easy);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, rendering->headers);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     (long)(http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_RESOLVE, message->resolve);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "rushproof/" RUSHPROOF_VERSION);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    /* Over TLS libcurl writes as much at once as fits into this: a request must be one write for a
     * gate. */
    size_t write_room = message_room(message) + HEAD_EXTRA;
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE,
                     (long)(write_room > UPLOAD_ROOM_MIN ? write_room : UPLOAD_ROOM_MIN));
    if (!message->target.tls)
        return 0;
    CURLcode code = prepare_tls(message, easy);
    if (code)
        return err_set(err, ERR_ENVIRONMENT, "TLS settings: %s", curl_easy_strerror(code));
    return 0;
}

void message_render(const struct message *message, struct rendering *rendering,
                    const struct template_values *values, CURL *easy)
{
    template_render(message->url, values, rendering->url);
    curl_easy_setopt(easy, CURLOPT_URL, rendering->url);
    if (!template_is_constant(message->method)) {
        template_render(message->method, values, rendering->method);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, rendering->method);
    }
    for (size_t i = 0; i < message->headers_count; i++)
        if (!rendering->headers[i].data[0] || !template_is_constant(message->headers[i]))
            template_render(message->headers[i], values, rendering->headers[i].data);
    if (message->body) {
        rendering->body_length = template_render(message->body, values, rendering->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rendering->body_length);
    }
}
