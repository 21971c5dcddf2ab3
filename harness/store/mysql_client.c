#include "store/mysql_client.h"

#include <mysql.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/uri.h"
#include "store/address.h"

#define DEFAULT_PORT 3306

static void init_library(void)
{
    mysql_library_init(0, NULL, NULL);
}

static int read_address(const char *url, struct uri *ret_uri, struct err *err)
{
    static const char *const schemes[] = {"mysql", "mariadb", NULL};
    int rc = uri_parse(url, ret_uri, err);
    return rc ? rc : uri_expect(ret_uri, "MySQL", schemes, err);
}

int mysql_client_check(const char *url, struct err *err)
{
    struct uri uri;
    return read_address(url, &uri, err);
}

static MYSQL *prepare(ns_t connect_wait, ns_t answer_wait)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_library);
    MYSQL *link = mysql_init(NULL);
    if (!link)
        return NULL;
    const unsigned connect_s = (unsigned)(connect_wait / NS_PER_S), no_files = 0;
    const unsigned answer_s = (unsigned)(answer_wait / NS_PER_S);
    mysql_options(link, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_options(link, MYSQL_OPT_READ_TIMEOUT, &answer_s);
    mysql_options(link, MYSQL_OPT_WRITE_TIMEOUT, &answer_s);
    mysql_options(link, MYSQL_OPT_LOCAL_INFILE, &no_files);
    mysql_options(link, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options4(link, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "rushproof");
    return link;
}

/* One attempt; host NULL: the socket. On failure its reason is added to why. */
static MYSQL *attempt(const struct uri *uri, const char *host, int port, const char *path,
                      ns_t connect_wait, ns_t answer_wait, char *why, size_t size)
{
    MYSQL *link = prepare(connect_wait, answer_wait);
    const char *database = uri->path[0] == '/' ? uri->path + 1 : uri->path;
    const enum mysql_protocol_type by_tcp = MYSQL_PROTOCOL_TCP;
    if (link && host)
        mysql_options(link, MYSQL_OPT_PROTOCOL, &by_tcp);
    if (link && mysql_real_connect(link, host, uri->user, uri->password,
                                   *database ? database : NULL, (unsigned)port, path, 0))
        return link;
    char place[300];
    size_t used = strlen(why);
    snprintf(why + used, size - used, "%s%s: %s", used ? "; " : "",
             host   ? uri_place(host, port, place, sizeof place)
             : path ? path
                    : "the local socket",
             link ? mysql_error(link) : "no memory");
    mysql_client_close(&link);
    return NULL;
}

MYSQL *mysql_client_open(const char *url, ns_t connect_wait, ns_t answer_wait, struct err *err)
{
    struct uri uri;
    char path[256] = "", why[ERR_MESSAGE_MAX / 2] = "";
    MYSQL *link = NULL;
    struct addresses addresses = {0};
    if (read_address(url, &uri, err))
        return NULL;
    bool by_socket = uri_query(&uri, "socket", path, sizeof path) || !uri.hosts[0].name[0];
    int port = uri.hosts[0].port ? uri.hosts[0].port : DEFAULT_PORT;
    if (by_socket)
        link = attempt(&uri, NULL, 0, path[0] ? path : NULL, connect_wait, answer_wait, why,
                       sizeof why);
    else if (address_find(uri.hosts[0].name, &addresses, err))
        return NULL;
    for (unsigned i = 0; !link && i < addresses.count; i++)
        link =
            attempt(&uri, addresses.v[i], port, NULL, connect_wait, answer_wait, why, sizeof why);
    if (!link)
        err_set(err, ERR_ENVIRONMENT, "connecting to %s", why);
    return link;
}

void mysql_client_close(MYSQL **link)
{
    if (*link)
        mysql_close(*link);
    *link = NULL;
}
