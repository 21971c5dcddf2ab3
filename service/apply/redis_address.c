#include "apply/redis_address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "base/uri.h"

enum { REDIS_DB_MAX = 1 << 20 };

static int refuse(const char *url, struct err *err)
{
    return err_set(
        err, ERR_USAGE,
        "'%s' is not a Redis address; allowed: redis://[[USER:]PASSWORD@]HOST[:PORT][/DB] "
        "or unix:///PATH",
        url);
}

static bool copy(char *into, size_t size, const char *text)
{
    return (size_t)snprintf(into, size, "%s", text) < size;
}

/* Who writes no colon before '@' means the password. */
static bool take_login(const struct uri *uri, struct redis_address *address)
{
    bool named = uri->has_user && uri->has_password;
    return copy(address->user, sizeof address->user, named ? uri->user : "") &&
           copy(address->password, sizeof address->password,
                uri->has_password ? uri->password : uri->user) &&
           (!uri->has_user || address->password[0]);
}

static bool take_place(const struct uri *uri, struct redis_address *address)
{
    char db[16] = "";
    address->local = !strcmp(uri->scheme, "unix");
    if (address->local)
        (void)uri_query(uri, "db", db, sizeof db);
    else
        snprintf(db, sizeof db, "%.15s", uri->path + (uri->path[0] == '/'));
    if (address->local && uri->query[0] && !db[0])
        return false;
    if (db[0] && units_parse_int(db, 0, REDIS_DB_MAX, &address->db, NULL))
        return false;
    address->port = uri_port(uri);
    return uri->hosts_count == 1 &&
           copy(address->host, sizeof address->host,
                address->local ? uri->path : uri->hosts[0].name) &&
           address->host[0];
}

int redis_address_parse(const char *url, struct redis_address *ret_address, struct err *err)
{
    _cleanup_free_ struct uri *uri = malloc(sizeof *uri);
    struct redis_address address = {0};
    char full[1024];
    if (!uri)
        return err_set(err, ERR_MEMORY, "out of memory");
    bool whole = copy(full, sizeof full, strstr(url, "://") ? "" : "redis://") &&
                 strlen(full) + strlen(url) < sizeof full;
    if (!whole || uri_parse(strcat(full, url), uri, NULL) ||
        (strcmp(uri->scheme, "redis") != 0 && strcmp(uri->scheme, "unix") != 0) ||
        !take_login(uri, &address) || !take_place(uri, &address))
        return refuse(url, err);
    *ret_address = address;
    return 0;
}
