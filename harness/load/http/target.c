#include "load/http/target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/uri.h"

/* Scheme and authority of the URL, which is all that says where it leads: what stands behind them
 * is the service's affair, and may hold templates. */
static int parse(const char *url, struct uri *ret_uri, struct err *err)
{
    static const char *const schemes[] = {"http", "https", NULL};
    const char *scheme_end = strstr(url, "://");
    if (!scheme_end)
        return err_set(err, ERR_USAGE,
                       "request.url: http:// or https:// is missing before the host");
    size_t length = (size_t)(scheme_end - url) + 3;
    length += strcspn(url + length, "/?#");
    _cleanup_free_ char *head = strndup(url, length);
    if (!head)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (strstr(head, "{{"))
        return err_set(err, ERR_USAGE, "request.url: no {{name}} may stand before the path");
    int rc = uri_parse(head, ret_uri, err);
    if (!rc)
        rc = uri_expect(ret_uri, "the service", schemes, err);
    return rc ? err_prefix(err, "request.url") : 0;
}

static int check_host(const char *host, struct err *err)
{
    if (!*host)
        return err_set(err, ERR_USAGE, "request.url: no host; allowed: http://host:port/path");
    for (const char *c = host; *c; c++)
        if ((unsigned char)*c >= 0x80)
            return err_set(err, ERR_USAGE,
                           "request.url: the host '%s' is not ASCII; allowed: its xn-- form", host);
    return 0;
}

int target_parse(const char *url, struct target *ret_target, struct err *err)
{
    _cleanup_free_ struct uri *uri = malloc(sizeof *uri);
    if (!uri)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = parse(url, uri, err);
    if (!rc)
        rc = check_host(uri->hosts[0].name, err);
    if (rc)
        return rc;
    const struct uri_host *host = &uri->hosts[0];
    struct target target = {.tls = !strcmp(uri->scheme, "https")};
    snprintf(target.host, sizeof target.host, "%s", host->name);
    struct in_addr four;
    target.literal = host->literal || inet_pton(AF_INET, host->name, &four) == 1;
    target.port = (uint16_t)(host->port ? host->port : target.tls ? 443 : 80);
    *ret_target = target;
    return 0;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
    return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static void take_address(struct target *target, const struct addrinfo *from)
{
    memcpy(&target->address, from->ai_addr, from->ai_addrlen);
    target->address_length = from->ai_addrlen;
    getnameinfo(from->ai_addr, from->ai_addrlen, target->address_text, sizeof target->address_text,
                NULL, 0, NI_NUMERICHOST);
    target->loopback = is_loopback(&target->address);
}

/* 0 when somebody accepts a connection there, else why not (errno). Nothing is sent. */
static int knock(const struct addrinfo *address, int patience_ms)
{
    _cleanup_close_ int fd =
        socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    if (!connect(fd, address->ai_addr, address->ai_addrlen))
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    struct pollfd poll_for = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    if (poll(&poll_for, 1, patience_ms) != 1)
        return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? errno : error;
}

static void list_addresses(struct target *target, const struct addrinfo *found)
{
    size_t used = 0;
    for (const struct addrinfo *at = found; at && used < sizeof target->addresses;
         at = at->ai_next) {
        char text[64] = "";
        getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
        used += (size_t)snprintf(target->addresses + used, sizeof target->addresses - used, "%s%s",
                                 used ? ", " : "", text);
    }
}

/* A name may have several addresses, and the service may listen on the second only: localhost is
 * ::1 and 127.0.0.1. The first that answers is taken; the list is kept for messages. */
static void choose(struct target *target, const struct addrinfo *found)
{
    enum { PATIENCE_MS = 1000 };
    const struct addrinfo *chosen = NULL;
    for (const struct addrinfo *at = found; found->ai_next && !chosen && at; at = at->ai_next)
        if (!knock(at, PATIENCE_MS))
            chosen = at;
    list_addresses(target, found);
    take_address(target, chosen ? chosen : found);
    if (chosen)
        snprintf(target->addresses, sizeof target->addresses, "%s", target->address_text);
}

/* Every address of the host; freeaddrinfo. Errors: ERR_ENVIRONMENT. */
static int look_up(const struct target *target, struct addrinfo **ret_found, struct err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char port[8];
    snprintf(port, sizeof port, "%u", target->port);
    int code = getaddrinfo(target->host, port, &hints, ret_found);
    return code ? err_set(err, ERR_ENVIRONMENT, "the target's host %s: %s", target->host,
                          gai_strerror(code))
                : 0;
}

static int take_socket(struct target *target, const char *path, struct err *err)
{
    struct sockaddr_un *address = (struct sockaddr_un *)&target->address;
    if (strlen(path) >= sizeof address->sun_path)
        return err_set(err, ERR_USAGE,
                       "request.unix: %s has %zu bytes, and the kernel takes %zu: allowed: a "
                       "shorter one, such as /tmp/shop.sock",
                       path, strlen(path), sizeof address->sun_path - 1);
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof address->sun_path, "%s", path);
    snprintf(target->addresses, sizeof target->addresses, "%s", path);
    target->address_length = sizeof *address;
    target->local = target->literal = true;
    return 0;
}

