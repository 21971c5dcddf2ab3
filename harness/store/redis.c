/* Redis. A visit asks one value, by any command that only reads; one that may write is refused. */
#include <errno.h>
#include <hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "store/redis_client.h"
#include "store/redis_guard.h"
#include "store/redis_rows.h"
#include "store/store.h"

/* An answer later than this is none: the thread then connects anew. */
#define PATIENCE     (2 * NS_PER_S)
#define COMMAND_SPAN (5 * NS_PER_S)
/* So many names of commands are remembered as allowed; more are asked about each time. */
#define ALLOWED_MAX 16

struct redis {
    struct store store;
    struct redis_link *link; /* NULL: not connected */
    char version[64];
    char allowed[ALLOWED_MAX][32]; /* of this connection's server */
    size_t allowed_count;
};

static void drop_link(struct redis *redis)
{
    redis_client_close(&redis->link);
    redis->allowed_count = 0;
}

/* Sends words; NULL after visit_fail. An error of the server is an error; the link stays then. */
static redisReply *ask(struct redis *redis, struct visit *visit, int count, const char **words)
{
    redisReply *reply = redis_client_ask(redis->link, count, words);
    if (!reply) {
        visit_fail(visit, "%s", redis_client_why(redis->link));
        drop_link(redis);
        return NULL;
    }
    if (reply->type != REDIS_REPLY_ERROR)
        return reply;
    visit_fail(visit, "%s", reply->str);
    freeReplyObject(reply);
    return NULL;
}

/* A server that still loads its data answers as well, and says so; one that keeps its version to
 * itself is a server. */
static void read_version(struct redis *redis, struct visit *visit)
{
    redisReply *reply = ask(redis, visit, 1, (const char *[]){"INFO"});
    const char *text = reply && reply->str ? reply->str : "";
    const char *at = strstr(text, "redis_version:");
    if (at)
        sscanf(at, "redis_version:%63[0-9A-Za-z.-]", redis->version);
    visit->rc = 0;
    if (strstr(text, "\nloading:1")) {
        visit_fail(visit, "it still loads its data");
        drop_link(redis);
    }
    if (reply)
        freeReplyObject(reply);
}

static int redis_connect(struct store *store, struct err *err)
{
    struct redis *redis = (struct redis *)store;
    if (!redis->link)
        redis->link = redis_client_open(store->url, store->commands ? COMMAND_SPAN : PATIENCE, err);
    return redis->link ? 0 : -(int)err->code;
}

static int greet(struct redis *redis, struct visit *visit)
{
    struct err err = {0};
    if (redis_connect(&redis->store, &err))
        return visit_fail(visit, "%s", err.message);
    read_version(redis, visit);
    return visit->rc || redis->link ? visit->rc : visit_fail(visit, "connection lost");
}

static bool is_remembered(const struct redis *redis, const char *name)
{
    for (size_t i = 0; i < redis->allowed_count; i++)
        if (!strcmp(redis->allowed[i], name))
            return true;
    return false;
}

/* Asked once for each command and connection. The link may be gone afterwards. */
static int guard(struct redis *redis, struct visit *visit, const char *name)
{
    char why[sizeof visit->error];
    if (is_remembered(redis, name))
        return 0;
    redisReply *info = ask(redis, visit, 3, (const char *[]){"COMMAND", "INFO", name});
    bool lost = !redis->link;
    visit->rc = lost ? visit->rc : 0; /* a server that does not tell is no error */
    bool allowed = redis_guard_allows(name, info, why, sizeof why);
    if (info)
        freeReplyObject(info);
    if (lost)
        return visit->rc;
    if (!allowed)
        return visit_fail(visit, "%s", why);
    if (redis->allowed_count < ALLOWED_MAX && strlen(name) < sizeof redis->allowed[0])
        snprintf(redis->allowed[redis->allowed_count++], sizeof redis->allowed[0], "%s", name);
    return 0;
}

