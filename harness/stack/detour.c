#include "stack/detour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/uri.h"
#include "base/words.h"
#include "stack/detour_tls.h"

#define URL_MAX 4096

/* What is known of each store that the proxy can read. */
struct dialect {
    const char *server, *protocol;
    int port;
    const char *key; /* of the query: where a unix socket is */
};

static const struct dialect dialects[] = {
    {"redis", "resp", 6379, ""},
    {"postgres", "postgres", 5432, "host"},
    {"mysql", "mysql", 3306, "socket"},
};

static const struct dialect *dialect_of(const char *server)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (!strcmp(dialects[i].server, server))
            return &dialects[i];
    return NULL;
}

bool detour_knows(const char *server)
{
    return dialect_of(server) != NULL;
}

static int read_local(const struct dialect *dialect, const struct uri *uri, const char *path,
                      int port, struct detour *detour, struct err *err)
{
    int length;
    detour->local = true;
    if (!strcmp(dialect->server, "postgres")) {
        snprintf(detour->socket, sizeof detour->socket, ".s.PGSQL.%d", port);
        length = snprintf(detour->upstream, sizeof detour->upstream, "%s/%s", path, detour->socket);
    } else {
        length = snprintf(detour->upstream, sizeof detour->upstream, "%s", path);
    }
    if (strcmp(uri->scheme, "unix") != 0)
        snprintf(detour->key, sizeof detour->key, "%s", dialect->key);
    if (length < 0 || (size_t)length >= sizeof detour->upstream)
        return err_set(err, ERR_USAGE, "the path of its socket is too long");
    return 0;
}

/* A socket's path, or the host that a client would go to. */
static void find_host(const struct dialect *dialect, const struct uri *uri, char *ret_host,
                      size_t size)
{
    if (!strcmp(uri->scheme, "unix")) {
        snprintf(ret_host, size, "%s", uri->path);
        return;
    }
    bool named = *dialect->key && uri_query(uri, dialect->key, ret_host, size);
    if (!named && !strcmp(dialect->server, "postgres"))
        named = uri_query(uri, "hostaddr", ret_host, size);
    if (!named)
        snprintf(ret_host, size, "%s", uri->hosts[0].name);
}

static int find_port(const struct dialect *dialect, const struct uri *uri)
{
    char text[16];
    if (uri_query(uri, "port", text, sizeof text) && atoi(text) > 0)
        return atoi(text);
    return uri->hosts[0].port ? uri->hosts[0].port : dialect->port;
}

/* Of an address; detour has its protocol. */
static int read_url(const struct dialect *dialect, const char *url, struct detour *detour,
                    struct err *err)
{
    _cleanup_free_ struct uri *uri = malloc(sizeof *uri);
    char host[sizeof uri->path] = "";
    int rc = uri ? uri_parse(url, uri, err) : err_set(err, ERR_MEMORY, "out of memory");
    if (rc)
        return rc;
    find_host(dialect, uri, host, sizeof host);
    detour->several = uri->hosts_count > 1 || strchr(host, ',') != NULL;
    if (detour->several)
        return 0;
    if (!*host)
        return err_set(err, ERR_USAGE,
                       "no host; allowed with `between`: an address that names one, localhost "
                       "or the socket's place");
    if (*host == '/')
        return read_local(dialect, uri, host, find_port(dialect, uri), detour, err);
    uri_place(host, find_port(dialect, uri), detour->upstream, sizeof detour->upstream);
    return detour_tls_read(dialect->server, uri, host, detour->tls, sizeof detour->tls, err);
}

int detour_read(const char *server, const char *url, struct detour *ret_detour, struct err *err)
{
    const struct dialect *dialect = dialect_of(server);
    struct detour detour = {.local = *url == '/'};
    int rc = 0;
    if (!dialect)
        return err_set(err, ERR_BUG, "the proxy does not know the protocol of %s", server);
    snprintf(detour.protocol, sizeof detour.protocol, "%s", dialect->protocol);
    if (strstr(url, "://"))
        rc = read_url(dialect, url, &detour, err);
    else
        snprintf(detour.upstream, sizeof detour.upstream, "%s", url);
    if (!rc)
        *ret_detour = detour;
    return rc;
}

/* The query without what says where the store is. */
static void add_query(const struct detour *detour, const char *query, const char *place,
                      struct buf *out)
{
    static const char *const tcp[] = {"host", "hostaddr", "port", NULL};
    char sign = '?';
    while (query && *query) {
        size_t length = strcspn(query, "&");
        char key[24];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(query, "=&"), query);
        bool drop = detour->local ? !strcmp(key, detour->key) : words_find(tcp, key) >= 0;
        drop |= detour->tls[0] && detour_tls_owns(key);
        if (length && !drop) {
            (void)buf_addf(out, "%c%.*s", sign, (int)length, query);
            sign = '&';
        }
        query += length + (query[length] == '&');
    }
    if (!detour->key[0])
        return;
    /* A client looks for its socket in a directory, or has its whole path. */
    size_t cut = detour->socket[0] ? strlen(detour->socket) + 1 : 0;
    (void)buf_addf(out, "%c%s=%.*s", sign, detour->key, (int)(strlen(place) - cut), place);
}

int detour_write(const struct detour *detour, const char *url, const char *place, char *ret_url,
                 size_t size, struct err *err)
{
    _cleanup_(buf_free) struct buf out;
    buf_init(&out, URL_MAX);
    const char *authority = strstr(url, "://");
    authority = authority ? authority + 3 : url;
    size_t length = strcspn(authority, "/?#");
    const char *query = strchr(authority + length, '?'), *host = authority;
    for (const char *at = authority; at < authority + length; at++)
        if (*at == '@')
            host = at + 1;
    if (detour->tls[0] && !strncasecmp(url, "rediss:", 7)) {
        (void)buf_adds(&out, "redis");
        url += strlen("rediss");
    }
    (void)buf_add(&out, url, (size_t)(host - url));
    if (!detour->local)
        (void)buf_adds(&out, place);
    else if (detour->key[0])
        (void)buf_add(&out, host, (size_t)(authority + length - host));
    if (detour->local && !detour->key[0])
        (void)buf_adds(&out, place); /* unix:///its/path */
    else
        (void)buf_add(&out, authority + length, strcspn(authority + length, "?#"));
    add_query(detour, query ? query + 1 : NULL, place, &out);
    if (out.failed || out.used >= size)
        return err_set(err, ERR_USAGE, "the address of a store is longer than %zu bytes", size);
    snprintf(ret_url, size, "%s", buf_text(&out));
    return 0;
}
