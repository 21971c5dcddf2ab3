#include "pipeline/rabbit_management.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_pointer.h"
#include "base/words.h"
#include "pipeline/rabbit_link.h"

#define PORT       15672
#define ANSWER_MAX ((size_t)16 * 1024 * 1024)

struct rabbit_management {
    CURL *curl;
    char *base;  /* "http://127.0.0.1:15672", without a slash at its end */
    char *vhost; /* percent-encoded */
    struct buf body;
};

/* ---- open, close ---- */

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "no room for the management API of rabbitmq");
}

static char *make_base(const struct pipeline *pipeline, const struct uri *broker)
{
    char place[300], *base = NULL;
    const char *given = pipeline->spec.management;
    const char *host = broker->hosts[0].name[0] ? broker->hosts[0].name : "localhost";
    uri_place(host, PORT, place, sizeof place);
    if (given)
        base = strdup(given);
    else if (asprintf(&base, "http://%s", place) < 0)
        base = NULL;
    size_t length = base ? strlen(base) : 0;
    if (length && base[length - 1] == '/')
        base[length - 1] = '\0';
    return base;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct rabbit_management *management = context;
    return buf_add(&management->body, bytes, size * count) ? 0 : size * count;
}

/* A name and password in the API's own address are others than the broker's. */
static void set_options(struct rabbit_management *management, const struct uri *broker)
{
    CURL *curl = management->curl;
    bool named = strchr(management->base, '@') != NULL;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(PIPELINE_PATIENCE / NS_PER_MS));
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "rushproof");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, management);
    if (named)
        return;
    curl_easy_setopt(curl, CURLOPT_USERNAME, broker->has_user ? broker->user : "guest");
    curl_easy_setopt(curl, CURLOPT_PASSWORD, broker->has_password ? broker->password : "guest");
}

int rabbit_management_open(const struct pipeline *pipeline, const struct uri *broker,
                           struct rabbit_management **ret_management, struct err *err)
{
    const char *given = pipeline->spec.management;
    if (given && !strcmp(given, "none"))
        return 0;
    struct rabbit_management *management = calloc(1, sizeof *management);
    if (!management)
        return no_memory(err);
    *ret_management = management;
    buf_init(&management->body, ANSWER_MAX);
    curl_global_init(CURL_GLOBAL_DEFAULT); /* counted: the load has its own */
    management->curl = curl_easy_init();
    management->base = make_base(pipeline, broker);
    const char *path = broker->path[0] && broker->path[1] ? broker->path + 1 : "/";
    char *vhost = management->curl ? curl_easy_escape(management->curl, path, 0) : NULL;
    management->vhost = vhost ? strdup(vhost) : NULL;
    curl_free(vhost);
    if (!management->vhost || !management->base)
        return no_memory(err);
    set_options(management, broker);
    return 0;
}

void rabbit_management_close(struct rabbit_management *management)
{
    if (!management)
        return;
    if (management->curl)
        curl_easy_cleanup(management->curl);
    curl_global_cleanup();
    buf_free(&management->body);
    free(management->base);
    free(management->vhost);
    free(management);
}

/* ---- a request ---- */

static bool fail(const struct rabbit_management *management, const char *why, char *ret_why,
                 size_t size)
{
    const char *at = strchr(management->base, '@'), *scheme = strstr(management->base, "://");
    at = at ? at + 1 : scheme ? scheme + 3 : management->base;
    snprintf(ret_why, size,
             "the management API at %.80s: %.60s; evidence.pipeline.management says where it is, "
             "or none",
             at, why);
    return false;
}

/* The whole answer is in body afterwards. */
static bool get(struct rabbit_management *management, const char *path, char *ret_why, size_t size)
{
    char why[80] = "";
    long status = 0;
    char *url = NULL;
    if (asprintf(&url, "%s/api/%s", management->base, path) < 0)
        return fail(management, "no memory", ret_why, size);
    buf_clear(&management->body);
    curl_easy_setopt(management->curl, CURLOPT_URL, url);
    CURLcode code = curl_easy_perform(management->curl);
    curl_easy_getinfo(management->curl, CURLINFO_RESPONSE_CODE, &status);
    free(url);
    if (code != CURLE_OK)
        snprintf(why, sizeof why, "%.60s", curl_easy_strerror(code));
    else if (status == 401 || status == 403)
        snprintf(why, sizeof why, "its user may not ask (%ld): tag management is needed", status);
    else if (status != 200)
        snprintf(why, sizeof why, "it answered with %ld", status);
    return *why ? fail(management, why, ret_why, size) : true;
}

/* "queues/%2F/wins/bindings" */
static bool get_of(struct rabbit_management *management, const char *what, const char *name,
                   const char *more, char *ret_why, size_t size)
{
    char path[1024];
    char *escaped = curl_easy_escape(management->curl, name, 0);
    snprintf(path, sizeof path, "%s/%s%s%s%s", what, management->vhost, *name ? "/" : "",
             escaped ? escaped : "", more);
    curl_free(escaped);
    return get(management, path, ret_why, size);
}

static bool text_at(const struct json_value *value, const char *pointer, char *ret_text,
                    size_t size)
{
    struct json_value found = json_pointer_find(value->bytes, value->length, pointer);
    ret_text[0] = '\0';
    return json_value_text(&found, ret_text, size);
}

