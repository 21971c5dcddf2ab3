#include "load/http/source_pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "model/spec.h"

/* The bytes of an address, in the order of the network. */
struct bytes {
    int family;
    size_t size;
    uint8_t v[sizeof(struct in6_addr)];
};

struct source {
    struct sockaddr_storage address; /* without port */
    char text[INET6_ADDRSTRLEN];
};

struct source_pool {
    struct source v[SOURCES_MAX];
    unsigned count;
    /* Each instance of the service has turns of its own: with one turn for all, as many addresses
     * as instances would always meet in the same pairs. */
    atomic_uint turns[INSTANCES_MAX];
};

static bool read_bytes(const char *text, struct bytes *ret_bytes)
{
    static const struct {
        int family;
        size_t size;
    } families[] = {{AF_INET, sizeof(struct in_addr)}, {AF_INET6, sizeof(struct in6_addr)}};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        *ret_bytes = (struct bytes){families[i].family, families[i].size, {0}};
        if (inet_pton(families[i].family, text, ret_bytes->v) == 1)
            return true;
    }
    return false;
}

/* The address after it; false behind the last one. */
static bool step(struct bytes *bytes)
{
    size_t i = bytes->size;
    while (i > 0 && ++bytes->v[i - 1] == 0)
        i--;
    return i > 0;
}

static int probe(const struct source *source)
{
    _cleanup_close_ int fd = socket(source->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 || bind(fd, (const struct sockaddr *)&source->address, sizeof source->address)
               ? errno
               : 0;
}

static void fill(struct source *source, const struct bytes *bytes)
{
    source->address.ss_family = (sa_family_t)bytes->family;
    if (bytes->family == AF_INET)
        memcpy(&((struct sockaddr_in *)&source->address)->sin_addr, bytes->v, bytes->size);
    else
        memcpy(&((struct sockaddr_in6 *)&source->address)->sin6_addr, bytes->v, bytes->size);
    inet_ntop(bytes->family, bytes->v, source->text, sizeof source->text);
}

static int add(struct source_pool *pool, const char *key, const struct bytes *bytes,
               struct err *err)
{
    if (pool->count == SOURCES_MAX)
        return err_set(err, ERR_USAGE, "%s: more than %d addresses; allowed: up to %d", key,
                       SOURCES_MAX, SOURCES_MAX);
    struct source *source = &pool->v[pool->count];
    fill(source, bytes);
    if (source->address.ss_family != pool->v[0].address.ss_family)
        return err_set(err, ERR_USAGE,
                       "%s: %s and %s are of two families; allowed: all IPv4, or all IPv6", key,
                       pool->v[0].text, source->text);
    int error = probe(source);
    if (error == EADDRNOTAVAIL)
        return err_set(
            err, ERR_ENVIRONMENT,
            "%s: %s is no address of this machine; allowed: what `ip -brief address` "
            "lists, and all of 127.0.0.0/8 towards a service on this machine; to give it "
            "one more: ip address add %s/32 dev DEVICE",
            key, source->text, source->text);
    if (error)
        return err_errno(err, ERR_ENVIRONMENT, error, "%s: no connection can come from %s", key,
                         source->text);
    pool->count++;
    return 0;
}

static int add_range(struct source_pool *pool, const char *key, const char *text, struct err *err)
{
    _cleanup_free_ char *first = strdup(text);
    struct bytes from, to;
    if (!first)
        return err_set(err, ERR_MEMORY, "out of memory");
    char *dash = strchr(first, '-');
    if (dash)
        *dash = '\0';
    bool read = read_bytes(first, &from) && read_bytes(dash ? dash + 1 : first, &to);
    if (!read || from.family != to.family || memcmp(from.v, to.v, from.size) > 0)
        return err_set(err, ERR_USAGE,
                       "%s: '%s' is no address; allowed: 10.0.0.5, fd00::5, or a range from low to "
                       "high, 10.0.0.5-10.0.0.12",
                       key, text);
    int rc = 0;
    do
        rc = add(pool, key, &from, err);
    while (!rc && memcmp(from.v, to.v, from.size) != 0 && step(&from));
    return rc;
}

int source_pool_new(const char *key, char *const *texts, unsigned count,
                    struct source_pool **ret_pool, struct err *err)
{
    struct source_pool *pool = calloc(1, sizeof *pool);
    int rc = pool ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < count && !rc; i++)
        rc = add_range(pool, key, texts[i], err);
    if (rc)
        source_pool_free(pool);
    else
        *ret_pool = pool;
    return rc;
}

void source_pool_free(struct source_pool *pool)
{
    free(pool);
}

unsigned source_pool_count(const struct source_pool *pool)
{
    return pool->count;
}

int source_pool_family(const struct source_pool *pool)
{
    return pool->v[0].address.ss_family;
}

unsigned source_pool_find(const struct source_pool *pool, const char *address)
{
    for (unsigned i = 0; i < pool->count; i++)
        if (!strcmp(pool->v[i].text, address))
            return i;
    return 0;
}

int source_pool_bind(struct source_pool *pool, unsigned instance, int fd)
{
    unsigned turn = atomic_fetch_add_explicit(&pool->turns[instance], 1, memory_order_relaxed);
    const struct source *source = &pool->v[turn % pool->count];
    /* Else the port is taken by bind, which knows no destination: one for each address only. */
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
    return bind(fd, (const struct sockaddr *)&source->address, sizeof source->address) ? errno : 0;
}
