/* Redis: a private server on a Unix socket, or somebody else's. Whoever can reach the socket's
 * directory may come in; on TCP, where the scenario asks for it, a password of this run's own keeps
 * the machine's other users out. */
#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "client/redis_client.h"
#include "stack/lookup.h"
#include "stack/ready.h"
#include "stack/resets.h"
#include "stack/server.h"

#define START_TIMEOUT (10 * NS_PER_S)
#define ANSWER_WAIT   (5 * NS_PER_S)
#define SECRETS       "redis.conf"

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
    _cleanup_(redis_client_close) redisContext *link =
        redis_client_open(server->own_url, ANSWER_WAIT, &err);
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

static int command(redisContext *link, const char *text, struct err *err)
{
    _cleanup_free_ char *copy = strdup(text);
    const char *words[REDIS_WORDS_MAX];
    int count = copy ? redis_client_words(copy, words) : -1;
    if (count < 0)
        return err_set(err, ERR_USAGE, "no command of 1 to %d words, its quotes closed",
                       REDIS_WORDS_MAX);
    _cleanup_(cleanup_reply) redisReply *reply = redisCommandArgv(link, count, words, NULL);
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        return err_set(err, ERR_ENVIRONMENT, "Redis: %s", reply ? reply->str : link->errstr);
    return 0;
}

static int ready(struct server *server, struct err *err)
{
    return ready_wait(&server->child, answers, server, START_TIMEOUT, server->place->halt, err);
}

/* The password stands in a file of ours alone, because everybody sees the arguments of a process.
 */
static int lock_tcp(struct server *server, struct err *err)
{
    char path[192];
    int result = port_reserve(&server->ports[0], err);
    if (result == 0)
        result = server_make_password(server, err);
    if (result)
        return result;
    snprintf(path, sizeof path, "%s/" SECRETS, server->dir);
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || dprintf(fd, "requirepass %s\n", server->password) < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write %s", path);
    return 0;
}

static void addresses(struct server *server)
{
    bool tcp = server->ports[0].number != 0;
    snprintf(server->own_url, sizeof server->own_url, "unix://%s%s%s%s/redis.sock", tcp ? ":" : "",
             server->password, tcp ? "@" : "", server->dir);
    if (tcp)
        snprintf(server->user_url, sizeof server->user_url, "redis://default:%s@127.0.0.1:%u",
                 server->password, server->ports[0].number);
    else
        snprintf(server->user_url, sizeof server->user_url, "%s", server->own_url);
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
    if (server->password[0])
        texts_addf(&server->child.argv, "%s/" SECRETS, server->dir); /* the first argument */
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
    int result = lookup_redis(&program, err);
    if (result) {
        err_prefix(err, "private Redis");
        return result;
    }
    if ((result = server_make_dir(server, LAUNCH_SAME, LAUNCH_SAME, err)) ||
        (server->place->redis_tcp && (result = lock_tcp(server, err))))
        return result;
    arguments(server, program);
    texts_environment(&server->child.env);
    server->child.dir = strdup(server->dir);
    addresses(server);
    if ((result = child_start(&server->child, err)))
        return result;
    return ready(server, err);
}

static int reset(struct server *server, struct err *err)
{
    _cleanup_(redis_client_close) redisContext *link =
        redis_client_open(server->own_url, ANSWER_WAIT, err);
    return link ? command(link, "FLUSHALL", err) : -(int)ERR_ENVIRONMENT;
}

static int run_commands(struct server *server, struct err *err)
{
    struct resets resets = resets_of(server->place, "redis", false);
    const char *text;
    _cleanup_(redis_client_close) redisContext *link =
        redis_client_open(server->own_url, ANSWER_WAIT, err);
    if (!link)
        return -(int)err->code;
    int result = server_may_reset(server->place, "redis", link->fd, err);
    while (result == 0 && (text = resets_next(&resets))) {
        log_info("stack", "%s Redis: %s", server->kind->name, text);
        result = command(link, text, err);
    }
    return result ? resets_blame(&resets, err) : 0;
}

const struct server_kind redis_private = {.name = "private",
                                          .start = start,
                                          .ready = ready,
                                          .reset = reset,
                                          .command = run_commands,
                                          .stop_signal = SIGTERM};

static int external_start(struct server *server, struct err *err)
{
    char why[256] = "";
    snprintf(server->own_url, sizeof server->own_url, "%s", server->place->scenario->stack.redis);
    snprintf(server->user_url, sizeof server->user_url, "%s", server->own_url);
    if (!answers(server, why, sizeof why))
        return err_set(err, ERR_ENVIRONMENT, "the Redis of the scenario does not answer: %s", why);
    return 0;
}

const struct server_kind redis_external = {
    .name = "external", .start = external_start, .command = run_commands};
