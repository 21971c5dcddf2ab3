/* Redis: a private server on a Unix socket, or somebody else's. */
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "stack/lookup.h"
#include "stack/ready.h"
#include "stack/redislink.h"
#include "stack/server.h"

#define START_TIMEOUT (10 * NS_PER_S)

static void cleanup_reply(redisReply **reply)
{
    if (*reply)
        freeReplyObject(*reply);
}

static void read_version(const char *info, char *ret_version, size_t size)
{
    const char *at = strstr(info, "redis_version:");
    if (at)
        snprintf(ret_version, size, "%.*s", (int)strcspn(at + 14, "\r\n"), at + 14);
}

/* Answers INFO, which a server that still loads its data does as well, and says so. */
static bool answers(void *context, char *ret_why, size_t size)
{
    struct server *server = context;
    struct err err = {0};
    _cleanup_(redislink_close) redisContext *link = redislink_open(server->own_url, &err);
    if (!link) {
        snprintf(ret_why, size, "%.200s", err.message);
        return false;
    }
    _cleanup_(cleanup_reply) redisReply *reply = redisCommand(link, "INFO");
    if (!reply || reply->type != REDIS_REPLY_STRING) {
        snprintf(ret_why, size, "INFO: %.200s", reply ? reply->str : link->errstr);
        return false;
    }
    read_version(reply->str, server->info.version, sizeof server->info.version);
    if (strstr(reply->str, "\nloading:1")) {
        snprintf(ret_why, size, "it still loads its data");
        return false;
    }
    return true;
}

static int command(struct server *server, const char *text, struct err *err)
{
    _cleanup_(redislink_close) redisContext *link = redislink_open(server->own_url, err);
    if (!link)
        return -ERR_ENVIRONMENT;
    _cleanup_(cleanup_reply) redisReply *reply = redislink_command(link, text);
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        return err_set(err, ERR_ENVIRONMENT, "Redis: %s: %s", text,
                       reply ? reply->str : link->errstr);
    return 0;
}

static int ready(struct server *server, struct err *err)
{
    return ready_wait(&server->child, answers, server, START_TIMEOUT, server->place->halt, err);
}

static void arguments(struct server *server, const char *program)
{
    const char *fsync = server->place->scenario->stack.redis_appendfsync;
    bool durable = fsync && strcmp(fsync, "no") != 0;
    char port[8], path[192];
    snprintf(port, sizeof port, "%u", server->ports[0].number);
    snprintf(path, sizeof path, "%s/redis.sock", server->dir);
    const char *const options[][2] = {{"--port", port},
                                      {"--bind", "127.0.0.1"},
                                      {"--unixsocket", path},
                                      {"--unixsocketperm", "700"},
                                      {"--dir", server->dir},
                                      {"--save", ""},
                                      {"--appendonly", durable ? "yes" : "no"},
                                      {"--appendfsync", durable ? fsync : "no"}};
    texts_add(&server->child.argv, program);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        texts_add(&server->child.argv, options[i][0]);
        texts_add(&server->child.argv, options[i][1]);
    }
    snprintf(server->info.note, sizeof server->info.note, "%s%s",
             durable ? "appendfsync " : "no persistence", durable ? fsync : "");
}

static int start(struct server *server, struct err *err)
{
    _cleanup_free_ char *program = NULL;
    int result = lookup_program("redis-server", NULL, NULL, &program, err);
    if (result) {
        err_prefix(err, "private Redis");
        return result;
    }
    if ((result = server_make_dir(server, LAUNCH_SAME, LAUNCH_SAME, err)) ||
        (server->place->redis_tcp && (result = port_reserve(&server->ports[0], err))))
        return result;
    arguments(server, program);
    texts_environment(&server->child.env);
    server->child.dir = strdup(server->dir);
    snprintf(server->own_url, sizeof server->own_url, "unix://%s/redis.sock", server->dir);
    snprintf(server->user_url, sizeof server->user_url, "%s", server->own_url);
    if ((result = child_start(&server->child, err)))
        return result;
    return ready(server, err);
}

static int reset(struct server *server, struct err *err)
{
    return command(server, "FLUSHALL", err);
}

const struct server_kind redis_private = {
    .name = "private", .start = start, .ready = ready, .reset = reset, .stop_signal = SIGTERM};

static int external_start(struct server *server, struct err *err)
{
    char why[256] = "";
    snprintf(server->own_url, sizeof server->own_url, "%s", server->place->scenario->stack.redis);
    snprintf(server->user_url, sizeof server->user_url, "%s", server->own_url);
    if (!answers(server, why, sizeof why))
        return err_set(err, ERR_ENVIRONMENT, "the Redis of the scenario does not answer: %s", why);
    return 0;
}

static int external_reset(struct server *server, struct err *err)
{
    const char *text = server_reset_text(server->place, "redis");
    if (!text)
        return 0;
    log_info("stack", "external Redis: %s", text);
    return command(server, text, err);
}

const struct server_kind redis_external = {
    .name = "external", .start = external_start, .reset = external_reset};
