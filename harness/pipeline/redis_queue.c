#include "pipeline/redis_queue.h"

#include <hiredis.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/pipeline.h"
#include "store/redis_client.h"

int redis_queue_open(struct redis_queue *queue, const char *at, struct err *err)
{
    *queue = (struct redis_queue){.at = at};
    return redis_client_check(at, err);
}

void redis_queue_close(struct redis_queue *queue)
{
    redis_client_close(&queue->link);
}

void redis_queue_free(struct redisReply **reply)
{
    if (*reply)
        freeReplyObject(*reply);
}

static struct redisReply *fail(struct redis_queue *queue, const char *key, const char *why)
{
    snprintf(queue->why, sizeof queue->why, "%.64s at %.64s: %.96s", key, queue->at, why);
    return NULL;
}

struct redisReply *redis_queue_ask_missing(struct redis_queue *queue, const char *key, int count,
                                           const char **words, const char *missing,
                                           bool *ret_missing)
{
    struct err err = {0};
    if (!queue->link)
        queue->link = redis_client_open(queue->at, PIPELINE_PATIENCE, &err);
    if (!queue->link)
        return fail(queue, key, err.message);
    redisReply *reply = redis_client_ask(queue->link, count, words);
    if (!reply) {
        fail(queue, key, redis_client_why(queue->link));
        redis_client_close(&queue->link);
        return NULL;
    }
    if (reply->type != REDIS_REPLY_ERROR)
        return reply;
    *ret_missing = missing && strstr(reply->str, missing);
    fail(queue, key, reply->str);
    freeReplyObject(reply);
    return NULL;
}

struct redisReply *redis_queue_ask(struct redis_queue *queue, const char *key, int count,
                                   const char **words)
{
    bool missing = false;
    return redis_queue_ask_missing(queue, key, count, words, NULL, &missing);
}
