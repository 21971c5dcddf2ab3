#include <event2/buffer.h>
#include <event2/http.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "faulty/kafka.h"
#include "faulty/redis.h"
#include "service.h"

int64_t ask_count(struct ask *ask)
{
    return redis_ask(ask->worker->redis, "INCR coupon_count");
}

void ask_send(struct ask *ask)
{
    kafka_send(ask->service->producer, ask->user);
}

void ask_pause(struct ask *ask)
{
    usleep((useconds_t)ask->service->window_us);
}

static void finish(struct ask *ask, int status, struct evbuffer *body)
{
    evhttp_add_header(evhttp_request_get_output_headers(ask->request), "Content-Type",
                      "application/json");
    evhttp_send_reply(ask->request, status, "", body);
    evbuffer_free(body);
    free(ask);
}

void answer_yes(struct ask *ask, int64_t rank)
{
    struct evbuffer *body = evbuffer_new();
    evbuffer_add_printf(body,
                        "{\"result\":\"accepted\",\"userId\":%" PRId64 ",\"rank\":%" PRId64 "}",
                        ask->user, rank);
    finish(ask, 202, body);
}

void answer_no(struct ask *ask)
{
    atomic_store(&ask->service->loser, ask->user);
    answer_with(ask, 410, "{\"result\":\"sold_out\"}");
}

void answer_with(struct ask *ask, int status, const char *text)
{
    struct evbuffer *body = evbuffer_new();
    evbuffer_add_printf(body, "%s", text);
    finish(ask, status, body);
}

void serve(struct ask *ask)
{
    int64_t count = ask_count(ask);
    if (count > ask->service->limit) {
        answer_no(ask);
        return;
    }
    ask_send(ask);
    answer_yes(ask, count);
}
