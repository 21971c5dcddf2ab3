#include "store/address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int address_find(const char *host, struct addresses *ret_addresses, struct err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(host, NULL, &hints, &found);
    if (rc)
        return err_set(err, ERR_ENVIRONMENT, "the host %s: %s", host, gai_strerror(rc));
    struct addresses addresses = {0};
    for (const struct addrinfo *at = found; at && addresses.count < ADDRESSES_MAX; at = at->ai_next)
        if (!getnameinfo(at->ai_addr, at->ai_addrlen, addresses.v[addresses.count],
                         sizeof addresses.v[0], NULL, 0, NI_NUMERICHOST))
            addresses.count++;
    freeaddrinfo(found);
    if (!addresses.count)
        return err_set(err, ERR_ENVIRONMENT, "the host %s has no address", host);
    *ret_addresses = addresses;
    return 0;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)address;
        return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    if (address->ss_family != AF_INET6)
        return false;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)address)->sin6_addr;
    bool mapped = IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == IN_LOOPBACKNET;
    return mapped || IN6_IS_ADDR_LOOPBACK(six);
}

bool address_peer_is_local(int fd, char *ret_text, size_t size)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    char host[64] = "?", port[8] = "";
    snprintf(ret_text, size, "an unknown place");
    if (getpeername(fd, (struct sockaddr *)&address, &length))
        return false;
    if (address.ss_family == AF_UNIX) {
        snprintf(ret_text, size, "a unix socket");
        return true;
    }
    if (!getnameinfo((const struct sockaddr *)&address, length, host, sizeof host, port,
                     sizeof port, NI_NUMERICHOST | NI_NUMERICSERV))
        snprintf(ret_text, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
    return is_loopback(&address);
}
