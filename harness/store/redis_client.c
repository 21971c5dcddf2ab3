#include "store/redis_client.h"

#include <hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "base/uri.h"
#include "store/address.h"
#include "store/redis_tls.h"

#define DEFAULT_PORT  6379
#define DATABASES_MAX 1000000

struct redis_link {
    redisContext *plain;   /* NULL: it is by TLS */
    struct redis_tls *tls; /* NULL: it is plain, or there is no connection yet */
    char why[128];
};

/* The number of the database; -1: the address names none. */
static int read_database(const struct uri *uri, int64_t *ret_database, struct err *err)
{
    char text[32] = "";
    bool local = !strcmp(uri->scheme, "unix");
    bool asked = uri_query(uri, "db", text, sizeof text);
    if (!asked && !local && strlen(uri->path) > 1)
        snprintf(text, sizeof text, "%s", uri->path + 1);
    *ret_database = -1;
    if (!text[0] && !asked)
        return 0;
    if (units_parse_int(text, 0, DATABASES_MAX, ret_database, NULL))
        return err_set(err, ERR_USAGE,
                       "the database of the Redis address is no number; allowed: redis://host/1, "
                       "unix:///path?db=1");
    return 0;
}

static int read_address(const char *url, struct uri *ret_uri, int64_t *ret_database,
                        struct err *err)
{
    static const char *const schemes[] = {"redis", "rediss", "unix", NULL};
    int rc = uri_parse(url, ret_uri, err);
    if (rc)
        return rc;
    rc = uri_expect(ret_uri, "Redis", schemes, err);
    if (rc)
        return rc;
    bool local = !strcmp(ret_uri->scheme, "unix");
    if (local && (ret_uri->hosts[0].name[0] || !ret_uri->path[0]))
        return err_set(
            err, ERR_USAGE,
            "a unix:// address has its path behind three slashes: unix:///run/redis.sock");
    return read_database(ret_uri, ret_database, err);
}

int redis_client_check(const char *url, struct err *err)
{
    struct uri uri;
    int64_t database;
    return read_address(url, &uri, &database, err);
}

static struct timeval to_timeval(ns_t span)
{
    return (struct timeval){.tv_sec = span / NS_PER_S,
                            .tv_usec = (suseconds_t)(span % NS_PER_S / NS_PER_US)};
}

/* Takes the connection if there is one; else adds to why it failed. */
static redisContext *keep(redisContext *link, const char *place, char *why, size_t size)
{
    size_t used = strlen(why);
    if (link && !link->err)
        return link;
    snprintf(why + used, size - used, "%s%s: %s", used ? "; " : "", place,
             link ? link->errstr : "no memory");
    if (link)
        redisFree(link);
    return NULL;
}

static redisContext *dial(const struct uri *uri, ns_t wait, struct err *err)
{
    char why[ERR_MESSAGE_MAX / 2] = "", place[300];
    redisContext *link = NULL;
    struct addresses addresses = {0};
    const struct uri_host *host = &uri->hosts[0];
    int port = host->port ? host->port : DEFAULT_PORT;
    if (!strcmp(uri->scheme, "unix"))
        link = keep(redisConnectUnixWithTimeout(uri->path, to_timeval(wait)), uri->path, why,
                    sizeof why);
    else if (address_find(host->name[0] ? host->name : "127.0.0.1", &addresses, err))
        return NULL;
    for (unsigned i = 0; !link && i < addresses.count; i++)
        link = keep(redisConnectWithTimeout(addresses.v[i], port, to_timeval(wait)),
                    uri_place(addresses.v[i], port, place, sizeof place), why, sizeof why);
    if (!link)
        err_set(err, ERR_ENVIRONMENT, "connecting to %s", why);
    return link;
}

static int tell(struct redis_link *link, int count, const char **words, struct err *err)
{
    redisReply *reply = redis_client_ask(link, count, words);
    int rc = 0;
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        rc = err_set(err, ERR_ENVIRONMENT, "%s: %s", words[0], reply ? reply->str : link->why);
    if (reply)
        freeReplyObject(reply);
    return rc;
}

static int introduce(struct redis_link *link, const struct uri *uri, int64_t database,
                     struct err *err)
{
    int rc = 0;
    char number[24];
    if (uri->password[0])
        rc = uri->user[0] ? tell(link, 3, (const char *[]){"AUTH", uri->user, uri->password}, err)
                          : tell(link, 2, (const char *[]){"AUTH", uri->password}, err);
    snprintf(number, sizeof number, "%lld", (long long)database);
    if (!rc && database >= 0)
        rc = tell(link, 2, (const char *[]){"SELECT", number}, err);
    return rc;
}

static int connect_to(struct redis_link *link, const struct uri *uri, ns_t wait, struct err *err)
{
    int port = uri->hosts[0].port ? uri->hosts[0].port : DEFAULT_PORT;
    if (!strcmp(uri->scheme, "rediss"))
        link->tls = redis_tls_open(uri, port, wait, err);
    else
        link->plain = dial(uri, wait, err);
    if (link->plain)
        redisSetTimeout(link->plain, to_timeval(wait));
    return link->plain || link->tls ? 0 : -(int)err->code;
}

struct redis_link *redis_client_open(const char *url, ns_t wait, struct err *err)
{
    struct uri uri;
    int64_t database;
    if (read_address(url, &uri, &database, err))
        return NULL;
    struct redis_link *link = calloc(1, sizeof *link);
    if (!link)
        err_set(err, ERR_MEMORY, "no room for a connection");
    else if (!connect_to(link, &uri, wait, err) && !introduce(link, &uri, database, err))
        return link;
    redis_client_close(&link);
    return NULL;
}

struct redisReply *redis_client_ask(struct redis_link *link, int count, const char **words)
{
    return redis_client_ask_bytes(link, count, words, NULL);
}

struct redisReply *redis_client_ask_bytes(struct redis_link *link, int count, const char **words,
                                          const size_t *sizes)
{
    if (link->tls)
        return redis_tls_ask(link->tls, count, words, sizes, link->why, sizeof link->why);
    redisReply *reply = redisCommandArgv(link->plain, count, words, sizes);
    if (!reply)
        snprintf(link->why, sizeof link->why, "%s", link->plain->errstr);
    return reply;
}

const char *redis_client_why(const struct redis_link *link)
{
    return link->why;
}

int redis_client_socket(const struct redis_link *link)
{
    return link->tls ? redis_tls_socket(link->tls) : link->plain->fd;
}

void redis_client_close(struct redis_link **link)
{
    if (*link && (*link)->plain)
        redisFree((*link)->plain);
    if (*link)
        redis_tls_close((*link)->tls);
    free(*link);
    *link = NULL;
}

int redis_client_words(char *text, const char **ret_words)
{
    static const char blanks[] = " \t\r\n";
    int count = 0;
    for (char *p = text + strspn(text, blanks); *p; p += strspn(p, blanks)) {
        if (count == REDIS_WORDS_MAX)
            return -1;
        char quote = *p == '"' || *p == '\'' ? *p : '\0';
        ret_words[count++] = quote ? ++p : p;
        p = quote ? strchr(p, quote) : p + strcspn(p, blanks);
        if (!p)
            return -1;
        if (*p)
            *p++ = '\0';
    }
    return count ? count : -1;
}
