/* A reader that touches nothing, and that nothing but the data changes. */
#include <stdio.h>
#include <string.h>

#include "stories.h"

static void fresh(void)
{
    postgres_do("SET client_min_messages = error; DROP TABLE IF EXISTS coupon, failed_event;"
                "CREATE TABLE coupon (id bigint GENERATED ALWAYS AS IDENTITY, user_id bigint);"
                "INSERT INTO coupon (user_id) VALUES (1)");
}

static char *text(const char *constant)
{
    return (char *)(uintptr_t)constant; /* the scenario is only read */
}

/* What the service left in its pooled session is neither relied on nor changed. */
void story_postgres_in_a_pool(void)
{
    static const char *const left[][2] = {{"default_transaction_read_only", "off"},
                                          {"statement_timeout", "777ms"},
                                          {"search_path", "nowhere"},
                                          {"bytea_output", "escape"},
                                          {"DateStyle", "ISO, MDY"}};
    fresh();
    struct world world;
    world_init(&world);
    probe_targets_set(&world.targets, "postgres", servers.pool);
    world_coupons(&world, "SELECT user_id, id FROM coupon ORDER BY id");
    if (world_open(&world)) {
        for (int i = 0; i < 20; i++) {
            pool_do("INSERT INTO public.coupon (user_id) VALUES (7)");
            world_sample(&world, PROBE_ROWS | PROBE_SAVED, BUSY);
            check_eq(world.sample.rows, i + 2);
            if (i == 10)
                pool_do("SET statement_timeout = 777; SET search_path = nowhere;"
                        "SET bytea_output = escape");
        }
        for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
            char sql[64];
            snprintf(sql, sizeof sql, "SHOW %s", left[i][0]);
            const char *value = postgres_value(servers.pool, sql);
            check(!strcmp(value, left[i][1]), "%s is %s, not %s", left[i][0], value, left[i][1]);
        }
        const char *names =
            postgres_value(servers.pool, "SELECT count(*) FROM pg_prepared_statements");
        check(!strcmp(names, "0"), "%s prepared statements stay behind", names);
    }
    world_close(&world);
    pool_do("RESET ALL");
}

void story_postgres_defaults_change_nothing(void)
{
    fresh();
    postgres_do(
        "SET client_min_messages = error; DROP ROLE IF EXISTS odd; CREATE ROLE odd LOGIN;"
        "GRANT SELECT ON coupon TO odd;"
        "ALTER ROLE odd SET default_transaction_isolation = 'serializable';"
        "ALTER ROLE odd SET default_transaction_deferrable = on;"
        "ALTER ROLE odd SET lock_timeout = 1; ALTER ROLE odd SET DateStyle = 'SQL, DMY';"
        "ALTER ROLE odd SET bytea_output = 'escape'; ALTER ROLE odd SET TimeZone = 'Asia/Seoul';"
        "ALTER ROLE odd SET extra_float_digits = -10;"
        "ALTER ROLE odd SET IntervalStyle = 'iso_8601';"
        "ALTER ROLE odd SET client_encoding = 'LATIN1';"
        "ALTER ROLE odd SET standard_conforming_strings = off;"
        "ALTER ROLE odd SET transform_null_equals = on;"
        "ALTER ROLE odd SET idle_in_transaction_session_timeout = 1;"
        "ALTER ROLE odd SET statement_timeout = 20");
    char url[256];
    snprintf(url, sizeof url, "%s", servers.postgres);
    snprintf(strstr(url, "user="), 16, "user=odd");
    static const struct {
        const char *query, *value;
    } reads[] = {
        {"SELECT count(*) FROM coupon", "1"},
        {"SELECT '\\x00ff'::bytea", "\\x00ff"},
        {"SELECT date '2026-02-01'", "2026-02-01"},
        {"SELECT timestamptz '2026-02-01 00:00:00+00'", "2026-02-01 00:00:00+00"},
        {"SELECT interval '1 day 2 hours'", "1 day 02:00:00"},
        {"SELECT 0.1::float8", "0.1"},
        {"SELECT 'é€'", "é€"},
        {"SELECT 'a\\nb'", "a\\nb"},
        {"SELECT count(*) FROM coupon WHERE user_id = NULL", "0"},
        {"SELECT 'slept' FROM pg_sleep(0.1)", "slept"},
        {"SHOW transaction_isolation", "repeatable read"},
        {"SHOW transaction_read_only", "on"},
    };
    struct spec_expect expect[sizeof reads / sizeof *reads] = {0};
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
        expect[i] = (struct spec_expect){.check = text("sql"), .query = text(reads[i].query)};
    struct world world;
    world_init(&world);
    probe_targets_set(&world.targets, "postgres", url);
    world_coupons(&world, "SELECT user_id, id FROM coupon ORDER BY id");
    world.scenario.expect = expect;
    world.scenario.expect_count = sizeof reads / sizeof *reads;
    if (world_open(&world)) {
        world_collect(&world);
        for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
            const char *value = world.evidence.asked[i].value;
            check(value && !strcmp(value, reads[i].value), "%s gives %s, not %s", reads[i].query,
                  value ? value : world.evidence.asked[i].reason, reads[i].value);
        }
    }
    world_close(&world);
    postgres_do("DROP OWNED BY odd; DROP ROLE odd");
}

