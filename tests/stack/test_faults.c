/* Disturbances: what they break, and what a restart brings back. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

TestSuite(faults, .timeout = 60);

#define START(fixture) cr_assert_eq(fixture_start(fixture), 0, "%s", (fixture)->err.message)
#define FAULT(fixture, target, action)                                                             \
    cr_assert_eq(fixture_fault(fixture, target, action), 0, "%s", (fixture)->err.message)

Test(faults, redis_comes_back_with_its_data_at_the_same_place)
{
    struct fixture *fixture = fixture_only("redis");
    fixture->scenario.stack.redis_appendfsync = (char *)"always";
    START(fixture);
    cr_assert_str_eq(look_redis(fixture, "INCRBY coupon_count 57"), "57");
    FAULT(fixture, "redis", FAULT_KILL);
    cr_expect_null(look_redis(fixture, "PING"));
    cr_expect_not(stack_watch(fixture->stack, &fixture->run), "a fault is no surprise");
    FAULT(fixture, "redis", FAULT_RESTART);
    cr_expect_str_eq(look_redis(fixture, "GET coupon_count"), "57");
    fixture_free(fixture);
}

Test(faults, postgres_comes_back_with_its_data_at_the_same_place)
{
    struct fixture *fixture = fixture_only("postgres");
    START(fixture);
    cr_assert(look_postgres(fixture, "CREATE TABLE t AS SELECT generate_series(1, 1000) AS x"));
    for (int i = 0; i < 3; i++) {
        FAULT(fixture, "postgres", FAULT_KILL);
        cr_expect_null(look_postgres(fixture, "SELECT 1"));
        FAULT(fixture, "postgres", FAULT_RESTART);
        cr_expect_str_eq(look_postgres(fixture, "SELECT count(*) FROM t"), "1000");
    }
    fixture_free(fixture);
}

Test(faults, a_restart_without_a_kill_kills_first)
{
    struct fixture *fixture = fixture_new();
    START(fixture);
    FAULT(fixture, "postgres", FAULT_RESTART);
    cr_expect_str_eq(look_postgres(fixture, "SELECT 1"), "1");
    FAULT(fixture, "redis", FAULT_RESTART);
    cr_expect_str_eq(look_redis(fixture, "PING"), "PONG");
    fixture_free(fixture);
}

Test(faults, a_stopped_redis_answers_after_it_continues)
{
    struct fixture *fixture = fixture_only("redis");
    START(fixture);
    FAULT(fixture, "redis", FAULT_STOP);
    cr_expect_null(look_redis(fixture, "PING"));
    FAULT(fixture, "redis", FAULT_CONTINUE);
    cr_expect_str_eq(look_redis(fixture, "PING"), "PONG");
    fixture_free(fixture);
}

Test(faults, a_broker_that_is_down_takes_no_records_until_it_is_up)
{
    struct fixture *fixture = fixture_only("kafka");
    START(fixture);
    cr_expect(look_produce(fixture, "coupon_create", 20000));
    FAULT(fixture, "kafka", FAULT_BROKER_DOWN);
    cr_expect_not(look_produce(fixture, "coupon_create", 500));
    FAULT(fixture, "kafka", FAULT_BROKER_UP);
    cr_expect(look_produce(fixture, "coupon_create", 20000));
    cr_expect_eq(look_ends(fixture, "coupon_create", 3), 2,
                 "the records of before are still there");
    fixture_free(fixture);
}

Test(faults, produce_errors_hit_as_many_requests_as_asked)
{
    struct fixture *fixture = fixture_only("kafka");
    START(fixture);
    FAULT(fixture, "kafka", FAULT_PRODUCE_ERRORS);
    cr_expect_not(look_produce(fixture, "coupon_create", 20000));
    cr_expect(look_produce(fixture, "coupon_create", 20000));
    cr_expect_eq(look_ends(fixture, "coupon_create", 3), 1);
    fixture_free(fixture);
}

Test(faults, a_killed_embedded_broker_comes_back_empty_at_the_same_port)
{
    struct fixture *fixture = fixture_only("kafka");
    char before[64];
    START(fixture);
    snprintf(before, sizeof before, "%s", stack_address(fixture->stack, "kafka"));
    cr_assert(look_produce(fixture, "coupon_create", 20000));
    FAULT(fixture, "kafka", FAULT_KILL);
    cr_expect_eq(fixture_fault(fixture, "kafka", FAULT_BROKER_DOWN), -ERR_ENVIRONMENT);
    FAULT(fixture, "kafka", FAULT_RESTART);
    cr_expect_str_eq(stack_address(fixture->stack, "kafka"), before);
    cr_expect_eq(look_ends(fixture, "coupon_create", 3), 0);
    fixture_free(fixture);
}

Test(faults, signals_reach_a_process)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"/bin/sh", "-c",
                          "trap 'echo usr1' USR1; trap 'echo term; exit 7' TERM; echo ready;"
                          "while :; do sleep 0.01; done",
                          NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, "ready");
    START(fixture);
    FAULT(fixture, "worker", FAULT_SIGNAL);
    cr_expect(fixture_says(fixture, "logs/worker.log", "usr1"));
    FAULT(fixture, "worker", FAULT_TERMINATE);
    cr_expect_not(fixture_watch_end(fixture, "worker"), "a fault ended it");
    cr_expect_str_eq(fixture->run.processes[0].asked, "fault");
    cr_expect_eq(fixture->run.processes[0].exit_code, 7);
    char *log = fixture_read(fixture, "logs/worker.log");
    cr_expect_str_eq(log, "ready\nusr1\nterm\n");
    free(log);
    cr_expect_eq(fixture_fault(fixture, "worker", FAULT_KILL), -ERR_ENVIRONMENT, "it runs no more");
    FAULT(fixture, "worker", FAULT_RESTART);
    cr_expect_not(stack_watch(fixture->stack, &fixture->run));
    cr_expect_eq(fixture->run.processes[0].restarts, 1);
    fixture_free(fixture);
}

Test(faults, unknown_targets_and_signals_are_refused)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"sleep", "1000", NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, NULL);
    START(fixture);
    cr_expect_eq(fixture_fault(fixture, "nobody", FAULT_KILL), -ERR_USAGE);
    cr_expect(strstr(fixture->err.message, "nobody"));
    const struct spec_fault fault = {.target = (char *)"worker", .signal = (char *)"NONSENSE"};
    bool hit;
    cr_expect_eq(stack_fault(fixture->stack, &fault, FAULT_SIGNAL, &hit, &fixture->err),
                 -ERR_USAGE);
    cr_expect_eq(fixture_fault(fixture, "worker", FAULT_BROKER_DOWN), -ERR_USAGE);
    fixture_free(fixture);
}