static void take_value(struct visit *visit, const redisReply *reply)
{
    char digits[32];
    switch (reply->type) {
    case REDIS_REPLY_NIL:
        visit->missing = true;
        return;
    case REDIS_REPLY_INTEGER:
        snprintf(digits, sizeof digits, "%lld", reply->integer);
        visit->value = strdup(digits);
        return;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        visit->value = strdup(reply->str);
        return;
    default:
        visit_fail(visit, "the command's answer is a list, not a value");
    }
}

/* A server that does not like the words says so; the link is lost where it says nothing. */
static redisReply *ask_for_rows(void *context, struct visit *visit, int count, const char **words)
{
    struct redis *redis = context;
    if (!redis->link && greet(redis, visit))
        return NULL;
    return guard(redis, visit, words[0]) ? NULL : ask(redis, visit, count, words);
}

static void read_slot(struct redis *redis, struct visit *visit, enum visit_slot slot)
{
    if (!redis->store.queries[slot] || (!visit->read[slot] && !visit->count[slot]))
        return;
    if (redis_rows_read(ask_for_rows, redis, &redis->store, visit, slot))
        visit->failed = (int)slot;
}

/* A key alone means GET key. -1 after visit_fail. */
static int read_words(struct visit *visit, char *text, const char **ret_words)
{
    int count = redis_client_words(text, ret_words);
    if (count == 1) {
        ret_words[1] = ret_words[0];
        ret_words[0] = "GET";
        count = 2;
    }
    if (count < 0)
        visit_fail(visit, "a Redis command of 1 to %d words is needed, its quotes closed",
                   REDIS_WORDS_MAX);
    return count;
}

static void redis_visit(struct store *store, struct visit *visit)
{
    struct redis *redis = (struct redis *)store;
    const char *words[REDIS_WORDS_MAX] = {NULL};
    if (!redis->link && greet(redis, visit))
        return;
    snprintf(visit->version, sizeof visit->version, "%s", redis->version);
    for (enum visit_slot slot = 0; slot < VISIT_SLOTS && !visit->rc; slot++)
        read_slot(redis, visit, slot);
    if (visit->rc)
        return;
    int count = visit->ask ? read_words(visit, visit->ask, words) : 0;
    if (count <= 0)
        return;
    redisReply *reply = guard(redis, visit, words[0]) ? NULL : ask(redis, visit, count, words);
    if (!reply)
        return;
    take_value(visit, reply);
    freeReplyObject(reply);
}

static int redis_execute(struct store *store, const char *command, struct err *err)
{
    struct redis *redis = (struct redis *)store;
    const char *words[REDIS_WORDS_MAX];
    _cleanup_free_ char *copy = strdup(command);
    int count = copy ? redis_client_words(copy, words) : -1;
    if (count < 0)
        return err_set(err, ERR_USAGE, "no command of 1 to %d words, its quotes closed",
                       REDIS_WORDS_MAX);
    redisReply *reply = redis_client_ask(redis->link, count, words);
    int rc = 0;
    if (!reply && errno == EAGAIN)
        rc = err_set(err, ERR_ENVIRONMENT, "Redis: no answer in %d s: does the command block?",
                     (int)(COMMAND_SPAN / NS_PER_S));
    else if (!reply || reply->type == REDIS_REPLY_ERROR)
        rc = err_set(err, ERR_ENVIRONMENT, "Redis: %s",
                     reply ? reply->str : redis_client_why(redis->link));
    if (reply)
        freeReplyObject(reply);
    else
        drop_link(redis);
    return rc;
}

static int redis_socket(struct store *store)
{
    return redis_client_socket(((struct redis *)store)->link);
}

static void redis_close(struct store *store)
{
    drop_link((struct redis *)store);
}

static int redis_open(struct store *store, struct err *err)
{
    return redis_client_check(store->url, err);
}

static bool redis_reads(const char *query, char *ret_why, size_t size)
{
    return statement_reads(DIALECT_REDIS, query, ret_why, size);
}

const struct store_ops store_redis = {
    .name = "redis",
    .title = "Redis",
    .schemes = {"redis", "unix", "rediss"},
    .size = sizeof(struct redis),
    .reads = redis_reads,
    .open = redis_open,
    .visit = redis_visit,
    .connect = redis_connect,
    .execute = redis_execute,
    .socket = redis_socket,
    .close = redis_close,
};
