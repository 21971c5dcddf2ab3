/* Servers that hang: whoever waits, waits for a deadline and no longer. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stories.h"
#include "verify/drain.h"

/* Every process of that Postgres: the one that holds our connection does not stop with the
 * postmaster. The postmaster comes first, so that none is born meanwhile; one that has just ended
 * is no failure. */
static void signal_postgres(const char *signal)
{
    char command[192];
    snprintf(command, sizeof command,
             "kill -%s %ld && for p in $(pgrep -P %ld); do kill -%s $p 2>/dev/null; done; true",
             signal, servers.postgres_pid, servers.postgres_pid, signal);
    FILE *shell = popen(command, "r");
    check(shell && pclose(shell) == 0, "%s", command);
}

void story_blocked_postgres_is_named(void)
{
    if (!check(servers.postgres_pid > 0, "PROBE_POSTGRES_PID is needed"))
        return;
    postgres_do("SET client_min_messages = error; DROP TABLE IF EXISTS coupon; CREATE TABLE coupon "
                "(id bigint, user_id bigint)");
    struct world world;
    world_init(&world);
    world_coupons(&world, "SELECT user_id, id FROM coupon");
    world.scenario.drain.timeout = NS_PER_S;
    if (world_open(&world)) {
        struct drain *drain = drain_new(&world.scenario, NULL);
        struct drain_facts facts = {.settled = clock_now(), .accepted = 0};
        enum drain_step step = DRAIN_CONTINUE;
        signal_postgres("STOP");
        ns_t began = clock_now();
        ns_t quickest = NS_PER_S;
        unsigned wants = 0;
        while (step == DRAIN_CONTINUE && clock_now() < began + 10 * NS_PER_S) {
            clock_sleep_until(drain_next(drain, clock_now(), &wants));
            ns_t asked = clock_now();
            world_sample(&world, wants | PROBE_ROWS, 200 * MS);
            ns_t took = clock_now() - asked;
            quickest = took < quickest ? took : quickest;
            check(world.sample.flags & SAMPLE_ROWS_BLOCKED, "nobody can have answered");
            step = drain_feed(drain, &world.sample, &facts);
        }
        struct drain_result result = {0};
        drain_result(drain, &result);
        check(result.outcome == DRAIN_BLOCKED, "%s", drain_outcome_name(result.outcome));
        check(strstr(result.detail, "database did not answer"), "%s", result.detail);
        check(quickest < 200 * MS, "each round took its whole deadline");
        drain_free(drain);
        signal_postgres("CONT");
        do
            world_sample(&world, PROBE_ROWS, NS_PER_S);
        while (world.sample.flags && clock_now() < began + 20 * NS_PER_S);
        check_eq(world.sample.rows, 0);
        signal_postgres("STOP");
        world_sample(&world, PROBE_ROWS, 100 * MS);
        world_close(&world); /* checks that it does not wait */
        signal_postgres("CONT");
        return;
    }
    world_close(&world);
}

static void must_not_hang(struct world *world, const char *words, ns_t span)
{
    world_must_fail(world, words, span);
    world_close(world);
}

void story_mute_servers_do_not_hang(void)
{
    int port = 0;
    char url[64];
    int fd = mute_server(&port);
    struct world world;

    world_init(&world);
    world_pipeline(&world, NULL);
    snprintf(url, sizeof url, "127.0.0.1:%d", port);
    probe_targets_set(&world.targets, "kafka", url);
    must_not_hang(&world, "kafka", 6 * NS_PER_S);

    world_init(&world);
    world_counter(&world, "coupon_count");
    snprintf(url, sizeof url, "redis://127.0.0.1:%d", port);
    probe_targets_set(&world.targets, "redis", url);
    must_not_hang(&world, "redis", 6 * NS_PER_S);

    world_init(&world);
    world_coupons(&world, "SELECT 1");
    snprintf(url, sizeof url, "postgresql://127.0.0.1:%d/x", port);
    probe_targets_set(&world.targets, "postgres", url);
    must_not_hang(&world, "postgres", 7 * NS_PER_S);

    world_init(&world);
    world.coupons.mysql = (char *)(uintptr_t) "SELECT 1";
    world.scenario.evidence.coupons = &world.coupons;
    snprintf(url, sizeof url, "mysql://root@127.0.0.1:%d/x", port);
    world.coupons.url = url;
    must_not_hang(&world, "mysql", 7 * NS_PER_S);
    close(fd);
}