void story_postgres_only_reads(void)
{
    static const char *const queries[] = {
        "SELECT user_id FROM coupon; COMMIT; BEGIN READ WRITE; DELETE FROM coupon",
        "SELECT user_id FROM coupon; DELETE FROM coupon",
        "SELECT user_id FROM coupon) AS q; DELETE FROM coupon; SELECT 1 FROM (SELECT 1",
        "COMMIT",
        "ROLLBACK",
        "SET TRANSACTION READ WRITE",
        "PREPARE TRANSACTION 'x'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "DELETE FROM coupon RETURNING user_id",
        "WITH gone AS (DELETE FROM coupon RETURNING user_id) SELECT user_id FROM gone",
        "SELECT user_id FROM coupon FOR UPDATE",
        "SELECT user_id INTO other FROM coupon",
        "/* SELECT */ DELETE FROM coupon",
        "SELECT nextval(pg_get_serial_sequence('coupon', 'id'))",
        "SELECT setval(pg_get_serial_sequence('coupon', 'id'), 77)",
        "EXPLAIN ANALYZE DELETE FROM coupon",
        "DO $$ BEGIN DELETE FROM coupon; END $$",
        "",
    };
    fresh();
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        /* as rows, as parked rows beside good ones, and as an expectation */
        for (int place = 0; place < 3; place++) {
            struct spec_expect expect = {.check = text("sql"), .query = text(queries[i])};
            struct world world;
            world_init(&world);
            world_coupons(&world, place == 0 ? queries[i] : "SELECT user_id FROM coupon");
            if (place == 1)
                world_parked(&world, queries[i]);
            world.scenario.expect = &expect;
            world.scenario.expect_count = place == 2;
            world_must_fail(&world, "", 5 * NS_PER_S);
            world_close(&world);
        }
        const char *count = postgres_value(
            servers.postgres, "SELECT count(*) || ' ' || (SELECT count(*) FROM pg_prepared_xacts)"
                              " || ' ' || (SELECT last_value FROM coupon_id_seq) FROM coupon");
        check(!strcmp(count, "1 0 1"), "after %s: %s", queries[i], count);
    }
}

/* ---- MySQL ---- */

static void from_mysql(struct world *world, const char *query, const char *url)
{
    world_init(world);
    probe_targets_set(&world->targets, "postgres", NULL);
    world->coupons.mysql = text(query);
    world->coupons.url = text(url);
    world->scenario.evidence.coupons = &world->coupons;
}

static void fresh_mysql(void)
{
    mysql_do("DROP TABLE IF EXISTS coupon");
    mysql_do("CREATE TABLE coupon (id BIGINT AUTO_INCREMENT PRIMARY KEY, user_id BIGINT)");
    mysql_do("INSERT INTO coupon (user_id) VALUES (1), (2), (3)");
}

