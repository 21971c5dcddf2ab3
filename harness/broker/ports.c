#include "broker/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint16_t reserved[PORTS_MAX];
static int reserved_count, handed_out;

int ports_reserve(const char *list)
{
    const char *at = list;
    while (*at && reserved_count < PORTS_MAX) {
        char *end;
        long port = strtol(at, &end, 10);
        if (end == at || port < 1 || port > 65535 || (*end && *end != ','))
            return -1;
        reserved[reserved_count++] = (uint16_t)port;
        at = *end ? end + 1 : end;
    }
    return *at ? -1 : reserved_count;
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    struct sockaddr_in changed;
    if (handed_out < reserved_count && address->sa_family == AF_INET && length == sizeof changed) {
        changed = *(const struct sockaddr_in *)(const void *)address;
        if (changed.sin_port == 0) {
            changed.sin_port = htons(reserved[handed_out++]);
            return (int)syscall(SYS_bind, fd, &changed, length);
        }
    }
    return (int)syscall(SYS_bind, fd, address, length);
}
