#include <arpa/inet.h>
#include <hiredis.h>
#include <libpq-fe.h>
#include <mysql.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stories.h"

static void do_at(const char *url, const char *sql)
{
    PGconn *conn = PQconnectdb(url);
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    check(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql,
          PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
}

void postgres_do(const char *sql)
{
    do_at(servers.postgres, sql);
}

void pool_do(const char *sql)
{
    do_at(servers.pool, sql);
}

const char *postgres_value(const char *url, const char *sql)
{
    static char value[256];
    PGconn *conn = PQconnectdb(url);
    PGresult *result = PQexec(conn, sql);
    bool any = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0;
    check(any, "%s: %s", sql, PQerrorMessage(conn));
    snprintf(value, sizeof value, "%s", any ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(conn);
    return value;
}

void mysql_do(const char *sql)
{
    MYSQL *conn = mysql_init(NULL);
    check(mysql_real_connect(conn, NULL, "root", "", "test", 0, servers.mysql_socket,
                             CLIENT_MULTI_STATEMENTS) != NULL,
          "%s", mysql_error(conn));
    check(mysql_query(conn, sql) == 0, "%s: %s", sql, mysql_error(conn));
    mysql_close(conn);
}

void redis_do(const char *command, const char *key, const char *value)
{
    redisContext *link = redisConnectUnix(servers.redis + strlen("unix://"));
    if (!check(link && !link->err, "redis at %s", servers.redis))
        return;
    char line[256]; /* the first two may be several words */
    snprintf(line, sizeof line, "%s %s%s", command, key, value ? " %s" : "");
    redisReply *reply = redisCommand(link, line, value);
    check(reply && reply->type != REDIS_REPLY_ERROR, "%s %s: %s", command, key,
          reply ? reply->str : "no reply");
    freeReplyObject(reply);
    redisFree(link);
}

int mute_server(int *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    check_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    check_eq(listen(fd, 16), 0); /* the kernel accepts for it */
    check_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}
