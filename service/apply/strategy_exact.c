/* One atomic script decides, and writes the accepted user to an outbox: 202 means that it is safe
 * there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/acks.h"
#include "apply/ask.h"
#include "apply/exact_script.h"
#include "apply/loop.h"
#include "apply/strategy.h"
#include "base/log.h"

enum { HEAD_MAX = 2048, TAIL_MAX = 128, NUMBER_MAX = 24, SHA_LENGTH = 40 };

#define LENGTH(text) (sizeof(text) - 1)
#define BULK(text)   "$%zu\r\n" text "\r\n"

/* A command's parts around the user id, rendered before the requests come. Per loop. */
struct exact {
    char by_sha[HEAD_MAX], by_text[HEAD_MAX];
    size_t by_sha_length; /* 0 until Redis has told the script's hash */
    size_t by_text_length;
    char tail[TAIL_MAX]; /* limit and token */
    size_t tail_length;
    uint64_t generation; /* that the tail's token names */
    bool loading;
    struct acks *acks;
};

static size_t render_head(char *out, const char *command, const char *script)
{
    return (size_t)snprintf(out, HEAD_MAX,
                            "*10\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n$1\r\n4\r\n" BULK(KEY_COUNT)
                                BULK(KEY_USERS) BULK(KEY_RANKS) BULK(KEY_OUTBOX),
                            strlen(command), command, strlen(script), script, LENGTH(KEY_COUNT),
                            LENGTH(KEY_USERS), LENGTH(KEY_RANKS), LENGTH(KEY_OUTBOX));
}

/* The token names this start of the process and its Redis connections so far. */
static void render_tail(struct exact *exact, const struct app *app, uint64_t generation)
{
    char limit[NUMBER_MAX], token[2 * NUMBER_MAX];
    snprintf(limit, sizeof limit, "%" PRId64, app->settings->limit);
    snprintf(token, sizeof token, "%s:%" PRIu64, app->boot, generation);
    exact->tail_length = (size_t)snprintf(exact->tail, TAIL_MAX, "$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
                                          strlen(limit), limit, strlen(token), token);
    exact->generation = generation;
}

static void on_reply(redisAsyncContext *context, void *reply, void *arg);

static bool send_script(struct ask *ask, const char *head, size_t head_length)
{
    const struct exact *exact = ask->loop->state;
    char command[HEAD_MAX + NUMBER_MAX * 2 + TAIL_MAX], user[NUMBER_MAX];
    memcpy(command, head, head_length);
    size_t used = head_length;
    int digits = snprintf(user, sizeof user, "%" PRId64, ask->user);
    used += (size_t)sprintf(command + used, "$%d\r\n%s\r\n", digits, user);
    memcpy(command + used, exact->tail, exact->tail_length);
    return link_send(ask->loop->link, command, used + exact->tail_length, on_reply, ask);
}

static void on_loaded(redisAsyncContext *context, void *reply_, void *arg)
{
    (void)context;
    struct exact *exact = arg;
    const redisReply *reply = reply_;
    exact->loading = false;
    if (reply && reply->type == REDIS_REPLY_STRING && reply->len == SHA_LENGTH)
        exact->by_sha_length = render_head(exact->by_sha, "EVALSHA", reply->str);
}

/* The script's hash makes the command a tenth as long. */
static void load_script(struct loop *loop, struct exact *exact)
{
    char command[HEAD_MAX];
    int length =
        snprintf(command, sizeof command, "*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$%zu\r\n%s\r\n",
                 strlen(EXACT_SCRIPT), EXACT_SCRIPT);
    exact->loading = link_send(loop->link, command, (size_t)length, on_loaded, exact);
}

static void refuse(struct ask *ask)
{
    ask->rank = 0;
    ask_answer(ask, OUTCOME_UNAVAILABLE, "redis is down");
}

static void say_accepted(struct ask *ask, int64_t rank)
{
    const struct exact *exact = ask->loop->state;
    int64_t user = ask->user;
    ask->rank = rank;
    ask_answer(ask, OUTCOME_ACCEPTED, NULL);
    acks_add(exact->acks, user, rank);
}

static void on_error(struct ask *ask, const redisReply *reply)
{
    const struct exact *exact = ask->loop->state;
    /* A Redis that was restarted knows no scripts; EVAL teaches it. */
    if (!strncmp(reply->str, "NOSCRIPT", 8) &&
        send_script(ask, exact->by_text, exact->by_text_length))
        return;
    log_warn("redis", "%s", reply->str);
    refuse(ask);
}

static void on_reply(redisAsyncContext *context, void *reply_, void *arg)
{
    (void)context;
    struct ask *ask = arg;
    const redisReply *reply = reply_;
    if (!reply) {
        refuse(ask); /* perhaps it was decided: the next try of this user is told */
    } else if (reply->type == REDIS_REPLY_ERROR) {
        on_error(ask, reply);
    } else if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
        counter_add(&ask->loop->stats.repeated, 1);
        say_accepted(ask, reply->element[1]->integer);
    } else if (reply->integer > 0) {
        say_accepted(ask, reply->integer);
    } else if (reply->integer == 0) {
        ask_answer(ask, OUTCOME_SOLD_OUT, NULL);
    } else {
        ask->rank = -reply->integer;
        ask_answer(ask, OUTCOME_ALREADY, NULL);
    }
}

static void decide(struct ask *ask)
{
    struct loop *loop = ask->loop;
    struct exact *exact = loop->state;
    uint64_t generation = atomic_load_explicit(&loop->app->generation, memory_order_relaxed);
    if (exact->generation != generation)
        render_tail(exact, loop->app, generation);
    if (!exact->by_sha_length && !exact->loading)
        load_script(loop, exact);
    bool sent = exact->by_sha_length ? send_script(ask, exact->by_sha, exact->by_sha_length)
                                     : send_script(ask, exact->by_text, exact->by_text_length);
    if (!sent)
        refuse(ask);
}

static int open_exact(struct loop *loop, struct err *err)
{
    struct exact *exact = calloc(1, sizeof *exact);
    if (!exact)
        return err_set(err, ERR_MEMORY, "out of memory");
    loop->state = exact;
    exact->by_text_length = render_head(exact->by_text, "EVAL", EXACT_SCRIPT);
    render_tail(exact, loop->app, 0);
    return acks_new(loop->base, loop->link, &exact->acks, err);
}

static void close_exact(struct loop *loop)
{
    struct exact *exact = loop->state;
    if (!exact)
        return;
    acks_free(exact->acks);
    free(exact);
    loop->state = NULL;
}

const struct strategy strategy_exact = {
    .name = "exact",
    .design = "One atomic Redis script: once per user, up to the limit, into an outbox. 202 means "
              "that it is safe there. A relay publishes the outbox with an idempotent producer and "
              "removes what the broker has confirmed.",
    .flaw = "Nothing, with coupon-consumer --exactly-once and a Redis that keeps its promises "
            "(appendfsync always).",
    .needs = NEEDS_REDIS | NEEDS_RELAY,
    .open = open_exact,
    .close = close_exact,
    .decide = decide,
};
