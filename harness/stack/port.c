#include "stack/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
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

static int is_free(unsigned number)
{
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)number),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    /* Servers set SO_REUSEADDR too: a connection in TIME_WAIT is no hindrance. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
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
