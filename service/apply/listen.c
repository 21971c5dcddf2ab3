#include "apply/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

/* shared: with SO_REUSEPORT. */
static int bind_one(const struct addrinfo *address, bool shared)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if ((!shared || !setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on)) &&
        !bind(fd, address->ai_addr, address->ai_addrlen))
        return fd;
    int errnum = errno;
    close(fd);
    errno = errnum;
    return -1;
}

static void set_port(struct addrinfo *address, int port)
{
    if (address->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address->ai_addr)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)(void *)address->ai_addr)->sin_port = htons((uint16_t)port);
}

static int open_all(struct addrinfo *address, int backlog, size_t count, int *fds,
                    struct hostport *ret_at)
{
    int alone = bind_one(address, false); /* fails where somebody else listens already */
    if (alone < 0 || listen(alone, 1)) {
        int errnum = errno;
        if (alone >= 0)
            close(alone);
        return errnum;
    }
    struct hostport bound;
    hostport_of_socket(alone, &bound);
    close(alone);
    set_port(address, atoi(bound.port));
    for (size_t i = 0; i < count; i++) {
        fds[i] = bind_one(address, true);
        if (fds[i] >= 0 && !listen(fds[i], backlog))
            continue;
        int errnum = errno;
        for (size_t k = 0; k <= i; k++)
            if (fds[k] >= 0)
                close(fds[k]);
        return errnum;
    }
    *ret_at = bound;
    return 0;
}

int listen_open(const struct hostport *at, int backlog, size_t count, int *ret_fds,
                struct hostport *ret_at, struct err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found;
    int code = getaddrinfo(at->host[0] ? at->host : NULL, at->port, &hints, &found);
    if (code)
        return err_set(err, ERR_ENVIRONMENT, "cannot listen on %s: %s", at->host,
                       gai_strerror(code));
    int errnum = open_all(found, backlog, count, ret_fds, ret_at);
    freeaddrinfo(found);
    if (errnum)
        return err_errno(err, ERR_ENVIRONMENT, errnum, "cannot listen on %s:%s", at->host,
                         at->port);
    return 0;
}
