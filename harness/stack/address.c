#include "stack/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* One host: a name, an address, or a socket's directory. Nothing at all is libpq's default, a local
 * socket. */
static bool host_is_loopback(const char *host, size_t length)
{
    char text[256];
    struct in_addr four;
    struct in6_addr six;
    if (length >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)length, host);
    if (text[0] == '\0' || text[0] == '/' || strncmp(text, "%2F", 3) == 0 ||
        strncmp(text, "%2f", 3) == 0 || strcmp(text, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, text, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, text, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* "host:port", "[v6]:port", "host" */
static bool place_is_loopback(const char *text, size_t length)
{
    if (length > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', length);
        return close && host_is_loopback(text + 1, (size_t)(close - text - 1));
    }
    const char *colon = memchr(text, ':', length);
    return host_is_loopback(text, colon ? (size_t)(colon - text) : length);
}

static bool list_is_loopback(const char *text, size_t length)
{
    for (;;) {
        const char *comma = memchr(text, ',', length);
        size_t part = comma ? (size_t)(comma - text) : length;
        if (!place_is_loopback(text, part))
            return false;
        if (!comma)
            return true;
        length -= part + 1;
        text = comma + 1;
    }
}

static bool parameters_are_loopback(const char *text)
{
    while (text && *text) {
        size_t length = strcspn(text, "&");
        const char *equals = memchr(text, '=', length);
        size_t name = equals ? (size_t)(equals - text) : length;
        bool is_host = (name == 4 && strncmp(text, "host", 4) == 0) ||
                       (name == 8 && strncmp(text, "hostaddr", 8) == 0);
        if (is_host && !list_is_loopback(equals + 1, length - name - 1))
            return false;
        text += length + (text[length] == '&');
    }
    return true;
}

bool address_is_loopback(const char *url)
{
    const char *start = strstr(url, "://");
    if (!start)
        return false;
    if (strncmp(url, "unix://", 7) == 0)
        return true;
    start += 3;
    const char *end = start + strcspn(start, "/?"), *hosts = start;
    for (const char *at = start; at < end; at++) {
        if (*at == '@')
            hosts = at + 1;
    }
    const char *question = strchr(start, '?');
    return list_is_loopback(hosts, (size_t)(end - hosts)) &&
           parameters_are_loopback(question ? question + 1 : NULL);
}
