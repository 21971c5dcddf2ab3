#include "apply/answer.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BODY_MAX = 256 };

/* evhttp sends a body to HEAD as well, if it is given one. */
static void strip_body(struct loop *loop, struct evhttp_request *request)
{
    char length[24];
    snprintf(length, sizeof length, "%zu", evbuffer_get_length(loop->body));
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length", length);
    evbuffer_drain(loop->body, evbuffer_get_length(loop->body));
}

static void send_reply(struct loop *loop, struct evhttp_request *request, int status,
                       const char *phrase)
{
    if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD)
        strip_body(loop, request);
    if (loop->stopping)
        evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close");
    evhttp_send_reply(request, status, phrase, loop->body);
    /* When the client has gone, nobody has taken the body. */
    evbuffer_drain(loop->body, evbuffer_get_length(loop->body));
    loop->last_request = clock_now();
}

static void send_outcome(struct loop *loop, struct evhttp_request *request, enum outcome outcome,
                         const char *body, int length)
{
    const struct outcome_answer *answer = &outcome_answers[outcome];
    if (outcome == OUTCOME_UNAVAILABLE)
        evhttp_add_header(evhttp_request_get_output_headers(request), "Retry-After", "1");
    evbuffer_add(loop->body, body, (size_t)length);
    send_reply(loop, request, answer->status, answer->phrase);
}

void answer_refusal(struct loop *loop, struct evhttp_request *request, enum outcome outcome,
                    const char *detail, ns_t started)
{
    char body[BODY_MAX];
    int length = snprintf(body, sizeof body, "{\"result\":\"%s\",\"reason\":\"%s\"}",
                          outcome_answers[outcome].result, detail);
    if (outcome == OUTCOME_TOO_LARGE)
        evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close");
    send_outcome(loop, request, outcome, body, length);
    stats_count(&loop->stats, outcome, loop->last_request - started);
}

void answer_text(struct loop *loop, struct evhttp_request *request, int status, const char *phrase,
                 const char *type, const char *text)
{
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
    evbuffer_add_printf(loop->body, "%s", text);
    send_reply(loop, request, status, phrase);
}

static int write_body(const struct ask *ask, enum outcome outcome, const char *detail, char *body)
{
    const char *result = outcome_answers[outcome].result;
    if (detail)
        return snprintf(body, BODY_MAX,
                        "{\"result\":\"%s\",\"userId\":%" PRId64 ",\"reason\":\"%s\"}", result,
                        ask->user, detail);
    if (ask->order && *ask->item)
        return snprintf(body, BODY_MAX,
                        "{\"result\":\"%s\",\"userId\":%" PRId64 ",\"item\":\"%s\",\"quantity\":"
                        "%" PRId64 ",\"orderId\":%" PRId64 "}",
                        result, ask->user, ask->item, ask->units, ask->order);
    if (ask->rank)
        return snprintf(body, BODY_MAX,
                        "{\"result\":\"%s\",\"userId\":%" PRId64 ",\"rank\":%" PRId64 "}", result,
                        ask->user, ask->rank);
    return snprintf(body, BODY_MAX, "{\"result\":\"%s\",\"userId\":%" PRId64 "}", result,
                    ask->user);
}

void ask_answer(struct ask *ask, enum outcome outcome, const char *detail)
{
    struct loop *loop = ask->loop;
    char body[BODY_MAX];
    int length = write_body(ask, outcome, detail, body);
    send_outcome(loop, ask->request, outcome, body, length);
    stats_count(&loop->stats, outcome, loop->last_request - ask->started);
    counter_set(&loop->stats.in_flight, --loop->in_flight);
    ask->next = loop->spare;
    loop->spare = ask;
}

struct ask *ask_new(struct loop *loop, struct evhttp_request *request, int64_t user, ns_t started)
{
    struct ask *ask = loop->spare;
    if (ask)
        loop->spare = ask->next;
    else
        ask = malloc(sizeof *ask);
    if (!ask)
        return NULL;
    *ask = (struct ask){.loop = loop, .request = request, .user = user, .started = started};
    counter_set(&loop->stats.in_flight, ++loop->in_flight);
    return ask;
}
