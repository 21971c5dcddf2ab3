/* Postgres, Redis and what expectations ask. */
#include <libpq-fe.h>
#include <string.h>

#include "stories.h"

#define COUPONS "SELECT user_id, id FROM coupon ORDER BY id"

static void fresh(void)
{
    postgres_do("SET client_min_messages = error; DROP TABLE IF EXISTS coupon, failed_event;"
                "CREATE TABLE coupon (id bigint GENERATED ALWAYS AS IDENTITY, user_id bigint)");
}

void story_postgres_reads_and_counts(void)
{
    fresh();
    postgres_do("INSERT INTO coupon (user_id) VALUES (-5), (9223372036854775807)");
    struct world world;
    world_init(&world);
    /* A comment and a semicolon at the end are what people paste. */
    world_coupons(&world, "SELECT user_id, id FROM coupon ORDER BY id; -- all of them");
    if (world_open(&world)) {
        check_eq(world.evidence.before.count, 2);
        check_eq(world.evidence.before.v[1].user, INT64_MAX);
        postgres_do("INSERT INTO coupon (user_id) VALUES (7), (7)");
        world_sample(&world, PROBE_ROWS, BUSY);
        check_eq(world.sample.rows, 4);
        check_eq(world.sample.saved, COUNT_UNKNOWN);
        check_eq(world.sample.parked, COUNT_UNKNOWN);
        check(world.sample.rows_at > 0, "the read has an instant");
        world_sample(&world, PROBE_ROWS | PROBE_SAVED, BUSY);
        check_eq(world.sample.rows, 4);
        check_eq(world.sample.saved, 3);
        check_eq(world.sample.unsaved, COUNT_UNKNOWN); /* no Kafka: nobody knows who is missing */
        check_eq(probes_rows(world.probes, &world.evidence, SOON, &world.err), 0);
        check_eq(world.evidence.coupons.count, 4);
        check_eq(world.evidence.coupons.v[0].user, -5);
        check_eq(world.evidence.coupons.v[3].id, 4);
    }
    world_close(&world);
}

void story_postgres_subtracts(void)
{
    fresh();
    postgres_do("INSERT INTO coupon (user_id) VALUES (1), (1), (2)");
    for (int with_id = 0; with_id < 2; with_id++) {
        struct world world;
        world_init(&world);
        world_coupons(&world, with_id ? COUPONS : "SELECT user_id FROM coupon ORDER BY id");
        world.coupons.subtract = true;
        if (world_open(&world)) {
            postgres_do("INSERT INTO coupon (user_id) VALUES (1), (3)");
            world_sample(&world, PROBE_ROWS, BUSY);
            check_eq(world.sample.rows, 2);
            world_sample(&world, PROBE_SAVED, BUSY);
            check_eq(world.sample.saved, 2);
            world_collect(&world);
            check_eq(world.evidence.coupons.count, 2);
            check_eq(world.evidence.coupons.v[0].user, 1);
            check_eq(world.evidence.coupons.v[0].id, with_id ? 4 : 1);
            check_eq(world.evidence.coupons.v[1].user, 3);
            check_eq(world.evidence.coupons.gone, 0);
            postgres_do("DELETE FROM coupon WHERE id = 3");
            world_collect(&world);
            check_eq(world.evidence.coupons.gone, 1);
            postgres_do("INSERT INTO coupon (id, user_id) OVERRIDING SYSTEM VALUE VALUES (3, 2)");
        }
        world_close(&world);
        postgres_do("DELETE FROM coupon WHERE id > 3;"
                    "ALTER TABLE coupon ALTER id RESTART WITH 4");
    }
}

void story_postgres_refuses_writes(void)
{
    fresh();
    struct world world;
    world_init(&world);
    world_coupons(&world, "INSERT INTO coupon (user_id) VALUES (1) RETURNING user_id");
    world_must_fail(&world, "must only be read", 5 * NS_PER_S);
    world_close(&world);
}

void story_postgres_reconnects(void)
{
    fresh();
    struct world world;
    world_init(&world);
    world_coupons(&world, COUPONS);
    if (world_open(&world)) {
        postgres_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'rushproof'");
        clock_sleep_until(clock_now() + 100 * MS);
        world_sample(&world, PROBE_ROWS, BUSY); /* may find the broken connection */
        world_sample(&world, PROBE_ROWS, BUSY);
        check_eq(world.sample.rows, 0);
        check_eq(world.sample.flags, 0);
    }
    world_close(&world);
}

