#include "pipeline/rabbit_link.h"

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "pipeline/pipeline.h"

#define FRAME_MAX   131072
#define AUTHORITIES "/etc/ssl/certs/ca-certificates.crt" /* unless the address names others */

int rabbit_link_new(const char *at, struct rabbit_link **ret_link, struct err *err)
{
    static const char *const schemes[] = {"amqp", "amqps", NULL};
    struct rabbit_link *link = calloc(1, sizeof *link);
    if (!link)
        return err_set(err, ERR_MEMORY, "no room for the probe of rabbitmq");
    link->at = at;
    int rc = uri_parse(at, &link->uri, err);
    if (!rc)
        rc = uri_expect(&link->uri, "RabbitMQ", schemes, err);
    if (rc)
        rabbit_link_free(link);
    else
        *ret_link = link;
    return rc;
}

void rabbit_link_free(struct rabbit_link *link)
{
    if (link)
        rabbit_link_close(link);
    free(link);
}

void rabbit_link_close(struct rabbit_link *link)
{
    if (link->conn)
        amqp_destroy_connection(link->conn);
    link->conn = NULL;
    memset(link->open, 0, sizeof link->open);
}

const char *rabbit_link_vhost(const struct rabbit_link *link)
{
    const char *path = link->uri.path;
    return path[0] && path[1] ? path + 1 : "/";
}

/* ---- what went wrong ---- */

static void blame(struct rabbit_link *link, const char *what, size_t length, const char *why)
{
    char place[300];
    uri_place(link->uri.hosts[0].name, link->uri.hosts[0].port, place, sizeof place);
    snprintf(link->why, sizeof link->why, "%.80s%s%.64s: %.*s", what, *what ? " at " : "", place,
             length > 80 ? 80 : (int)length, why);
}

bool rabbit_link_lost(struct rabbit_link *link, const char *what, const char *why)
{
    blame(link, what, strlen(why), why);
    rabbit_link_close(link);
    return false;
}

/* "NOT_FOUND - no queue 'wins' in vhost '/'" */
static bool refused(struct rabbit_link *link, int channel, const char *what,
                    const amqp_channel_close_t *close)
{
    amqp_channel_close_ok_t answer = {0};
    link->refusal = close->reply_code;
    blame(link, what, close->reply_text.len, close->reply_text.bytes);
    amqp_send_method(link->conn, (amqp_channel_t)channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &answer);
    link->open[channel] = false;
    return false;
}

static bool dismissed(struct rabbit_link *link, const char *what,
                      const amqp_connection_close_t *close)
{
    link->refusal = close->reply_code;
    blame(link, what, close->reply_text.len, close->reply_text.bytes);
    rabbit_link_close(link);
    return false;
}

static bool did(struct rabbit_link *link, int channel, const char *what,
                const amqp_rpc_reply_t *reply)
{
    link->refusal = 0;
    if (reply->reply_type == AMQP_RESPONSE_NORMAL)
        return true;
    if (reply->reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
        return rabbit_link_lost(link, what, amqp_error_string2(reply->library_error));
    if (reply->reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
        reply->reply.id == AMQP_CHANNEL_CLOSE_METHOD)
        return refused(link, channel, what, reply->reply.decoded);
    if (reply->reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
        reply->reply.id == AMQP_CONNECTION_CLOSE_METHOD)
        return dismissed(link, what, reply->reply.decoded);
    return rabbit_link_lost(link, what, "the broker does not keep to the protocol");
}

bool rabbit_link_did(struct rabbit_link *link, int channel, const char *what)
{
    amqp_rpc_reply_t reply = amqp_get_rpc_reply(link->conn);
    return did(link, channel, what, &reply);
}

/* ---- connecting ---- */

/* The parameters are those of RabbitMQ's own addresses. */
static amqp_socket_t *tls_socket(struct rabbit_link *link)
{
    char authorities[1024] = AUTHORITIES, cert[1024], key[1024], verify[32] = "";
    amqp_socket_t *socket = amqp_ssl_socket_new(link->conn);
    if (!socket)
        return NULL;
    uri_query(&link->uri, "cacertfile", authorities, sizeof authorities);
    uri_query(&link->uri, "verify", verify, sizeof verify);
    bool trusting = !strcmp(verify, "verify_none");
    amqp_ssl_socket_set_verify_peer(socket, !trusting);
    amqp_ssl_socket_set_verify_hostname(socket, !trusting);
    bool failed = !trusting && amqp_ssl_socket_set_cacert(socket, authorities);
    if (uri_query(&link->uri, "certfile", cert, sizeof cert) &&
        uri_query(&link->uri, "keyfile", key, sizeof key))
        failed |= amqp_ssl_socket_set_key(socket, cert, key) != 0;
    return failed ? NULL : socket;
}

static amqp_socket_t *make_socket(struct rabbit_link *link)
{
    link->conn = amqp_new_connection();
    if (!link->conn)
        return NULL;
    return strcmp(link->uri.scheme, "amqps") ? amqp_tcp_socket_new(link->conn) : tls_socket(link);
}

/* By a name under which a broker's own pages list it. */
static bool log_in(struct rabbit_link *link)
{
    const struct uri *uri = &link->uri;
    amqp_table_entry_t name = {.key = amqp_cstring_bytes("connection_name"),
                               .value.kind = AMQP_FIELD_KIND_UTF8,
                               .value.value.bytes = amqp_cstring_bytes("rushproof")};
    const amqp_table_t properties = {.num_entries = 1, .entries = &name};
    const char *user = uri->has_user ? uri->user : "guest";
    amqp_rpc_reply_t reply = amqp_login_with_properties(
        link->conn, rabbit_link_vhost(link), 0, FRAME_MAX, 0, &properties, AMQP_SASL_METHOD_PLAIN,
        user, uri->has_password ? uri->password : "guest");
    return did(link, 0, "", &reply);
}

/* What to do about it, where the library's word leaves that open. */
static const char *reason(int status)
{
    switch (status) {
    case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
        return "its certificate is of no known authority: try ?cacertfile=PATH";
    case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
        return "its certificate is for another name: use that in the address";
    default:
        return amqp_error_string2(status);
    }
}

static bool connect_to(struct rabbit_link *link)
{
    const struct uri_host *host = &link->uri.hosts[0];
    const struct timeval wait = {.tv_sec = PIPELINE_PATIENCE / NS_PER_S};
    int port = host->port ? host->port : strcmp(link->uri.scheme, "amqps") ? 5672 : 5671;
    amqp_socket_t *socket = make_socket(link);
    if (!socket)
        return rabbit_link_lost(link, "", "no TLS: are the files of the address there?");
    int status =
        amqp_socket_open_noblock(socket, host->name[0] ? host->name : "localhost", port, &wait);
    if (status)
        return rabbit_link_lost(link, "", reason(status));
    amqp_set_handshake_timeout(link->conn, &wait);
    amqp_set_rpc_timeout(link->conn, &wait);
    return log_in(link);
}

bool rabbit_link_ready(struct rabbit_link *link, int channel)
{
    if (!link->conn && !connect_to(link))
        return false;
    if (link->open[channel])
        return true;
    amqp_channel_open(link->conn, (amqp_channel_t)channel);
    link->open[channel] = rabbit_link_did(link, channel, "");
    return link->open[channel];
}
