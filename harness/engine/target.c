#include "engine/target.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "load/http/target.h"

bool target_is_loopback(const char *host)
{
    char bare[256];
    size_t length = strlen(host);
    if (length >= sizeof bare)
        return false;
    bool bracketed = length > 2 && host[0] == '[' && host[length - 1] == ']';
    memcpy(bare, host + bracketed, length + 1 - bracketed);
    if (bracketed)
        bare[length - 2] = '\0';
    struct in_addr four;
    struct in6_addr six;
    if (!strcasecmp(bare, "localhost"))
        return true;
    if (inet_pton(AF_INET, bare, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, bare, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

int target_check(const char *url, const char *const *allowed, size_t allowed_count, struct err *err)
{
    struct target target;
    int rc = target_parse(url, &target, err);
    if (rc)
        return rc;
    const char *host = target.host;
    if (target_is_loopback(host))
        return 0;
    for (size_t i = 0; i < allowed_count; i++)
        if (!strcasecmp(allowed[i], host))
            return 0;
    return err_set(
        err, ERR_USAGE,
        "request.url: the host '%s' is not this machine; load on it needs --allow-host %s", host,
        host);
}
