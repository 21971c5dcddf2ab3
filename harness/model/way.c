#include "model/way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/uri.h"

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits < 6 && !text[digits] && atoi(text) > 0 && atoi(text) < 65536;
}

/* A port alone is one of this machine; so is one of localhost, which may be two addresses. */
static bool read_place(const char *text, char *ret_place, size_t size)
{
    static const char here[] = "localhost:";
    const char *port = strrchr(text, ':');
    port = port ? port + 1 : text;
    bool local = port == text || (port == text + sizeof here - 1 && !strncmp(text, here, 10));
    int length = local && *text != '/' ? snprintf(ret_place, size, "127.0.0.1:%s", port)
                                       : snprintf(ret_place, size, "%s", text);
    return length > 0 && (size_t)length < size &&
           (*text == '/' || (is_port(port) && port != text + 1));
}

static bool is_here(const char *place)
{
    return *place == '/' || !strncmp(place, "127.", 4) || !strncmp(place, "[::1]:", 6);
}

static int refuse(const char *text, const char *why, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "'%.100s' %s; allowed: LISTEN=UPSTREAM, each HOST:PORT, a port of this machine "
                   "or the path of a unix socket, as in 16379=6379",
                   text, why);
}

/* Who logs in is the service, so that nothing secret belongs here. */
static int check_address(const char *url, struct err *err)
{
    _cleanup_free_ struct uri *uri = malloc(sizeof *uri);
    int rc = uri ? uri_parse(url, uri, err) : err_set(err, ERR_MEMORY, "out of memory");
    if (rc || !(uri->has_user || uri->has_password))
        return rc;
    return err_set(err, ERR_USAGE,
                   "UPSTREAM holds a user or a password; allowed: an address without, as the "
                   "service logs in itself");
}

int way_read(const char *text, struct way *ret_way, struct err *err)
{
    struct way way;
    char listen[sizeof way.listen];
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    if (!equals || length == 0 || length >= sizeof listen || !equals[1])
        return refuse(text, "has no two ends", err);
    snprintf(listen, sizeof listen, "%.*s", (int)length, text);
    if (!read_place(listen, way.listen, sizeof way.listen))
        return refuse(text, "does not say where to listen", err);
    if (!is_here(way.listen))
        return refuse(text, "listens beyond this machine", err);
    const char *upstream = equals + 1;
    if (strstr(upstream, "://")) {
        snprintf(way.upstream, sizeof way.upstream, "%s", upstream);
        int rc = strlen(upstream) < sizeof way.upstream
                     ? check_address(upstream, err)
                     : err_set(err, ERR_USAGE, "UPSTREAM is too long");
        if (rc)
            return rc;
    } else if (!read_place(upstream, way.upstream, sizeof way.upstream)) {
        return refuse(text, "does not say where the store is", err);
    }
    *ret_way = way;
    return 0;
}

bool way_is_at(const struct way *way, const char *url, int port)
{
    _cleanup_free_ struct uri *uri = malloc(sizeof *uri);
    struct err err;
    char written[300], place[sizeof way->listen];
    if (!uri || !strstr(url, "://") || uri_parse(url, uri, &err))
        return false;
    uri_place(uri->hosts[0].name, uri->hosts[0].port ? uri->hosts[0].port : port, written,
              sizeof written);
    return read_place(written, place, sizeof place) && !strcmp(place, way->listen);
}
