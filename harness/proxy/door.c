#include "proxy/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/uri.h"
#include "proxy/relay.h"

#define BACKLOG 4096

static int place_unix(const char *path, struct place *ret_place, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return err_set(err, ERR_USAGE, "%s: a unix socket's path has at most %zu bytes", path,
                       sizeof address.sun_path - 1);
    strcpy(address.sun_path, path);
    *ret_place = (struct place){.length = sizeof address, .local = true};
    memcpy(&ret_place->address, &address, sizeof address);
    return 0;
}

static int place_parse(const char *text, struct place *ret_place, struct err *err)
{
    if (*text == '/')
        return place_unix(text, ret_place, err);
    const char *colon = strrchr(text, ':');
    char host[256];
    if (!colon || colon == text || (size_t)(colon - text) >= sizeof host)
        return err_set(err, ERR_USAGE, "%s is no place: write /a/socket or HOST:PORT", text);
    bool brackets = *text == '[' && colon[-1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(colon - text) - 2 * brackets, text + brackets);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    int failed = getaddrinfo(host, colon + 1, &hints, &found);
    if (failed)
        return err_set(err, ERR_ENVIRONMENT, "%s: %s", text, gai_strerror(failed));
    *ret_place = (struct place){.length = found->ai_addrlen};
    memcpy(&ret_place->address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

static bool is_loopback(const struct place *place)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&place->address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&place->address;
    if (place->local)
        return true;
    if (place->address.ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
}

static void no_delay(int fd)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* of no effect on unix sockets */
}

static int reach(const struct place *upstream)
{
    int fd = socket(upstream->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&upstream->address, upstream->length) == 0 ||
        errno == EINPROGRESS) {
        no_delay(fd);
        return fd;
    }
    close(fd);
    return -1;
}

static void take(struct door *door, int client)
{
    int server = reach(&door->upstream);
    no_delay(client);
    if (server < 0) {
        door->refused++;
        close(client);
        return;
    }
    relay_open(door->gate, door->ops, door->trust, door->number, client, server);
}

static void ready(struct watcher *watcher, uint32_t events)
{
    struct door *door = (struct door *)watcher;
    (void)events;
    for (int client; (client = accept4(door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
        take(door, client);
}

/* The place as text, with the port that it got. */
static void name_place(struct door *door)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    char host[64], port[16];
    if (door->listen.local)
        snprintf(door->text, sizeof door->text, "%s",
                 ((const struct sockaddr_un *)&door->listen.address)->sun_path);
    else if (getsockname(door->fd, (struct sockaddr *)&address, &length) == 0 &&
             getnameinfo((struct sockaddr *)&address, length, host, sizeof host, port, sizeof port,
                         NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        uri_place(host, atoi(port), door->text, sizeof door->text);
}

static int listen_at(struct door *door, const char *text, struct err *err)
{
    int one = 1;
    door->fd =
        socket(door->listen.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (door->fd < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot make a socket");
    if (!door->listen.local)
        setsockopt(door->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door->fd, (const struct sockaddr *)&door->listen.address, door->listen.length) < 0 ||
        listen(door->fd, BACKLOG) < 0 || !gate_watch(door->gate, door->fd, &door->watcher, EPOLLIN))
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot listen at %s", text);
    name_place(door);
    return 0;
}

static void door_drop(struct door **door)
{
    door_close(*door);
}

int door_open(struct gate *gate, uint8_t number, char *const *words, unsigned count,
              struct door **ret_door, struct err *err)
{
    const char *name = words[0], *protocol = words[1], *listen = words[2], *upstream = words[3];
    _cleanup_(door_drop) struct door *door = calloc(1, sizeof *door);
    if (!door)
        return err_set(err, ERR_MEMORY, "out of memory");
    *door = (struct door){.watcher = {ready}, .gate = gate, .number = number, .fd = -1};
    snprintf(door->name, sizeof door->name, "%s", name);
    door->ops = framer_find(protocol);
    if (!door->ops)
        return err_set(err, ERR_USAGE, "%s is no protocol: resp, postgres or mysql", protocol);
    int failed = place_parse(listen, &door->listen, err);
    if (!failed)
        failed = place_parse(upstream, &door->upstream, err);
    if (!failed && !is_loopback(&door->listen))
        failed = err_set(err, ERR_USAGE, "%s: clients come from this machine only", listen);
    if (!failed)
        failed = tls_trust_open(words + 4, count - 4, &door->trust, err);
    if (!failed)
        failed = listen_at(door, listen, err);
    if (!failed)
        *ret_door = TAKE(door);
    return failed;
}

void door_close(struct door *door)
{
    if (!door)
        return;
    if (door->fd >= 0) {
        close(door->fd);
        if (door->listen.local)
            unlink(((const struct sockaddr_un *)&door->listen.address)->sun_path);
    }
    tls_trust_close(door->trust);
    free(door);
}
