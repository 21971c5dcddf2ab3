/* Private and external servers: what they offer, what a reset leaves, what --keep leaves. */
#include <criterion/criterion.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "stack/lookup.h"
#include "store/store.h"

TestSuite(servers, .timeout = 60);

#define START(fixture) cr_assert_eq(fixture_start(fixture), 0, "%s", (fixture)->err.message)

Test(servers, all_answer_and_say_who_they_are)
{
    struct fixture *fixture = fixture_new();
    START(fixture);
    cr_expect_str_eq(look_redis(fixture, "PING"), "PONG");
    cr_expect_str_eq(look_postgres(fixture, "SELECT current_database()"), "rushproof");
    cr_expect_eq(look_ends(fixture, "coupon_create", 3), 0);
    cr_expect_str_eq(run_server(&fixture->run, "redis")->kind, "private");
    cr_expect_str_eq(run_server(&fixture->run, "postgres")->kind, "private");
    cr_expect_str_eq(run_server(&fixture->run, "kafka")->kind, "embedded");
    cr_expect_eq(atoi(run_server(&fixture->run, "redis")->version) >= 6, true, "%s",
                 run_server(&fixture->run, "redis")->version);
    cr_expect_eq(atoi(run_server(&fixture->run, "postgres")->version) >= 13, true, "%s",
                 run_server(&fixture->run, "postgres")->version);
    cr_expect_str_eq(run_server(&fixture->run, "redis")->note, "no persistence");
    cr_expect_str_eq(run_server(&fixture->run, "postgres")->note, "fsync off");
    cr_expect_str_eq(look_postgres(fixture, "SHOW fsync"), "off");
    cr_expect_str_eq(look_postgres(fixture, "SHOW track_commit_timestamp"), "on");
    fixture_free(fixture);
}

Test(servers, none_starts_nothing)
{
    struct fixture *fixture = fixture_only(NULL);
    START(fixture);
    cr_expect_null(stack_address(fixture->stack, "redis"));
    cr_expect_null(stack_address(fixture->stack, "postgres"));
    cr_expect_null(stack_address(fixture->stack, "kafka"));
    cr_expect_str_eq(run_server(&fixture->run, "kafka")->kind, "none");
    cr_expect_eq(fixture_fault(fixture, "redis", FAULT_KILL), -ERR_USAGE);
    fixture_free(fixture);
}

Test(servers, durable_when_the_scenario_says_so)
{
    struct fixture *fixture = fixture_new();
    fixture->scenario.stack.redis_appendfsync = (char *)"always";
    fixture->scenario.stack.postgres_fsync = true;
    START(fixture);
    cr_expect_str_eq(look_postgres(fixture, "SHOW fsync"), "on");
    cr_expect_str_eq(look_postgres(fixture, "SHOW full_page_writes"), "on");
    cr_expect_str_eq(run_server(&fixture->run, "redis")->note, "appendfsync always");
    cr_expect(strstr(look_redis(fixture, "INFO persistence"), "aof_enabled:1"));
    fixture_free(fixture);
}

Test(servers, topics_of_the_scenario_get_their_partitions)
{
    struct fixture *fixture = fixture_only("kafka");
    struct spec_topic topics[] = {
        {.name = (char *)"testTopic", .partitions = 5, .replication = 1},
        {.name = (char *)"coupon_create", .partitions = 1, .replication = 1}};
    fixture->scenario.stack.topics = topics;
    fixture->scenario.stack.topics_count = 2;
    START(fixture);
    cr_expect_eq(look_ends(fixture, "testTopic", 5), 0);
    cr_expect_eq(look_ends(fixture, "coupon_create", 1), 0);
    cr_expect_eq(look_ends(fixture, "coupon_create", 2), -1, "the scenario's list goes first");
    fixture_free(fixture);
}

static void fill(struct fixture *fixture)
{
    cr_assert_str_eq(look_redis(fixture, "INCR coupon_count"), "1");
    cr_assert(look_postgres(fixture, "CREATE TABLE coupon (id int)"));
    cr_assert(look_produce(fixture, "coupon_create", 20000));
    cr_assert_eq(look_ends(fixture, "coupon_create", 3), 1);
}

static void reset_empties_all(struct fixture *fixture)
{
    const char *sleeper[] = {"/bin/sh", "-c", "echo ready; exec sleep 1000", NULL};
    fixture_process(fixture, "worker", sleeper, NULL, NULL, "ready");
    START(fixture);
    fill(fixture);
    cr_assert_eq(stack_reset(fixture->stack, NULL, &fixture->run, &fixture->err), 0, "%s",
                 fixture->err.message);
    cr_expect_str_eq(look_redis(fixture, "GET coupon_count"), "(nil)");
    cr_expect_str_eq(
        look_postgres(fixture, "SELECT count(*) FROM pg_class WHERE relname = 'coupon'"), "0");
    cr_expect_eq(look_ends(fixture, "coupon_create", 3), 0);
    cr_expect_not(stack_watch(fixture->stack, &fixture->run), "nobody ended unasked");
    cr_expect_eq(fixture->run.processes[0].restarts, 0);
    fill(fixture);
    fixture_free(fixture);
}

