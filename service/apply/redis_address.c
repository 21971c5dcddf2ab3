#include "apply/redis_address.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"

enum { REDIS_PORT = 6379, REDIS_DB_MAX = 1 << 20, PORT_MAX = 65535 };

static int refuse(const char *url, struct err *err)
{
    return err_set(
        err, ERR_USAGE,
        "'%s' is not a Redis address; allowed: redis://[[USER:]PASSWORD@]HOST[:PORT][/DB] "
        "or unix:///PATH",
        url);
}

/* Copies length bytes; false when they do not fit or are none. */
static bool copy(char *into, size_t size, const char *text, size_t length)
{
    if (length == 0 || length >= size)
        return false;
    memcpy(into, text, length);
    into[length] = '\0';
    return true;
}

static bool parse_path(const char *text, struct redis_address *address)
{
    size_t length = strcspn(text, "?");
    address->local = true;
    if (!copy(address->host, sizeof address->host, text, length) || address->host[0] != '/')
        return false;
    const char *query = text + length;
    if (*query == '\0')
        return true;
    return !strncmp(query, "?db=", 4) &&
           !units_parse_int(query + 4, 0, REDIS_DB_MAX, &address->db, NULL);
}

static bool parse_login(const char *text, size_t length, struct redis_address *address)
{
    const char *colon = memchr(text, ':', length);
    if (!colon)
        return copy(address->password, sizeof address->password, text, length);
    size_t user = (size_t)(colon - text);
    if (user > 0 && !copy(address->user, sizeof address->user, text, user))
        return false;
    return copy(address->password, sizeof address->password, colon + 1, length - user - 1);
}

static bool parse_host(const char *text, size_t length, struct redis_address *address)
{
    size_t host = length;
    const char *digits = NULL;
    if (length > 0 && text[0] == '[') { /* an IPv6 number keeps its colons in brackets */
        const char *close = memchr(text, ']', length);
        if (!close)
            return false;
        host = (size_t)(close - text) + 1;
        if (host < length && text[host] != ':')
            return false;
        if (!copy(address->host, sizeof address->host, text + 1, host - 2))
            return false;
    } else {
        const char *colon = memchr(text, ':', length);
        host = colon ? (size_t)(colon - text) : length;
        if (!copy(address->host, sizeof address->host, text, host))
            return false;
    }
    address->port = REDIS_PORT;
    if (host == length)
        return true;
    char port[8];
    digits = text + host + 1;
    return copy(port, sizeof port, digits, length - host - 1) &&
           !units_parse_int(port, 1, PORT_MAX, &address->port, NULL);
}

static bool parse_tcp(const char *text, struct redis_address *address)
{
    size_t length = strcspn(text, "/");
    const char *db = text + length;
    const char *at = memrchr(text, '@', length);
    if (at && !parse_login(text, (size_t)(at - text), address))
        return false;
    const char *host = at ? at + 1 : text;
    if (!parse_host(host, (size_t)(text + length - host), address))
        return false;
    return db[0] == '\0' || db[1] == '\0' ||
           !units_parse_int(db + 1, 0, REDIS_DB_MAX, &address->db, NULL);
}

int redis_address_parse(const char *url, struct redis_address *ret_address, struct err *err)
{
    struct redis_address address = {0};
    bool good;
    if (!strncmp(url, "unix://", 7))
        good = parse_path(url + 7, &address);
    else if (!strncmp(url, "redis://", 8))
        good = parse_tcp(url + 8, &address);
    else
        good = !strstr(url, "://") && parse_tcp(url, &address);
    if (!good)
        return refuse(url, err);
    *ret_address = address;
    return 0;
}