static void fails_with(const char *query, const char *words)
{
    struct world world;
    world_init(&world);
    world_coupons(&world, query);
    world_must_fail(&world, words, 5 * NS_PER_S);
    world_close(&world);
}

void story_postgres_names_what_is_wrong(void)
{
    fresh();
    postgres_do("INSERT INTO coupon (user_id) VALUES (1)");
    fails_with("SELECT user_id FROM cupon", "evidence.coupons.postgres: ERROR:");
    fails_with("SELECT user_id FROM cupon", "\"cupon\" does not exist");
    fails_with("SELECT 'bob' FROM coupon", "first column is 'bob'");
    fails_with("SELECT NULL", "first column is NULL");
    fails_with("SELECT 1; SELECT 2", "one statement");
    struct world world;
    world_init(&world);
    world_coupons(&world, COUPONS);
    world.coupons.url = (char *)(uintptr_t) "postgresql://nobody:hush@127.0.0.1:1/x";
    world_must_fail(&world, "postgres", 5 * NS_PER_S);
    check(!strstr(world.err.message, "hush"), "the password is in: %s", world.err.message);
    world_close(&world);
    world_init(&world);
    world_coupons(&world, COUPONS);
    probe_targets_set(&world.targets, "postgres", NULL);
    world_must_fail(&world, "there is no postgres to ask", NS_PER_S);
    world_close(&world);
}

void story_postgres_cost(void)
{
    fresh();
    struct world world;
    struct database_cost cost;
    const struct probe_others nobody = {0};
    world_init(&world);
    world_coupons(&world, COUPONS);
    if (world_open(&world)) {
        for (int i = 0; i < 50; i++)
            world_sample(&world, PROBE_ROWS, BUSY);
        probes_database_cost(world.probes, &nobody, &cost);
        check(cost.transactions >= 0 && cost.transactions <= 3, "%lld transactions beside our own",
              (long long)cost.transactions);
        check_eq(cost.rows_inserted, 0);
        for (int i = 0; i < 20; i++)
            postgres_do("INSERT INTO coupon (user_id) VALUES (1)");
        clock_sleep_until(clock_now() + 100 * MS);
        world_sample(&world, PROBE_ROWS, BUSY);
        probes_database_cost(world.probes, &nobody, &cost);
        /* Each made a connection, and that is a transaction too. */
        check(cost.transactions >= 20 && cost.transactions <= 45, "%lld transactions",
              (long long)cost.transactions);
        check_eq(cost.rows_inserted, 20);
        check(cost.wal_bytes > 1200, "%lld bytes of log", (long long)cost.wal_bytes);
        check(cost.peak_connections >= 0 && cost.peak_connections < 3, "%lld connections",
              (long long)cost.peak_connections);
    }
    world_close(&world);
    world_init(&world);
    world_counter(&world, "coupon_count");
    if (servers.redis && world_open(&world)) {
        probes_database_cost(world.probes, &nobody, &cost);
        check_eq(cost.transactions, COUNT_UNKNOWN);
    }
    world_close(&world);
}

/* A connection that stays, as a consumer's does, reports what it did a second later at the soonest.
 */
void story_postgres_cost_of_a_connection_that_stays(void)
{
    fresh();
    struct world world;
    struct database_cost cost;
    const struct probe_others nobody = {0};
    world_init(&world);
    world_coupons(&world, COUPONS);
    PGconn *stays = PQconnectdb(servers.postgres);
    PQclear(PQexec(stays, "SELECT 1"));
    if (world_open(&world)) {
        for (int i = 0; i < 20; i++)
            PQclear(PQexec(stays, "INSERT INTO coupon (user_id) VALUES (1)"));
        world_sample(&world, PROBE_ROWS, BUSY);
        probes_database_cost(world.probes, &nobody, &cost);
        check_eq(cost.rows_inserted, 20);
        check(cost.transactions >= 20 && cost.transactions <= 25, "%lld transactions",
              (long long)cost.transactions);
    }
    PQfinish(stays);
    world_close(&world);
}