static bool is_called(const struct json_value *value, const char *pointer, const char *name)
{
    char text[512];
    return text_at(value, pointer, text, sizeof text) && !strcmp(text, name);
}

/* ---- how much is not acknowledged ---- */

struct search {
    const char *queue;
    struct rabbit_figures *figures;
    bool found;
};

/* A quorum queue tells what it knew at its last tick, which comes every 5 s; statistics are made
 * every 5 s and collected every 5 s. */
#define TICK_AGE       (6 * NS_PER_S)
#define STATISTICS_AGE (10 * NS_PER_S)

/* Without statistics a classic queue is asked itself, for this answer; brokers that do not know the
 * wish send their statistics. */
static ns_t age_of(const struct json_value *queue)
{
    char text[32];
    if (text_at(queue, "/reductions", text, sizeof text))
        return STATISTICS_AGE;
    return is_called(queue, "/type", "classic") ? 0 : TICK_AGE;
}

static void look_at_queue(void *context, const struct json_value *value)
{
    struct search *search = context;
    char text[32];
    if (!is_called(value, "/name", search->queue) ||
        !text_at(value, "/messages_unacknowledged", text, sizeof text))
        return;
    search->found = true;
    search->figures->unacked = strtoll(text, NULL, 10);
    search->figures->age = age_of(value);
}

static void look_at_consumer(void *context, const struct json_value *value)
{
    struct search *search = context;
    if (!is_called(value, "/queue/name", search->queue))
        return;
    bool acknowledging = is_called(value, "/ack_required", "true");
    search->figures->acknowledging |= acknowledging;
    search->figures->automatic |= !acknowledging;
}

bool rabbit_management_queue(struct rabbit_management *management, const char *queue,
                             struct rabbit_figures *ret_figures, char *ret_why, size_t size)
{
    struct search search = {.queue = queue, .figures = ret_figures};
    const struct buf *body = &management->body;
    *ret_figures = (struct rabbit_figures){0};
    if (!get_of(management, "consumers", "", "", ret_why, size))
        return false;
    json_pointer_elements(buf_text(body), body->used, look_at_consumer, &search);
    if (!get_of(management, "queues", "", "?disable_stats=true&enable_queue_totals=true", ret_why,
                size))
        return false;
    json_pointer_elements(buf_text(body), body->used, look_at_queue, &search);
    return search.found || fail(management, "it does not tell of that queue", ret_why, size);
}

/* ---- by which exchanges a queue is reached ---- */

struct collection {
    struct rabbit_bindings *bindings;
    bool other; /* there is one that cannot be had as well */
};

static void look_at_binding(void *context, const struct json_value *value)
{
    struct collection *collection = context;
    struct rabbit_bindings *bindings = collection->bindings;
    char exchange[256], key[256], arguments[8];
    struct json_value more = json_pointer_find(value->bytes, value->length, "/arguments");
    bool whole = text_at(value, "/source", exchange, sizeof exchange) &&
                 text_at(value, "/routing_key", key, sizeof key);
    snprintf(arguments, sizeof arguments, "%.*s", (int)(more.length < 7 ? more.length : 7),
             more.bytes ? more.bytes : "");
    if (whole && !*exchange)
        return; /* the default exchange's, which every queue has */
    if (!whole || strcmp(arguments, "{}") != 0 || bindings->count == RABBIT_BINDINGS_MAX) {
        collection->other = true;
        return;
    }
    memcpy(bindings->v[bindings->count].exchange, exchange, sizeof exchange);
    memcpy(bindings->v[bindings->count++].key, key, sizeof key);
}

/* Others share out their messages among their queues, so that one of ours would take some away. */
static bool copies(struct rabbit_management *management, const char *exchange, char *ret_why,
                   size_t size)
{
    char type[64];
    if (!get_of(management, "exchanges", exchange, "", ret_why, size))
        return false;
    struct json_value found =
        json_pointer_find(buf_text(&management->body), management->body.used, "/type");
    if (json_value_text(&found, type, sizeof type) &&
        words_find(WORDS("direct", "fanout", "topic"), type) >= 0)
        return true;
    snprintf(ret_why, size, "exchange %.64s is of type %.32s, which may share out its messages",
             exchange, type);
    return false;
}

bool rabbit_management_bindings(struct rabbit_management *management, const char *queue,
                                struct rabbit_bindings *ret_bindings, char *ret_why, size_t size)
{
    struct collection collection = {.bindings = ret_bindings};
    *ret_bindings = (struct rabbit_bindings){0};
    snprintf(ret_why, size, "nobody told by which exchanges %.64s is reached", queue);
    if (!management || !get_of(management, "queues", queue, "/bindings", ret_why, size))
        return false;
    json_pointer_elements(buf_text(&management->body), management->body.used, look_at_binding,
                          &collection);
    if (!ret_bindings->count || collection.other) {
        snprintf(ret_why, size,
                 "%.64s is reached by %s exchange, where nobody else can listen: what was "
                 "published to it is not known",
                 queue, collection.other ? "a headers or other" : "no other than the default");
        return false;
    }
    bool fine = true;
    for (unsigned i = 0; fine && i < ret_bindings->count; i++)
        fine = copies(management, ret_bindings->v[i].exchange, ret_why, size);
    return fine;
}