int target_resolve(const char *url, const char *socket, struct target *ret_target, struct err *err)
{
    struct target target;
    struct addrinfo *found = NULL;
    int rc = target_parse(url, &target, err);
    if (!rc && socket) {
        rc = take_socket(&target, socket, err);
        if (!rc)
            *ret_target = target;
        return rc;
    }
    if (!rc)
        rc = look_up(&target, &found, err);
    if (rc)
        return rc;
    choose(&target, found);
    freeaddrinfo(found);
    *ret_target = target;
    return 0;
}

int target_socket(const struct target *target, int flags)
{
    int fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd < 0)
        return fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    int error = target->sources ? source_pool_bind(target->sources, target->instance, fd) : 0;
    if (!error)
        return fd;
    close(fd);
    errno = error;
    return -1;
}

/* The addresses that a look found, for the message, and why the last of them did not answer. */
static int knock_at_all(struct target *target, const struct addrinfo *found)
{
    enum { PATIENCE_MS = 5000 }; /* the kernel sends a SYN again after 1 and 3 seconds */
    int error = ECONNREFUSED;
    list_addresses(target, found);
    for (const struct addrinfo *at = found; error && at; at = at->ai_next)
        error = knock(at, PATIENCE_MS);
    return error;
}

/* What this machine lacks says nothing about who listens. */
static bool is_ours(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
           error == EADDRNOTAVAIL;
}

static int knock_at_socket(struct target *target, const char *socket)
{
    struct err err;
    const struct addrinfo at = {.ai_family = AF_UNIX,
                                .ai_addr = (struct sockaddr *)&target->address,
                                .ai_addrlen = sizeof(struct sockaddr_un)};
    int error = take_socket(target, socket, &err) ? ENAMETOOLONG : knock(&at, 0);
    return error == EAGAIN ? 0 : error; /* it listens, and is busy */
}

void target_look(const char *url, const char *socket, struct target_info *ret_info)
{
    struct target target;
    struct addrinfo *found = NULL;
    struct err err;
    *ret_info = (struct target_info){0};
    if (target_parse(url, &target, &err))
        return;
    ret_info->looked = clock_now();
    if (socket) {
        int error = knock_at_socket(&target, socket);
        target_describe(&target, ret_info->place, sizeof ret_info->place);
        if (error)
            snprintf(ret_info->refusal, sizeof ret_info->refusal, "%s", strerror(error));
        return;
    }
    uri_place(target.host, target.port, ret_info->place, sizeof ret_info->place);
    if (look_up(&target, &found, &err)) {
        snprintf(ret_info->refusal, sizeof ret_info->refusal, "%.95s", err.message);
        return;
    }
    int error = knock_at_all(&target, found);
    freeaddrinfo(found);
    target_describe(&target, ret_info->place, sizeof ret_info->place);
    if (is_ours(error))
        ret_info->looked = 0;
    else if (error)
        snprintf(ret_info->refusal, sizeof ret_info->refusal, "%s", strerror(error));
}

char *target_describe(const struct target *target, char *ret_text, size_t size)
{
    if (target->local) {
        snprintf(ret_text, size, "unix:%s", target->addresses);
        return ret_text;
    }
    uri_place(target->host, target->port, ret_text, size);
    size_t used = strlen(ret_text);
    if (!target->literal)
        snprintf(ret_text + used, size - used, " (%s)", target->addresses);
    return ret_text;
}