void story_mysql_defaults_change_nothing(void)
{
    fresh_mysql();
    mysql_do("SET GLOBAL sql_select_limit = 1");
    mysql_do("SET GLOBAL autocommit = 0");
    mysql_do("SET GLOBAL tx_isolation = 'SERIALIZABLE'");
    mysql_do("SET GLOBAL sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE'");
    mysql_do("SET GLOBAL time_zone = '+09:00'");
    mysql_do("SET GLOBAL max_statement_time = 0.05");
    mysql_do("SET GLOBAL character_set_server = latin1");
    struct spec_expect expect[] = {
        {.check = text("sql"), .query = text("SELECT \"one\"")},
        {.check = text("sql"), .query = text("SELECT FROM_UNIXTIME(0)")},
        {.check = text("sql"), .query = text("SELECT 'é€'")},
        {.check = text("sql"), .query = text("SELECT SLEEP(0.1)")},
        {.check = text("sql"), .query = text("SELECT 'a\\'b'")},
    };
    static const char *const values[] = {"one", "1970-01-01 00:00:00", "é€", "0", "a'b"};
    struct world world;
    from_mysql(&world, "SELECT user_id, id FROM coupon ORDER BY id", servers.mysql);
    for (size_t i = 0; i < 5; i++)
        expect[i].url = world.coupons.url;
    world.scenario.expect = expect;
    world.scenario.expect_count = 5;
    if (world_open(&world)) {
        check_eq(world.evidence.before.count, 3);
        mysql_do("INSERT INTO coupon (user_id) VALUES (4)");
        mysql_do("COMMIT");
        world_collect(&world);
        for (size_t i = 0; i < 5; i++) {
            const struct asked *asked = &world.evidence.asked[i];
            check(asked->value && !strcmp(asked->value, values[i]), "%s gives %s", expect[i].query,
                  asked->value ? asked->value : asked->reason);
        }
    }
    world_close(&world);
    mysql_do("SET GLOBAL sql_select_limit = DEFAULT");
    mysql_do("SET GLOBAL autocommit = 1");
    mysql_do("SET GLOBAL tx_isolation = 'REPEATABLE-READ'");
    mysql_do("SET GLOBAL sql_mode = DEFAULT");
    mysql_do("SET GLOBAL time_zone = DEFAULT");
    mysql_do("SET GLOBAL max_statement_time = 0");
    mysql_do("SET GLOBAL character_set_server = utf8mb4");
}

void story_mysql_only_reads(void)
{
    static const char *const queries[] = {
        "SELECT user_id FROM coupon; DELETE FROM coupon",
        "SELECT user_id FROM coupon; COMMIT; DELETE FROM coupon",
        "COMMIT",
        "DELETE FROM coupon",
        "WITH a AS (SELECT 1) DELETE FROM coupon",
        "SELECT user_id FROM coupon FOR UPDATE",
        "SELECT user_id FROM coupon LOCK IN SHARE MODE",
        "SELECT user_id FROM coupon INTO OUTFILE '/tmp/rushproof-must-not-exist'",
        "SELECT '\\'', user_id /* ' */ INTO OUTFILE '/tmp/rushproof-must-not-exist' FROM coupon",
        "SELECT 2--1 INTO @a",
        "SELECT 1 # '\n INTO @a -- '",
        "SELECT user_id FROM coupon /*! INTO @a */",
        "SELECT NEXTVAL(seq)",
        "SELECT NEXT VALUE FOR seq",
        "SELECT GET_LOCK('x', 1)",
        "CALL x()",
    };
    fresh_mysql();
    mysql_do("CREATE SEQUENCE IF NOT EXISTS seq");
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct world world;
        from_mysql(&world, queries[i], servers.mysql);
        world_must_fail(&world, "", 5 * NS_PER_S);
        world_close(&world);
        from_mysql(&world, "SELECT user_id FROM coupon", servers.mysql);
        if (world_open(&world))
            check_eq(world.evidence.before.count, 3);
        world_close(&world);
    }
    struct world world;
    from_mysql(&world, "SELECT user_id /* a comment */ FROM coupon -- INTO x", servers.mysql);
    world_open(&world);
    world_close(&world);
}

void story_mysql_by_address(void)
{
    fresh_mysql();
    mysql_do("CREATE USER IF NOT EXISTS 'pro'@'127.0.0.1' IDENTIFIED BY 'p@ss:/w'");
    mysql_do("GRANT ALL ON test.* TO 'pro'@'127.0.0.1'");
    char url[256];
    struct world world;
    /* localhost with a port is TCP: libraries would take the socket and ignore the port. */
    snprintf(url, sizeof url, "mysql://pro:p%%40ss%%3A%%2Fw@localhost:%s/test", servers.mysql_port);
    from_mysql(&world, "SELECT user_id FROM coupon", url);
    if (world_open(&world))
        check_eq(world.evidence.before.count, 3);
    world_close(&world);
    from_mysql(&world, "SELECT user_id FROM coupon", "mysql://pro:hush@localhost:1/test");
    world_must_fail(&world, "127.0.0.1:1", 15 * NS_PER_S);
    check(!strstr(world.err.message, "hush"), "the password is in: %s", world.err.message);
    world_close(&world);
}

/* ---- Redis ---- */

