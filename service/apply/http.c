#include "apply/http.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <string.h>

#include "apply/answer.h"
#include "apply/ask.h"
#include "apply/exposition.h"
#include "apply/ready.h"
#include "apply/request.h"
#include "apply/sell.h"
#include "base/buf.h"
#include "base/cleanup.h"

/* A body over the limit is read up to this much more, so that the refusal can be ours. */
enum { BODY_SLACK = 64 * 1024, HEADERS_MAX = 16 * 1024, METRICS_MAX = 1 << 20 };

static const char JSON[] = "application/json";

static void route_apply(struct loop *loop, struct evhttp_request *request, ns_t started)
{
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    size_t length = evbuffer_get_length(input);
    if (length > (size_t)loop->app->settings->body_limit) {
        answer_refusal(loop, request, OUTCOME_TOO_LARGE, "the body is too large", started);
        return;
    }
    const char *body = length ? (const char *)evbuffer_pullup(input, -1) : NULL;
    int64_t user;
    const char *reason = request_user(query, body, length, &user);
    if (reason) {
        answer_refusal(loop, request, OUTCOME_BAD, reason, started);
        return;
    }
    char item[ASK_ITEM_MAX] = "";
    int64_t units = 0;
    if (loop->app->strategy->sells)
        reason = request_order(query, body, length, item, sizeof item, &units);
    if (reason) {
        answer_refusal(loop, request, OUTCOME_BAD, reason, started);
        return;
    }
    struct ask *ask = ask_new(loop, request, user, started);
    if (ask) {
        memcpy(ask->item, item, sizeof item);
        ask->units = units;
        loop->app->strategy->decide(ask);
    } else
        answer_refusal(loop, request, OUTCOME_UNAVAILABLE, "out of memory", started);
}

/* What a strategy's orders may be asked for besides. */
static void route_act(struct loop *loop, struct evhttp_request *request, const struct act *act,
                      ns_t started)
{
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
    int64_t user, order;
    const char *reason = request_user(query, NULL, 0, &user);
    if (!reason)
        reason = request_about(query, &order);
    struct ask *ask = reason ? NULL : ask_new(loop, request, user, started);
    if (ask) {
        ask->order = order;
        sell_act(ask, act);
    } else {
        answer_refusal(loop, request, reason ? OUTCOME_BAD : OUTCOME_UNAVAILABLE,
                       reason ? reason : "out of memory", started);
    }
}

static const struct act *find_act(const struct strategy *strategy, const char *path)
{
    for (size_t i = 0; path && i < strategy->acts_count; i++)
        if (!strcmp(strategy->acts[i].path, path))
            return &strategy->acts[i];
    return NULL;
}

static void route_health(struct loop *loop, struct evhttp_request *request, ns_t started)
{
    (void)started;
    answer_text(loop, request, 200, "OK", JSON, "{\"status\":\"ok\"}");
}

static void route_ready(struct loop *loop, struct evhttp_request *request, ns_t started)
{
    (void)started;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, METRICS_MAX);
    bool ready = ready_describe(loop->app, &text);
    answer_text(loop, request, ready ? 200 : 503, ready ? "OK" : "Service Unavailable", JSON,
                buf_text(&text));
}

static void route_metrics(struct loop *loop, struct evhttp_request *request, ns_t started)
{
    (void)started;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, METRICS_MAX);
    exposition_write(loop->app, &text);
    answer_text(loop, request, 200, "OK", METRICS_CONTENT_TYPE, buf_text(&text));
}

static const struct route {
    const char *path;
    unsigned methods;
    const char *allow;
    void (*serve)(struct loop *loop, struct evhttp_request *request, ns_t started);
} routes[] = {
    {"/apply", EVHTTP_REQ_POST, "POST", route_apply},
    {"/healthz", EVHTTP_REQ_GET | EVHTTP_REQ_HEAD, "GET, HEAD", route_health},
    {"/readyz", EVHTTP_REQ_GET | EVHTTP_REQ_HEAD, "GET, HEAD", route_ready},
    {"/metrics", EVHTTP_REQ_GET | EVHTTP_REQ_HEAD, "GET, HEAD", route_metrics},
};

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; path && i < sizeof routes / sizeof *routes; i++)
        if (!strcmp(routes[i].path, path))
            return &routes[i];
    return NULL;
}

static void on_request(struct evhttp_request *request, void *arg)
{
    struct loop *loop = arg;
    ns_t started = clock_now();
    loop->last_request = started;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    const struct route *route = find_route(path);
    const struct act *act = find_act(loop->app->strategy, path);
    if (act && evhttp_request_get_command(request) == EVHTTP_REQ_POST) {
        route_act(loop, request, act, started);
    } else if (!route) {
        answer_refusal(loop, request, OUTCOME_NO_PATH, "no such path", started);
    } else if (!(evhttp_request_get_command(request) & route->methods)) {
        evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", route->allow);
        answer_refusal(loop, request, OUTCOME_BAD_METHOD, "method not allowed", started);
    } else {
        route->serve(loop, request, started);
    }
}

void http_attach(struct loop *loop)
{
    const struct settings *settings = loop->app->settings;
    evhttp_set_gencb(loop->http, on_request, loop);
    evhttp_set_allowed_methods(loop->http, UINT16_MAX); /* the routes say 405 themselves */
    evhttp_set_default_content_type(loop->http, JSON);
    evhttp_set_max_headers_size(loop->http, HEADERS_MAX);
    evhttp_set_max_body_size(loop->http, settings->body_limit + BODY_SLACK);
    const struct timeval idle = {.tv_sec = settings->idle_timeout / NS_PER_S,
                                 .tv_usec = settings->idle_timeout % NS_PER_S / NS_PER_US};
    evhttp_set_timeout_tv(loop->http, &idle);
}
