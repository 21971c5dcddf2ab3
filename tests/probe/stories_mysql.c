/* MySQL by MariaDB. */
#include <string.h>

#include "stories.h"

static void from_mysql(struct world *world, const char *query, const char *url)
{
    world_init(world);
    probe_targets_set(&world->targets, "postgres", NULL);
    world->coupons.mysql = (char *)(uintptr_t)query;
    world->coupons.url = (char *)(uintptr_t)url;
    world->scenario.evidence.coupons = &world->coupons;
}

void story_mysql_reads_and_counts(void)
{
    mysql_do("DROP TABLE IF EXISTS coupon");
    mysql_do("CREATE TABLE coupon (id BIGINT AUTO_INCREMENT PRIMARY KEY, user_id BIGINT)");
    struct spec_expect expect[] = {{.check = "sql", .query = "SELECT max(user_id) FROM coupon"}};
    struct world world;
    from_mysql(&world, "SELECT user_id, id FROM coupon ORDER BY id;", servers.mysql);
    expect[0].url = world.coupons.url;
    world.scenario.expect = expect;
    world.scenario.expect_count = 1;
    if (world_open(&world)) {
        check(strstr(run_server(&world.run, "mysql")->version, "MariaDB"), "version: %s",
              run_server(&world.run, "mysql")->version);
        mysql_do("INSERT INTO coupon (user_id) VALUES (5), (-6), (5)");
        world_sample(&world, PROBE_ROWS, BUSY);
        check_eq(world.sample.rows, 3);
        world_sample(&world, PROBE_SAVED, BUSY);
        check_eq(world.sample.saved, 2);
        world_collect(&world);
        check_eq(world.evidence.coupons.count, 3);
        check_eq(world.evidence.coupons.v[1].user, -6);
        check_eq(world.evidence.coupons.v[1].id, 2);
        check(world.evidence.asked[0].known && !strcmp(world.evidence.asked[0].value, "5"),
              "the largest user");
    }
    world_close(&world);
}

void story_mysql_names_what_is_wrong(void)
{
    struct world world;
    from_mysql(&world, "SELECT user_id FROM cupon", servers.mysql);
    world_must_fail(&world, "evidence.coupons.mysql: Table 'test.cupon' doesn't exist",
                    5 * NS_PER_S);
    check(world.err.retriable, "it may still come");
    world_close(&world);
    from_mysql(&world, "INSERT INTO coupon (user_id) VALUES (1)", servers.mysql);
    world_must_fail(&world, "must only be read", 5 * NS_PER_S);
    world_close(&world);
    from_mysql(&world, "SELECT 1", "mysql://nobody:hush@127.0.0.1:1/test");
    world_must_fail(&world, "mysql", 15 * NS_PER_S);
    check(!strstr(world.err.message, "hush"), "the password is in: %s", world.err.message);
    world_close(&world);
    from_mysql(&world, "SELECT 1", NULL);
    world_must_fail(&world, "there is no mysql to ask", NS_PER_S);
    world_close(&world);
}

/* Rows and tables that go bad while the run is on, in the store's words. */
void story_mysql_says_what_cannot_be_read(void)
{
    static const char *const bad[][2] = {
        {"INSERT INTO coupon (user_id) VALUES (NULL)",
         "row 2 of the coupons query has no user: its first column is NULL"},
        {"UPDATE coupon SET user_id = 'bob'",
         "row 1 of the coupons query has no user: its first column is 'bob'"},
        {"DROP TABLE coupon", "evidence.coupons.mysql: Table 'test.coupon' doesn't exist"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mysql_do("DROP TABLE IF EXISTS coupon");
        mysql_do("CREATE TABLE coupon (id BIGINT AUTO_INCREMENT PRIMARY KEY, user_id VARCHAR(9))");
        mysql_do("INSERT INTO coupon (user_id) VALUES ('7')");
        struct world world;
        from_mysql(&world, "SELECT user_id, id FROM coupon ORDER BY id", servers.mysql);
        if (world_open(&world)) {
            mysql_do(bad[i][0]);
            world_sample(&world, PROBE_ROWS | PROBE_SAVED, 5 * NS_PER_S);
            check(strstr(probes_trouble(world.probes), bad[i][1]), "trouble: %s",
                  probes_trouble(world.probes));
            world_collect(&world);
            check(!world.evidence.coupons.known, "not known");
            check(strstr(world.evidence.coupons.reason, bad[i][1]), "reason: %s",
                  world.evidence.coupons.reason);
        }
        world_close(&world);
    }
}
