#include "faulty/redis.h"

#include <hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "redis: %s: %s\n", what, why);
    exit(1);
}

struct redisContext *redis_open(const char *url)
{
    redisContext *redis;
    char host[256];
    int port = 6379;
    if (!strncmp(url, "unix://", 7))
        redis = redisConnectUnix(url + 7);
    else if (sscanf(url, "redis://%255[^:/]:%d", host, &port) >= 1)
        redis = redisConnect(host, port);
    else
        redis = NULL;
    if (!redis || redis->err)
        give_up(url, redis ? redis->errstr : "cannot connect");
    return redis;
}

int64_t redis_ask(struct redisContext *redis, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = redisvCommand(redis, format, args);
    va_end(args);
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        give_up(format, reply ? reply->str : redis->errstr);
    int64_t value = reply->type == REDIS_REPLY_INTEGER  ? reply->integer
                    : reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10)
                                                        : 0;
    freeReplyObject(reply);
    return value;
}