static void counter_at(struct world *world, const char *command, const char *url)
{
    world_init(world);
    probe_targets_set(&world->targets, "redis", url);
    world_counter(world, command);
}

void story_redis_only_reads(void)
{
    static const char *const refused[] = {
        "INCR coupon_count",
        "EVAL \"return redis.call('FLUSHALL')\" 0",
        "eval \"return 1\" 0",
        "EVALSHA abc 0",
        "FCALL f 0",
        "FUNCTION FLUSH",
        "SCRIPT FLUSH",
        "CONFIG SET maxmemory 1",
        "CONFIG GET maxmemory",
        "FLUSHALL ASYNC",
        "DEBUG SLEEP 0",
        "SHUTDOWN NOSAVE",
        "CLIENT KILL TYPE normal",
        "SELECT 1",
        "MULTI x",
        "SUBSCRIBE x",
        "GETDEL coupon_count",
        "SORT coupon_count STORE other",
        "NOSUCH thing",
    };
    redis_do("SET", "coupon_count", "12");
    redis_do("ACL SETUSER", "narrow on >hush ~* -@all +get +scard +eval +info +flushall", NULL);
    char narrow[128];
    snprintf(narrow, sizeof narrow, "redis://narrow:hush@127.0.0.1:%s", servers.redis_port);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        for (int place = 0; place < 4; place++) {
            struct spec_expect expect = {.check = text("redis"), .query = text(refused[i])};
            struct world world;
            counter_at(&world, place % 2 ? "coupon_count" : refused[i],
                       place < 2 ? servers.redis : narrow);
            world.scenario.expect = &expect;
            world.scenario.expect_count = (unsigned)place % 2;
            world_must_fail(&world, "", 5 * NS_PER_S);
            check(strstr(world.err.message, "must only be read"), "%s: %s", refused[i],
                  world.err.message);
            world_close(&world);
        }
    }
    static const char *const allowed[] = {"coupon_count", "GET 'coupon_count'",
                                          "EVAL_RO \"return redis.call('GET', 'coupon_count')\" 0"};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        struct world world;
        counter_at(&world, allowed[i], servers.redis);
        if (world_open(&world))
            check_eq(world.evidence.counter.before, 12);
        world_close(&world);
    }
    struct world world;
    counter_at(&world, "coupon_count", narrow);
    if (world_open(&world))
        check_eq(world.evidence.counter.before, 12);
    world_close(&world);
    redis_do("ACL DELUSER", "narrow", NULL);
}

void story_redis_by_address(void)
{
    redis_do("ACL SETUSER", "pro on >p@ss:/w ~* +@all", NULL);
    redis_do("SET", "coupon_count", "1");
    redis_do("SWAPDB", "0 3", NULL);
    redis_do("SET", "coupon_count", "0");
    static const struct {
        const char *format;
        int value;
    } good[] = {
        {"redis://pro:p%%40ss%%3A%%2Fw@127.0.0.1:%s", 0},
        {"redis://pro:p%%40ss%%3A%%2Fw@localhost:%s/3", 1},
        {"redis://localhost:%s?db=3", 1},
        {"redis://localhost:%s/?x=y", 0},
        {"REDIS://127.0.0.1:%s/3", 1},
    };
    char url[512];
    struct world world;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        snprintf(url, sizeof url, good[i].format, servers.redis_port);
        counter_at(&world, "coupon_count", url);
        if (world_open(&world))
            check_eq(world.evidence.counter.before, good[i].value);
        world_close(&world);
    }
    snprintf(url, sizeof url, "%s?db=3", servers.redis);
    counter_at(&world, "coupon_count", url);
    if (world_open(&world))
        check_eq(world.evidence.counter.before, 1);
    world_close(&world);
    static const char *const bad[][2] = {
        {"rediss://127.0.0.1:1", "connecting to 127.0.0.1:1"},
        {"redis://h:hush?host", "port"},
        {"redis://127.0.0.1/hush", "database"},
        {"redis://a,b", "one host"},
        {"unix://run/redis.sock", "three slashes"},
        {"redis://localhost:1", "127.0.0.1:1: Connection refused"},
        {"redis://[::1]:1", "[::1]:1: "},
        {"redis://nowhere.invalid", "nowhere.invalid"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        counter_at(&world, "coupon_count", bad[i][0]);
        world_must_fail(&world, bad[i][1], 15 * NS_PER_S);
        check(!strstr(world.err.message, "hush"), "the secret is in: %s", world.err.message);
        world_close(&world);
    }
    redis_do("FLUSHALL", "SYNC", NULL);
}
