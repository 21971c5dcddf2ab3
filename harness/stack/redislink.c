#include "stack/redislink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define WORDS_MAX 64

/* The parts of a redis:// URL, cut out of a copy. */
struct parts {
    char *user, *password, *host, *db;
    int port;
};

static struct parts split(char *text)
{
    struct parts parts = {.host = text, .port = 6379};
    char *slash = strchr(text, '/'), *at;
    if (slash) {
        *slash = '\0';
        parts.db = slash + 1;
    }
    if ((at = strrchr(text, '@'))) {
        *at = '\0';
        parts.host = at + 1;
        char *colon = strchr(text, ':');
        if (colon) {
            *colon = '\0';
            parts.password = colon + 1;
        }
        parts.user = text;
    }
    char *colon = strrchr(parts.host, ':');
    if (colon) {
        *colon = '\0';
        parts.port = atoi(colon + 1);
    }
    return parts;
}

static int run(redisContext *link, const char *what, redisReply *reply, struct err *err)
{
    int result = 0;
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        result = err_set(err, ERR_ENVIRONMENT, "%s: %s", what, reply ? reply->str : link->errstr);
    if (reply)
        freeReplyObject(reply);
    return result;
}

static int introduce(redisContext *link, const struct parts *parts, struct err *err)
{
    int result = 0;
    if (parts->password && parts->password[0]) {
        redisReply *reply = parts->user && parts->user[0]
                                ? redisCommand(link, "AUTH %s %s", parts->user, parts->password)
                                : redisCommand(link, "AUTH %s", parts->password);
        result = run(link, "AUTH", reply, err);
    }
    if (result == 0 && parts->db && parts->db[0])
        result = run(link, "SELECT", redisCommand(link, "SELECT %s", parts->db), err);
    return result;
}

redisContext *redislink_open(const char *url, struct err *err)
{
    const struct timeval connect_limit = {.tv_sec = 1}, answer_limit = {.tv_sec = 5};
    bool local = strncmp(url, "unix://", 7) == 0;
    if (!local && strncmp(url, "redis://", 8) != 0) {
        err_set(err, ERR_USAGE, "a Redis address is redis://host:port or unix:///path");
        return NULL;
    }
    _cleanup_free_ char *copy = strdup(url + (local ? 7 : 8));
    if (!copy) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    struct parts parts = local ? (struct parts){.host = copy} : split(copy);
    redisContext *link = local ? redisConnectUnixWithTimeout(parts.host, connect_limit)
                               : redisConnectWithTimeout(parts.host, parts.port, connect_limit);
    if (!link || link->err) {
        err_set(err, ERR_ENVIRONMENT, "connecting to %s: %s", parts.host,
                link ? link->errstr : "out of memory");
        redislink_close(&link);
        return NULL;
    }
    redisSetTimeout(link, answer_limit);
    if (introduce(link, &parts, err))
        redislink_close(&link);
    return link;
}

void redislink_close(redisContext **link)
{
    if (*link)
        redisFree(*link);
    *link = NULL;
}

redisReply *redislink_command(redisContext *link, const char *text)
{
    _cleanup_free_ char *copy = strdup(text);
    const char *words[WORDS_MAX];
    int count = 0;
    char *rest = copy;
    for (char *word; copy && count < WORDS_MAX && (word = strtok_r(rest, " \t\n", &rest));)
        words[count++] = word;
    return count ? redisCommandArgv(link, count, words, NULL) : NULL;
}
