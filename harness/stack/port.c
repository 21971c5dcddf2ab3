#include "stack/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Linux takes outgoing ports from 32768 on (ip_local_port_range, ip(7)); well-known servers sit
 * below 11000. */
#define PORT_LOW  20000
#define PORT_HIGH 32000
#define TRIES     500

static int reserve_name(unsigned number)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length =
        snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "rushproof-port-%u", number);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* 0, or why nobody can listen there (errno). Servers set SO_REUSEADDR too: a connection in
 * TIME_WAIT is no hindrance. */
static int try_address(const struct sockaddr *address, socklen_t size)
{
    _cleanup_close_ int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return fd >= 0 && bind(fd, address, size) == 0 ? 0 : errno;
}

static int try_port(unsigned number)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)number),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return try_address((const struct sockaddr *)&address, sizeof address);
}

static bool is_free(unsigned number)
{
    return try_port(number) == 0;
}

/* Whoever connects to localhost may try ::1 first. Where there is no IPv6 nobody listens there. */
static int try_six(unsigned number)
{
    const struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                         .sin6_port = htons((uint16_t)number),
                                         .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int error = try_address((const struct sockaddr *)&address, sizeof address);
    return error == EADDRINUSE ? error : 0;
}

int port_take(unsigned number, struct port *ret_port, struct err *err)
{
    int reservation = reserve_name(number), error = try_port(number);
    error = error ? error : try_six(number);
    if (reservation >= 0 && !error) {
        *ret_port = (struct port){.number = (uint16_t)number, .reservation = reservation};
        return 0;
    }
    if (reservation >= 0)
        close(reservation);
    return err_set(
        err, ERR_ENVIRONMENT,
        "port %u of this machine cannot be had: %s; end who listens there (ss -ltnp "
        "'sport = :%u' names it), or leave the port to chance and give it to the service "
        "by ${…}",
        number,
        error && error != EADDRINUSE ? strerror(error)
        : error                      ? "it is taken"
                                     : "another run has it",
        number);
}

int port_reserve(struct port *ret_port, struct err *err)
{
    for (int i = 0; i < TRIES; i++) {
        unsigned random;
        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
            return err_errno(err, ERR_ENVIRONMENT, errno, "no random numbers");
        unsigned number = PORT_LOW + random % (PORT_HIGH - PORT_LOW);
        int reservation = reserve_name(number);
        if (reservation >= 0 && is_free(number)) {
            *ret_port = (struct port){.number = (uint16_t)number, .reservation = reservation};
            return 0;
        }
        if (reservation >= 0)
            close(reservation);
    }
    return err_set(err, ERR_ENVIRONMENT, "found no free port between %d and %d in %d tries",
                   PORT_LOW, PORT_HIGH - 1, TRIES);
}

void port_release(struct port *port)
{
    if (port->number && port->reservation >= 0)
        close(port->reservation);
    *port = (struct port){.reservation = -1};
}
