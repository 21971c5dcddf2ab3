#include "probe/probe_redis.h"

#include <hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "model/evidence.h"
#include "probe/url.h"

#define DEFAULT_PORT 6379
#define WORDS_MAX    32
/* An answer later than this is none: the thread then connects anew. */
static const struct timeval patience = {.tv_sec = 2};

struct redis {
    struct url url;
    redisContext *link; /* NULL: not connected */
    char version[64];
};

static int job_fail(struct redis_job *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int job_fail(struct redis_job *job, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(job->error, sizeof job->error, format, args);
    va_end(args);
    job->rc = -(int)ERR_ENVIRONMENT;
    return job->rc;
}

static void drop_link(struct redis *redis)
{
    if (redis->link)
        redisFree(redis->link);
    redis->link = NULL;
}

/* Sends words; NULL after job_fail. An error of the server is an error; the link stays then. */
static redisReply *ask(struct redis *redis, struct redis_job *job, int count, const char **words)
{
    redisReply *reply = redisCommandArgv(redis->link, count, words, NULL);
    if (!reply) {
        job_fail(job, "%s", redis->link->errstr);
        drop_link(redis);
        return NULL;
    }
    if (reply->type != REDIS_REPLY_ERROR)
        return reply;
    job_fail(job, "%s", reply->str);
    freeReplyObject(reply);
    return NULL;
}

static int tell(struct redis *redis, struct redis_job *job, int count, const char **words)
{
    redisReply *reply = ask(redis, job, count, words);
    if (reply)
        freeReplyObject(reply);
    return reply ? 0 : job->rc;
}

static redisContext *dial(const struct url *url)
{
    if (!strcmp(url->scheme, "unix"))
        return redisConnectUnixWithTimeout(url->path, patience);
    return redisConnectWithTimeout(url->host[0] ? url->host : "127.0.0.1",
                                   url->port ? url->port : DEFAULT_PORT, patience);
}

static int authenticate(struct redis *redis, struct redis_job *job)
{
    const struct url *url = &redis->url;
    if (!url->password[0])
        return 0;
    if (!url->user[0])
        return tell(redis, job, 2, (const char *[]){"AUTH", url->password});
    return tell(redis, job, 3, (const char *[]){"AUTH", url->user, url->password});
}

static int choose_database(struct redis *redis, struct redis_job *job)
{
    char number[16] = "";
    const struct url *url = &redis->url;
    if (!url_query(url, "db", number, sizeof number) && strcmp(url->scheme, "unix") != 0 &&
        url->path[0] == '/')
        snprintf(number, sizeof number, "%.15s", url->path + 1);
    if (!number[0])
        return 0;
    return tell(redis, job, 2, (const char *[]){"SELECT", number});
}

static void read_version(struct redis *redis, struct redis_job *job)
{
    redisReply *reply = ask(redis, job, 2, (const char *[]){"INFO", "server"});
    const char *at = reply && reply->str ? strstr(reply->str, "redis_version:") : NULL;
    if (at)
        sscanf(at, "redis_version:%63[0-9A-Za-z.-]", redis->version);
    if (reply)
        freeReplyObject(reply);
    job->rc = 0; /* a server that keeps its version to itself is a server */
}

static int connect_link(struct redis *redis, struct redis_job *job)
{
    redis->link = dial(&redis->url);
    if (!redis->link)
        return job_fail(job, "no memory");
    if (redis->link->err) {
        job_fail(job, "%s", redis->link->errstr);
        drop_link(redis);
        return job->rc;
    }
    redisSetTimeout(redis->link, patience);
    if (authenticate(redis, job) || choose_database(redis, job)) {
        drop_link(redis);
        return job->rc;
    }
    read_version(redis, job);
    return redis->link ? 0 : job_fail(job, "connection lost");
}

/* Splits at blanks; quotes keep blanks together. Returns how many words, 0 when there are too many.
 * The words point into text, which is cut up. */
static int split(char *text, const char **words)
{
    int count = 0;
    for (char *p = text + strspn(text, " \t"); *p; p += strspn(p, " \t")) {
        if (count == WORDS_MAX)
            return 0;
        char quote = *p == '"' || *p == '\'' ? *p : '\0';
        words[count++] = quote ? ++p : p;
        p = quote ? strchr(p, quote) : p + strcspn(p, " \t");
        if (!p)
            return 0;
        if (*p)
            *p++ = '\0';
    }
    return count;
}

/* COMMAND INFO name: one entry of {name, arity, [flags…], …}; a server that does not tell is
 * believed. */
static bool writes(struct redis *redis, struct redis_job *job, const char *name)
{
    redisReply *reply = ask(redis, job, 3, (const char *[]){"COMMAND", "INFO", name});
    job->rc = 0;
    bool found = false;
    if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
        reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements > 2) {
        const redisReply *flags = reply->element[0]->element[2];
        for (size_t i = 0; i < flags->elements; i++)
            found |= flags->element[i]->str && !strcmp(flags->element[i]->str, "write");
    }
    if (reply)
        freeReplyObject(reply);
    return found;
}