void story_postgres_last_commit(void)
{
    fresh();
    struct world world;
    struct drain_result result = {0};
    world_init(&world);
    world_coupons(&world, COUPONS);
    if (world_open(&world)) {
        world_sample(&world, PROBE_ROWS, BUSY);
        probes_cost(world.probes, &result);
        check_eq(result.last_commit, 0); /* no row of the run yet */
        ns_t before = clock_now();
        postgres_do("INSERT INTO coupon (user_id) VALUES (1)");
        ns_t after = clock_now();
        clock_sleep_until(after + 50 * MS);
        world_sample(&world, PROBE_ROWS, BUSY);
        probes_cost(world.probes, &result);
        check(result.last_commit > before - MS && result.last_commit < after + MS,
              "the commit was %lld us after the statement began, which took %lld us",
              (long long)((result.last_commit - before) / NS_PER_US),
              (long long)((after - before) / NS_PER_US));
        /* What is written later elsewhere does not move it. */
        ns_t known = result.last_commit;
        postgres_do("CREATE TABLE IF NOT EXISTS other (x int); INSERT INTO other VALUES (1)");
        world_sample(&world, PROBE_ROWS, BUSY);
        probes_cost(world.probes, &result);
        check_eq(result.last_commit, known);
    }
    world_close(&world);
}

void story_redis_values(void)
{
    struct world world;
    redis_do("DEL", "coupon_count", NULL);
    redis_do("DEL", "applied_user", NULL);
    world_init(&world);
    world_counter(&world, "coupon_count");
    if (world_open(&world)) {
        check_eq(world.evidence.counter.before, 0); /* a missing key */
        redis_do("SET", "coupon_count", "1000");
        world_sample(&world, PROBE_COUNTER, BUSY);
        check_eq(world.sample.counter.value, 1000);
        check_eq(world.sample.rows, COUNT_UNKNOWN);
    }
    world_close(&world);

    redis_do("SADD", "applied_user", "5");
    world_init(&world);
    world_counter(&world, "SCARD applied_user");
    if (world_open(&world))
        check_eq(world.evidence.counter.before, 1);
    world_close(&world);

    world_init(&world);
    world_counter(&world, "INCR coupon_count");
    world_must_fail(&world, "INCR writes", 5 * NS_PER_S);
    world_close(&world);

    world_init(&world);
    world_counter(&world, "SMEMBERS applied_user");
    world_must_fail(&world, "list", 5 * NS_PER_S);
    world_close(&world);

    world_init(&world);
    world_counter(&world, "coupon_count");
    world.counter.url = (char *)(uintptr_t) "redis://:hush@127.0.0.1:1/0";
    world_must_fail(&world, "redis", 5 * NS_PER_S);
    check(!strstr(world.err.message, "hush"), "the password is in: %s", world.err.message);
    world_close(&world);
}

void story_expectations(void)
{
    fresh();
    redis_do("SET", "coupon_count", "12");
    struct spec_expect expect[] = {
        {.check = "cap_exact"},
        {.check = "sql", .query = "SELECT count(*) FROM coupon"},
        {.check = "redis", .query = "coupon_count"},
        {.check = "sql", .query = "SELECT user_id FROM coupon WHERE false"},
    };
    struct world world;
    world_init(&world);
    world.scenario.expect = expect;
    world.scenario.expect_count = 4;
    if (world_open(&world)) {
        postgres_do("INSERT INTO coupon (user_id) VALUES (1)");
        world_collect(&world);
        check_eq(world.evidence.asked_count, 4);
        const struct asked *asked = world.evidence.asked;
        check(!asked[0].known, "cap_exact asks nothing");
        check(asked[1].known && !strcmp(asked[1].value, "1"), "the count");
        check(asked[2].known && !strcmp(asked[2].value, "12"), "the counter");
        check(asked[3].known && !asked[3].value, "no row is no value");
        postgres_do("DROP TABLE coupon");
        world_collect(&world);
        check(!world.evidence.asked[1].known &&
                  strstr(world.evidence.asked[1].reason, "does not exist"),
              "the reason: %s", world.evidence.asked[1].reason);
    }
    world_close(&world);
    fresh();
    expect[3].query = "SELECT 1 FROM nowhere";
    world_init(&world);
    world.scenario.expect = expect;
    world.scenario.expect_count = 4;
    world_must_fail(&world, "expect.3.query (sql)", 5 * NS_PER_S);
    world_close(&world);
}
