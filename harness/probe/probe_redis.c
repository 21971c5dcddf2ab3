#include "probe/probe_redis.h"

#include <hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "client/redis_client.h"
#include "model/evidence.h"
#include "probe/redis_guard.h"

/* An answer later than this is none: the thread then connects anew. */
#define PATIENCE (2 * NS_PER_S)
/* So many names of commands are remembered as allowed; more are asked about each time. */
#define ALLOWED_MAX 16

struct redis {
    char *url;          /* owned */
    redisContext *link; /* NULL: not connected */
    char version[64];
    char allowed[ALLOWED_MAX][32]; /* of this connection's server */
    size_t allowed_count;
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
    redis_client_close(&redis->link);
    redis->allowed_count = 0;
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
    struct err err = {0};
    redis->link = redis_client_open(redis->url, PATIENCE, &err);
    if (!redis->link)
        return job_fail(job, "%s", err.message);
    read_version(redis, job);
    return redis->link ? 0 : job_fail(job, "connection lost");
}

static bool is_remembered(const struct redis *redis, const char *name)
{
    for (size_t i = 0; i < redis->allowed_count; i++)
        if (!strcmp(redis->allowed[i], name))
            return true;
    return false;
}

/* Asked once for each command and connection. The link may be gone afterwards. */
static int guard(struct redis *redis, struct redis_job *job, const char *name)
{
    char why[sizeof job->error];
    if (is_remembered(redis, name))
        return 0;
    redisReply *info = ask(redis, job, 3, (const char *[]){"COMMAND", "INFO", name});
    bool lost = !redis->link;
    job->rc = lost ? job->rc : 0; /* a server that does not tell is no error */
    bool allowed = redis_guard_allows(name, info, why, sizeof why);
    if (info)
        freeReplyObject(info);
    if (lost)
        return job->rc;
    if (!allowed)
        return job_fail(job, "%s", why);
    if (redis->allowed_count < ALLOWED_MAX && strlen(name) < sizeof redis->allowed[0])
        snprintf(redis->allowed[redis->allowed_count++], sizeof redis->allowed[0], "%s", name);
    return 0;
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
    const char *words[REDIS_WORDS_MAX] = {NULL};
    if (!redis->link && connect_link(redis, job))
        return;
    snprintf(job->version, sizeof job->version, "%s", redis->version);
    if (!job->command)
        return;
    int count = redis_client_words(job->command, words);
    if (count == 1) {
        words[1] = words[0];
        words[0] = "GET";
        count = 2;
    }
    if (count < 0) {
        job_fail(job, "a Redis command of 1 to %d words is needed, its quotes closed",
                 REDIS_WORDS_MAX);
        return;
    }
    redisReply *reply = guard(redis, job, words[0]) ? NULL : ask(redis, job, count, words);
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
    free(redis->url);
    free(redis);
}

struct source *redis_source(const char *url, struct err *err)
{
    static const struct source_ops ops = {redis_close, NULL};
    if (redis_client_check(url, err))
        return NULL;
    struct redis *redis = calloc(1, sizeof *redis);
    if (!redis || !(redis->url = strdup(url))) {
        err_set(err, ERR_MEMORY, "no room for the probe of redis");
        free(redis);
        return NULL;
    }
    return source_new("redis", redis, &ops, err);
}
