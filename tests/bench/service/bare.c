/* The yardstick: one event loop, evhttp and hiredis' libevent adapter, INCR and answer. Nothing is
 * checked, counted or timed. bare REDIS_SOCKET PORT */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>
#include <stdio.h>
#include <stdlib.h>

static redisAsyncContext *redis;

static void on_count(redisAsyncContext *context, void *reply_, void *arg)
{
    (void)context;
    const redisReply *reply = reply_;
    struct evhttp_request *request = arg;
    struct evbuffer *body = evbuffer_new();
    evbuffer_add_printf(body, "{\"count\":%lld}", reply ? reply->integer : -1);
    evhttp_send_reply(request, 200, "OK", body);
    evbuffer_free(body);
}

static void on_request(struct evhttp_request *request, void *arg)
{
    (void)arg;
    redisAsyncCommand(redis, on_count, request, "INCR bare_count");
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 3;
    struct event_base *base = event_base_new();
    struct evhttp *http = evhttp_new(base);
    redis = redisAsyncConnectUnix(argv[1]);
    if (!base || !http || !redis || redis->err || redisLibeventAttach(redis, base) != REDIS_OK)
        return 4;
    evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
    evhttp_set_gencb(http, on_request, NULL);
    if (evhttp_bind_socket(http, "127.0.0.1", (ev_uint16_t)atoi(argv[2])))
        return 4;
    puts("listening");
    fflush(stdout);
    return event_base_dispatch(base);
}
