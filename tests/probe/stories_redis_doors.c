/* Redis behind TLS, and for users who may only read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stories.h"

static void from_set(struct world *world, const char *url)
{
    world_init(world);
    world->coupons.query = (char *)(uintptr_t) "doors:set";
    world->coupons.url = (char *)(uintptr_t)url;
    world->scenario.evidence.coupons = &world->coupons;
}

void story_redis_behind_tls(void)
{
    struct world world;
    char url[256];
    const char *port = getenv("PROBE_REDIS_TLS_PORT"), *ca = getenv("PROBE_REDIS_CA");
    if (!port || !ca)
        return;
    redis_do("SADD doors:set", "7 8 9", NULL);
    snprintf(url, sizeof url, "rediss://127.0.0.1:%s/0?ssl_ca_certs=%s", port, ca);
    from_set(&world, url);
    if (world_open(&world)) {
        world_sample(&world, PROBE_ROWS, BUSY);
        check_eq(world.sample.rows, 3);
        world_collect(&world);
        check_eq(world.evidence.coupons.count, 3);
    }
    world_close(&world);
    snprintf(url, sizeof url, "rediss://127.0.0.1:%s?ssl_cert_reqs=none", port);
    from_set(&world, url);
    check(world_open(&world), "without verification");
    world_close(&world);
    snprintf(url, sizeof url, "rediss://127.0.0.1:%s", port);
    from_set(&world, url);
    world_must_fail(&world, "certificate", BUSY);
    world_close(&world);
    snprintf(url, sizeof url, "rediss://127.0.0.1:%s?ssl_cert_reqs=none", servers.redis_port);
    from_set(&world, url); /* a port that speaks no TLS */
    world_must_fail(&world, "connecting to 127.0.0.1", BUSY);
    world_close(&world);
    redis_do("FLUSHALL", "SYNC", NULL);
}

/* Neither INFO nor COMMAND: the version stays unknown, and a list of known readers decides. */
void story_redis_user_who_may_only_read(void)
{
    struct world world;
    char url[128];
    redis_do("SADD doors:set", "7 8 9", NULL);
    redis_do("ACL SETUSER judge on >hush ~* -@all +smembers +scard +type", "+get", NULL);
    snprintf(url, sizeof url, "redis://judge:hush@127.0.0.1:%s", servers.redis_port);
    from_set(&world, url);
    if (world_open(&world)) {
        world_sample(&world, PROBE_ROWS | PROBE_SAVED, BUSY);
        check_eq(world.sample.saved, 3);
    }
    world_close(&world);
    redis_do("ACL SETUSER judge", "-smembers", NULL);
    from_set(&world, url);
    world_must_fail(&world, "NOPERM", BUSY);
    check(!strstr(world.err.message, "hush"), "the password is in: %s", world.err.message);
    world_close(&world);
    redis_do("ACL DELUSER", "judge", NULL);
    redis_do("FLUSHALL", "SYNC", NULL);
}