static void take_value(struct redis_job *job, const redisReply *reply)
{
    char digits[32];
    switch (reply->type) {
    case REDIS_REPLY_NIL:
        job->number = maybe_of(0);
        return;
    case REDIS_REPLY_INTEGER:
        job->number = maybe_of(reply->integer);
        snprintf(digits, sizeof digits, "%lld", reply->integer);
        job->value = strdup(digits);
        return;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        job->value = strdup(reply->str);
        job->number.known =
            !units_parse_int(reply->str, INT64_MIN, INT64_MAX, &job->number.value, NULL);
        return;
    default:
        job_fail(job, "the command's answer is a list, not a value");
    }
}

static void redis_run(void *state, struct job *base)
{
    struct redis *redis = state;
    struct redis_job *job = (struct redis_job *)base;
    const char *words[WORDS_MAX] = {"GET"};
    if (!redis->link && connect_link(redis, job))
        return;
    snprintf(job->version, sizeof job->version, "%s", redis->version);
    if (!job->command)
        return;
    int count = split(job->command, words);
    if (count == 1) {
        words[1] = words[0];
        words[0] = "GET";
        count = 2;
    }
    if (count == 0) {
        job_fail(job, "a Redis command of 1 to %d words is needed", WORDS_MAX);
        return;
    }
    if (job->guard && writes(redis, job, words[0])) {
        job_fail(job, "%s writes; evidence must only be read", words[0]);
        return;
    }
    if (!redis->link && connect_link(redis, job))
        return;
    redisReply *reply = ask(redis, job, count, words);
    if (!reply)
        return;
    take_value(job, reply);
    freeReplyObject(reply);
}

static void redis_job_drop(struct job *base)
{
    struct redis_job *job = (struct redis_job *)base;
    free(job->command);
    free(job->value);
    free(job);
}

struct redis_job *redis_job_new(const char *command)
{
    struct redis_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->job.run = redis_run;
    job->job.drop = redis_job_drop;
    job->command = command ? strdup(command) : NULL;
    if (command && !job->command) {
        free(job);
        return NULL;
    }
    return job;
}

static void redis_close(void *state)
{
    struct redis *redis = state;
    drop_link(redis);
    free(redis);
}

struct source *redis_source(const char *url, struct err *err)
{
    static const struct source_ops ops = {redis_close, NULL};
    struct redis *redis = calloc(1, sizeof *redis);
    if (!redis) {
        err_set(err, ERR_MEMORY, "no room for the probe of redis");
        return NULL;
    }
    int rc = url_parse(url, &redis->url, err);
    if (!rc && strcmp(redis->url.scheme, "redis") != 0 && strcmp(redis->url.scheme, "unix") != 0)
        rc = err_set(err, ERR_USAGE, "a Redis address begins with redis:// or unix://, not %s://",
                     redis->url.scheme);
    if (rc) {
        free(redis);
        return NULL;
    }
    return source_new("redis", redis, &ops, err);
}