Test(servers, reset_empties_all)
{
    reset_empties_all(fixture_new());
}

static enum err_code tell(const struct fixture *fixture, const char *server, const char *command,
                          struct err *ret_err)
{
    struct store *store = NULL;
    *ret_err = (struct err){0};
    cr_assert_eq(store_open(stack_address(fixture->stack, server), true, &store, ret_err), 0, "%s",
                 ret_err->message);
    int rc = store_execute(store, command, ret_err);
    store_close(store);
    return rc ? ret_err->code : (enum err_code)0;
}

static void wake_up(int number)
{
    (void)number;
}

Test(servers, commands_tell_what_came_of_them)
{
    struct fixture *fixture = fixture_new();
    struct err err;
    START(fixture);
    cr_expect_eq(tell(fixture, "postgres", "SELECT 1; SELECT 2", &err), 0, "%s", err.message);
    cr_expect_eq(tell(fixture, "postgres", "SELECT 1; SELECT nothing", &err), ERR_ENVIRONMENT);
    cr_expect(strstr(err.message, "nothing"), "%s", err.message);
    cr_expect_eq(tell(fixture, "postgres", "COPY pg_class TO STDOUT", &err), ERR_ENVIRONMENT);
    cr_expect_eq(tell(fixture, "redis", "BLPOP nothing 0", &err), ERR_ENVIRONMENT);
    cr_expect(strstr(err.message, "no answer in 5 s"), "%s", err.message);
    fixture_free(fixture);
}

/* Of a session that waits for a lock nobody would know otherwise. */
Test(servers, a_command_that_waits_can_be_interrupted)
{
    struct fixture *fixture = fixture_new();
    struct err err;
    START(fixture);
    signal(SIGALRM, wake_up);
    alarm(1);
    cr_expect_eq(tell(fixture, "postgres", "SELECT pg_sleep(50)", &err), ERR_INTERRUPTED, "%s",
                 err.message);
    fixture_free(fixture);
}

static bool apache_is_fetched(void)
{
    glob_t list = {0};
    char pattern[512];
    const char *given = getenv("RUSHPROOF_KAFKA_DIR"), *home = getenv("HOME");
    snprintf(pattern, sizeof pattern, given ? "%s/*/libs" : "%s/.cache/rushproof/kafka/*/libs",
             given  ? given
             : home ? home
                    : "");
    bool found = glob(pattern, 0, NULL, &list) == 0;
    globfree(&list);
    return found || getenv("KAFKA_HOME");
}

Test(servers, apache_kafka_too, .timeout = 120)
{
    if (!apache_is_fetched())
        cr_skip_test("rushproof-fetch-kafka has not been run");
    struct fixture *fixture = fixture_new();
    fixture->scenario.stack.kafka = (char *)"apache";
    reset_empties_all(fixture);
}

Test(servers, apache_kafka_keeps_its_records_over_a_kill, .timeout = 120)
{
    if (!apache_is_fetched())
        cr_skip_test("rushproof-fetch-kafka has not been run");
    struct fixture *fixture = fixture_only("kafka");
    fixture->scenario.stack.kafka = (char *)"apache";
    START(fixture);
    char before[64];
    snprintf(before, sizeof before, "%s", stack_address(fixture->stack, "kafka"));
    cr_assert(look_produce(fixture, "coupon_create", 20000));
    cr_assert_eq(fixture_fault(fixture, "kafka", FAULT_KILL), 0);
    cr_assert_eq(fixture_fault(fixture, "kafka", FAULT_RESTART), 0, "%s", fixture->err.message);
    cr_expect_str_eq(stack_address(fixture->stack, "kafka"), before);
    cr_expect_eq(look_ends(fixture, "coupon_create", 3), 1);
    cr_expect_eq(fixture_fault(fixture, "kafka", FAULT_BROKER_DOWN), -ERR_USAGE);
    fixture_free(fixture);
}

/* A second stack that uses the first one's servers as somebody else's. */
static struct fixture *guest_of(const struct fixture *host)
{
    struct fixture *guest = fixture_new();
    guest->scenario.stack.redis = (char *)stack_address(host->stack, "redis");
    guest->scenario.stack.postgres = (char *)stack_address(host->stack, "postgres");
    guest->scenario.stack.kafka = (char *)stack_address(host->stack, "kafka");
    return guest;
}

