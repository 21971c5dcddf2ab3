#include "load/net/curl_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/prepare/step.h"

/* Headers that libcurl adds on its own: "Expect:" waits for 100-continue, and a POST without a type
 * would get a form's. The scenario's own header of that name takes their place. */
static const char *const suppressed[] = {"Expect", "Content-Type"};

enum {
    SUPPRESSED = sizeof suppressed / sizeof *suppressed,
    SUPPRESSED_ROOM = 32,    /* of one of them */
    UPLOAD_ROOM_MIN = 16384, /* the least that libcurl takes */
    HEAD_EXTRA = 2048,       /* what libcurl adds to a head, generously */
};

int curl_message_pin(const struct message *message, struct curl_slist **ret_resolve,
                     struct err *err)
{
    *ret_resolve = NULL;
    for (unsigned i = 0; i < message->instances_count; i++) {
        const struct target *target = &message->instances[i].target;
        if (target->literal)
            continue; /* nothing to look up, and libcurl takes no [::1] here */
        char pin[400];
        const char *open = strchr(target->address_text, ':') ? "[" : "";
        snprintf(pin, sizeof pin, "%s:%u:%s%s%s", target->host, target->port, open,
                 target->address_text, *open ? "]" : "");
        struct curl_slist *longer = curl_slist_append(*ret_resolve, pin);
        if (!longer)
            return err_set(err, ERR_MEMORY, "out of memory");
        *ret_resolve = longer;
    }
    return 0;
}

static void render_line(const struct message_header *header, const struct template_values *values,
                        char *at)
{
    char *end = at + template_render(header->line, values, at);
    if (header->empty) /* libcurl's notation of an empty one; "Name:" would suppress it */
        end[-1] = ';';
}

static void link_headers(struct rendering *rendering, const struct message *message, char *at)
{
    const struct template_values none = {0};
    size_t count = 0;
    for (size_t i = 0; i < message->headers_count; i++) {
        rendering->headers[count++].data = at;
        render_line(&message->headers[i], &none, at);
        at += template_room(message->headers[i].line);
    }
    for (int i = 0; i < SUPPRESSED; i++) {
        if (message_has_header(message, suppressed[i]))
            continue;
        rendering->headers[count++].data = at;
        at += snprintf(at, SUPPRESSED_ROOM, "%s:", suppressed[i]) + 1;
    }
    for (size_t i = 0; i + 1 < count; i++)
        rendering->headers[i].next = &rendering->headers[i + 1];
}

int rendering_init(struct rendering *rendering, const struct message *message, struct err *err)
{
    rendering->bytes = calloc(1, message_room(message) + SUPPRESSED * SUPPRESSED_ROOM);
    rendering->headers = calloc(message->headers_count + SUPPRESSED, sizeof *rendering->headers);
    if (!rendering->bytes || !rendering->headers) {
        rendering_free(rendering);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    rendering->url = rendering->bytes;
    rendering->method = rendering->url + message_url_room(message);
    char *at = rendering->method + template_room(message->method);
    rendering->body = message->body ? at : NULL;
    at += message->body ? template_room(message->body) : 0;
    link_headers(rendering, message, at);
    return 0;
}

void rendering_free(struct rendering *rendering)
{
    free(rendering->bytes);
    free(rendering->headers);
    *rendering = (struct rendering){0};
}

static void prepare_method(const struct message *message, struct rendering *rendering, CURL *easy)
{
    const struct template_values none = {0};
    template_render(message->method, &none, rendering->method);
    const char *method = rendering->method;
    if (message->posts) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, rendering->body ? rendering->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
    } else if (!strcmp(method, "HEAD")) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    if (strcmp(method, message->posts ? "POST" : "GET") != 0 && strcmp(method, "HEAD") != 0)
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
    if (message->request->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    return code;
}

int curl_message_prepare(const struct message *message, struct rendering *rendering, CURL *easy,
                         struct err *err)
{
    prepare_method(message, rendering, easy);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, rendering->headers);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     step_http_version(message->http2 ? message->request->http2 : HTTP2_OFF));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "rushproof/" RUSHPROOF_VERSION);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    /* Over TLS libcurl writes as much at once as fits into this: a request must be one write for a
     * gate. */
    size_t write_room = message_room(message) + HEAD_EXTRA;
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE,
                     (long)(write_room > UPLOAD_ROOM_MIN ? write_room : UPLOAD_ROOM_MIN));
    if (!message->tls)
        return 0;
    CURLcode code = prepare_tls(message, easy);
    if (code)
        return err_set(err, ERR_ENVIRONMENT, "TLS settings: %s", curl_easy_strerror(code));
    return 0;
}

void curl_message_render(const struct message *message, const struct message_instance *instance,
                         struct rendering *rendering, const struct template_values *values,
                         CURL *easy)
{
    template_render(instance->url, values, rendering->url);
    curl_easy_setopt(easy, CURLOPT_URL, rendering->url);
    if (!template_is_constant(message->method)) {
        template_render(message->method, values, rendering->method);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, rendering->method);
    }
    for (size_t i = 0; i < message->headers_count; i++)
        if (!template_is_constant(message->headers[i].line))
            render_line(&message->headers[i], values, rendering->headers[i].data);
    if (message->body) {
        size_t length = template_render(message->body, values, rendering->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    }
}