Test(servers, external_ones_are_used_and_left_alone)
{
    struct fixture *host = fixture_new();
    START(host);
    struct fixture *guest = guest_of(host);
    START(guest);
    cr_expect_str_eq(run_server(&guest->run, "redis")->kind, "external");
    cr_expect_str_eq(run_server(&guest->run, "postgres")->kind, "external");
    cr_expect_str_eq(run_server(&guest->run, "kafka")->kind, "external");
    cr_expect_str_eq(run_server(&guest->run, "redis")->version,
                     run_server(&host->run, "redis")->version);
    cr_expect_str_eq(run_server(&guest->run, "postgres")->version,
                     run_server(&host->run, "postgres")->version);
    fill(guest);
    cr_assert_eq(stack_reset(guest->stack, NULL, &guest->run, &guest->err), 0);
    cr_expect_str_eq(look_redis(host, "GET coupon_count"), "1", "nothing is reset unasked");
    cr_expect_str_eq(look_postgres(host, "SELECT count(*) FROM coupon"), "0");
    cr_expect_eq(fixture_fault(guest, "postgres", FAULT_KILL), -ERR_USAGE);
    fixture_free(guest);
    cr_expect_str_eq(look_redis(host, "GET coupon_count"), "1", "and nothing is taken down");
    fixture_free(host);
}

Test(servers, external_ones_are_reset_by_the_scenarios_own_words)
{
    struct fixture *host = fixture_new();
    START(host);
    struct fixture *guest = guest_of(host);
    struct spec_pair reset[] = {{(char *)"redis", (char *)"DEL coupon_count other"},
                                {(char *)"postgres", (char *)"DROP TABLE coupon"}};
    guest->scenario.stack.reset = reset;
    guest->scenario.stack.reset_count = 2;
    cr_expect_eq(fixture_start(guest), -ERR_ENVIRONMENT, "nobody makes that table");
    cr_expect(strstr(guest->err.message, "stack.reset.postgres, command 1 of 1: ") &&
                  strstr(guest->err.message, ", in 'DROP TABLE coupon'"),
              "%s", guest->err.message);
    cr_expect(strstr(guest->err.message, "preflight: {wait: 30s}"), "%s", guest->err.message);
    cr_assert(look_postgres(host, "CREATE TABLE coupon (id int)"));
    START(guest);
    fill(guest);
    cr_assert_eq(stack_reset(guest->stack, NULL, &guest->run, &guest->err), 0, "%s",
                 guest->err.message);
    cr_expect_str_eq(look_redis(host, "GET coupon_count"), "(nil)");
    cr_expect_null(look_postgres(host, "SELECT count(*) FROM coupon"));
    cr_expect_eq(stack_reset(guest->stack, NULL, &guest->run, &guest->err), -ERR_ENVIRONMENT,
                 "a reset that fails is no success");
    fixture_free(guest);
    fixture_free(host);
}

Test(servers, external_ones_that_do_not_answer_are_named_without_their_password)
{
    static const struct {
        const char *redis, *postgres, *kafka, *says;
    } cases[] = {
        {"redis://:geheim@127.0.0.1:1", "none", "none", "Redis"},
        {"none", "postgresql://me:geheim@127.0.0.1:1/db", "none", "Postgres"},
        {"none", "none", "127.0.0.1:1", "Kafka"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture *fixture = fixture_new();
        fixture->scenario.stack.redis = (char *)cases[i].redis;
        fixture->scenario.stack.postgres = (char *)cases[i].postgres;
        fixture->scenario.stack.kafka = (char *)cases[i].kafka;
        cr_expect_eq(fixture_start(fixture), -ERR_ENVIRONMENT);
        cr_expect(strstr(fixture->err.message, cases[i].says), "%s", fixture->err.message);
        cr_expect_not(strstr(fixture->err.message, "geheim"), "%s", fixture->err.message);
        fixture_free(fixture);
    }
}

Test(servers, kept_directories_hold_the_data)
{
    struct fixture *fixture = fixture_new();
    const struct stack_settings settings = {
        .dir = fixture->dir, .scenario_dir = fixture->dir, .keep = true};
    char private[128], path[192];
    fixture->scenario.stack.redis_appendfsync = (char *)"everysec";
    cr_assert_eq(stack_start(&fixture->scenario, &settings, NULL, &fixture->run, &fixture->stack,
                             &fixture->err),
                 0);
    snprintf(private, sizeof private, "%s",
             stack_address(fixture->stack, "redis") + strlen("unix://"));
    *strstr(private, "/redis/") = '\0';
    fixture_free(fixture);
    snprintf(path, sizeof path, "%s/postgres/data/PG_VERSION", private);
    cr_expect(fixture_exists(path), "%s", path);
    snprintf(path, sizeof path, "%s/postgres/data/postmaster.pid", private);
    cr_expect_not(fixture_exists(path), "shut down in order");
    snprintf(path, sizeof path, "%s/redis/appendonlydir", private);
    cr_expect(fixture_exists(path), "%s", path);
    fixture_remove(private);
}
