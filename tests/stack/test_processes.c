/* The scenario's processes: what they are given, how they are started, made ready and held. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "keeper/proctree.h"
#include "stack/inside.h"
#include "stack/ready.h"

TestSuite(processes, .timeout = 60);

#define START(fixture) cr_assert_eq(fixture_start(fixture), 0, "%s", (fixture)->err.message)

Test(processes, get_addresses_arguments_and_a_directory)
{
    struct fixture *fixture = fixture_new();
    const char *argv[] = {"/bin/sh", "-c",
                          "env; pwd; echo arg ${worker.port}; echo ready; sleep 1000", NULL};
    struct spec_pair env[] = {{(char *)"MINE", (char *)"<${worker}>"},
                              {(char *)"PGUSER", (char *)"x"}};
    struct spec_process *process = fixture_process(fixture, "worker", argv, NULL, NULL, "ready");
    process->env = env;
    process->env_count = 2;
    START(fixture);
    char *log = fixture_read(fixture, "logs/worker.log"), line[512];
    snprintf(line, sizeof line, "REDIS_URL=%s\n", stack_address(fixture->stack, "redis"));
    cr_expect(strstr(log, line), "%s", line);
    snprintf(line, sizeof line, "KAFKA_BROKERS=%s\n", stack_address(fixture->stack, "kafka"));
    cr_expect(strstr(log, line), "%s", line);
    cr_expect(strstr(log, "DATABASE_URL=postgresql://service:"));
    cr_expect(strstr(log, "MINE=<http://127.0.0.1:"));
    cr_expect(strstr(log, "PGUSER=x\n"), "the scenario's own value wins");
    snprintf(line, sizeof line, "\n%s\n", fixture->dir);
    cr_expect(strstr(log, line), "it runs in the run's directory");
    int port = atoi(strstr(log, "\nPORT=") + 6);
    snprintf(line, sizeof line, "\narg %d\n", port);
    cr_expect(port > 0 && strstr(log, line), "%s", line);
    free(log);
    fixture_free(fixture);
}

Test(processes, reach_postgres_by_tcp_as_the_owner_of_its_database)
{
    struct fixture *fixture = fixture_only("postgres");
    const char *argv[] = {"/bin/sh", "-c",
                          "psql -At \"$DATABASE_URL\" -c 'CREATE TABLE mine (x int)' -c 'SELECT "
                          "current_user || inet_server_addr()' -c 'SELECT usesuper FROM pg_user "
                          "WHERE usename = current_user' && PGPASSWORD= psql -w -At -c 'SELECT 1'; "
                          "echo ready; exec sleep 1000",
                          NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, "ready");
    START(fixture);
    char *log = fixture_read(fixture, "logs/worker.log");
    cr_expect(strstr(log, "CREATE TABLE\nservice127.0.0.1/32\nf\n"), "%s", log);
    cr_expect(strstr(log, "no password supplied"), "TCP wants the password: %s", log);
    free(log);
    cr_expect_str_eq(look_postgres(fixture, "SELECT count(*) FROM mine"), "0",
                     "the harness sees what the service made");
    fixture_free(fixture);
}

Test(processes, reach_redis_by_tcp_when_the_scenario_asks_for_it)
{
    struct fixture *fixture = fixture_only("redis");
    const char *argv[] = {"/bin/sh", "-c",
                          "exec 2>&1; redis-cli -p ${redis.port} PING;"
                          " REDISCLI_AUTH=${redis.password} redis-cli -p ${redis.port} PING;"
                          " redis-cli -u \"$REDIS_URL\" PING; ps -eo args | grep redis-serve[r];"
                          " echo ready; exec sleep 1000",
                          NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, "ready");
    START(fixture);
    char *log = fixture_read(fixture, "logs/worker.log");
    cr_expect(strstr(log, "NOAUTH"), "others are kept out: %s", log);
    const char *first = strstr(log, "PONG");
    cr_expect(first && strstr(first + 1, "PONG"), "%s", log);
    const char *secret = stack_address(fixture->stack, "redis") + strlen("unix://:");
    char password[64];
    snprintf(password, sizeof password, "%.32s", secret);
    cr_expect_null(strstr(log, password), "it is in no argument: %s", log);
    free(log);
    log = fixture_read(fixture, "logs/redis.log");
    cr_expect_null(strstr(log, password), "it is in no log");
    free(log);
    cr_assert_eq(fixture_fault(fixture, "redis", FAULT_KILL), 0);
    cr_assert_eq(fixture_fault(fixture, "redis", FAULT_RESTART), 0, "%s", fixture->err.message);
    fixture_free(fixture);
}

/* A little HTTP server, the way people write them for tests. */
static const char *web[] = {"/usr/bin/python3", "-m",          "http.server", "--bind",
                            "127.0.0.1",        "${web.port}", NULL};

Test(processes, are_ready_by_http_tcp_or_a_line_of_their_output)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *logger[] = {"/bin/sh", "-c",
                            "sleep 0.3; printf now; sleep 0.3; echo ' ready'; sleep 1000", NULL};
    fixture_process(fixture, "web", web, "/", NULL, NULL);
    fixture_process(fixture, "logger", logger, NULL, NULL, "now ready");
    const char *again[] = {"/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1",
                           "${again.port}",    NULL};
    fixture_process(fixture, "again", again, NULL, "127.0.0.1:${again.port}", NULL);
    ns_t begun = clock_now();
    START(fixture);
    cr_expect_gt(clock_now() - begun, 600 * NS_PER_MS);
    struct sockaddr_storage peer;
    char *url, why[128];
    cr_assert_eq(stack_expand(fixture->stack, "${web}/", &url, &fixture->err), 0);
    cr_expect(ready_http(url, NULL, &peer, why, sizeof why), "%s", why);
    free(url);
    fixture_free(fixture);
}

/* A server of somebody else, on a port that is printed into ret_address. */
static int stranger(const char *host, char *ret_address, size_t size)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t length = sizeof at;
    inet_pton(AF_INET, host, &at.sin_addr);
    cr_assert_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(listen(fd, 100), 0);
    getsockname(fd, (struct sockaddr *)&at, &length);
    snprintf(ret_address, size, "127.0.0.1:%u", ntohs(at.sin_port));
    return fd;
}

static const struct {
    const char *host, *script;
} late[] = {
    {"127.0.0.1", "sleep 0.3; echo address already in use; exit 1"}, /* fails to listen */
    {"0.0.0.0", "sleep 0.3; echo address already in use; exit 1"},
    {"127.0.0.1", "sleep 1000"}, /* listens elsewhere */
};

Test(processes, are_not_ready_because_somebody_else_answers)
{
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        struct fixture *fixture = fixture_only(NULL);
        char address[64];
        int fd = stranger(late[i].host, address, sizeof address);
        const char *argv[] = {"/bin/sh", "-c", late[i].script, NULL};
        fixture_process(fixture, "web", argv, NULL, address, NULL);
        fixture->ready[0].timeout = NS_PER_S;
        cr_expect_eq(fixture_start(fixture), -ERR_ENVIRONMENT);
        cr_expect(strstr(fixture->err.message, "which was there before"), "%s",
                  fixture->err.message);
        cr_expect(strstr(fixture->err.message, "(test_stack)"), "%s", fixture->err.message);
        cr_expect(i == 2 || strstr(fixture->err.message, "already in use"), "%s",
                  fixture->err.message);
        close(fd);
        fixture_free(fixture);
    }
}

Test(processes, that_end_as_they_say_that_they_are_ready_are_not)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"/bin/sh", "-c", "echo ready; exit 3", NULL};
    fixture_process(fixture, "web", argv, NULL, NULL, "ready");
    /* When it was seen while it ran, its end is seen later. */
    cr_expect(fixture_start(fixture) == -ERR_ENVIRONMENT ||
              (fixture_watch_end(fixture, "web") && fixture->run.processes[0].unexpected));
    fixture_free(fixture);
}

/* A server whose workers outlive it, also with an environment of their own session. */
Test(processes, that_are_left_behind_end_with_the_one_that_left_them)
{
    static const char *const scripts[] = {
        "(trap '' TERM HUP; echo $$ >left; while :; do sleep 0.1; done) & echo yes; exec sleep "
        "1000",
        "setsid sh -c 'echo $$ >left; exec sleep 1000' & sleep 0.1; echo yes; exec sleep 1000"};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct fixture *fixture = fixture_only(NULL);
        const char *argv[] = {"/bin/sh", "-c", scripts[i], NULL};
        fixture_process(fixture, "web", argv, NULL, NULL, "yes");
        START(fixture);
        pid_t pids[64];
        size_t before = proctree_list(getpid(), pids, 64);
        stack_stop_processes(fixture->stack);
        size_t after = proctree_list(getpid(), pids, 64);
        cr_expect_gt(before, 1, "script %zu", i);
        cr_expect_eq(after, 1, "script %zu: %zu are left beside the keeper", i, after - 1);
        fixture_free(fixture);
    }
}

Test(processes, that_run_once_are_ready_when_they_are_done)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"/bin/sh", "-c", "echo migrated", NULL};
    fixture_process(fixture, "migrate", argv, NULL, NULL, "migrated")->once = true;
    START(fixture);
    cr_expect_not(fixture_watch_end(fixture, "migrate"));
    fixture_free(fixture);
}

Test(processes, that_prepare_the_stores_have_ended_before_the_next_one_starts)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *prepares[] = {"/bin/sh", "-c", "sleep 0.3; touch prepared", NULL};
    const char *serves[] = {"/bin/sh", "-c", "test -e prepared && echo yes; exec sleep 1000", NULL};
    fixture_process(fixture, "migrate", prepares, NULL, NULL, NULL)->ready->ended = true;
    fixture->processes[0].once = true;
    fixture_process(fixture, "service", serves, NULL, NULL, "yes");
    START(fixture);
    cr_expect_not(stack_watch(fixture->stack, &fixture->run), "its end is no surprise");
    fixture_free(fixture);
}

Test(processes, that_fail_to_prepare_the_stores_end_the_start)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *fails[] = {"/bin/sh", "-c", "echo no such table; exit 3", NULL};
    fixture_process(fixture, "migrate", fails, NULL, NULL, NULL)->ready->ended = true;
    cr_assert(fixture_start(fixture));
    cr_expect(strstr(fixture->err.message, "migrate failed: exit code 3"), "%s",
              fixture->err.message);
    cr_expect(strstr(fixture->err.message, "no such table"), "%s", fixture->err.message);
    cr_expect_eq(fixture->run.processes[0].exit_code, 3, "the report tells it");
    cr_expect_not(fixture->run.processes[0].unexpected, "no crash of a run that never began");
    fixture_free(fixture);
}

Test(processes, are_looked_for_where_they_run)
{
    struct fixture *fixture = fixture_only(NULL);
    char dir[128], path[160];
    snprintf(dir, sizeof dir, "%s/app", fixture->dir);
    snprintf(path, sizeof path, "%s/serve", dir);
    cr_assert_eq(mkdir(dir, 0755), 0);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs("#!/bin/sh\necho from $PWD\nexec sleep 1000\n", file) >= 0);
    fclose(file);
    cr_assert_eq(chmod(path, 0755), 0);
    const char *here[] = {"./serve", NULL}, *beside[] = {"app/serve", NULL};
    fixture_process(fixture, "here", here, NULL, NULL, "/app")->dir = (char *)"app";
    fixture_process(fixture, "beside", beside, NULL, NULL, "/app")->dir = (char *)"app";
    START(fixture);
    fixture_free(fixture);
}

Test(processes, that_are_nowhere_are_refused_with_both_places)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *nowhere[] = {"bin/none", NULL};
    fixture_process(fixture, "a", nowhere, NULL, NULL, "x")->dir = (char *)"app";
    cr_assert(fixture_start(fixture));
    cr_expect(strstr(fixture->err.message, "/app or "), "%s", fixture->err.message);
    fixture_free(fixture);
}

Test(processes, that_face_the_load_can_be_frozen)
{
    struct fixture *fixture = fixture_only(NULL);
    struct sockaddr_storage peer;
    char *url, why[128];
    fixture_process(fixture, "web", web, "/", NULL, NULL);
    START(fixture);
    cr_assert_eq(stack_expand(fixture->stack, "${web}/", &url, &fixture->err), 0);
    cr_assert_eq(stack_freeze(fixture->stack, &fixture->err), 0);
    cr_expect_not(ready_http(url, NULL, &peer, why, sizeof why));
    cr_assert_eq(stack_thaw(fixture->stack, &fixture->err), 0);
    cr_expect(ready_http(url, NULL, &peer, why, sizeof why), "%s", why);
    free(url);
    fixture_free(fixture);
}

static uint16_t port_of(struct fixture *fixture, const char *reference)
{
    char *text;
    cr_assert_eq(stack_expand(fixture->stack, reference, &text, &fixture->err), 0);
    int port = atoi(text);
    free(text);
    return (uint16_t)port;
}

/* Stopping a target proves something only when nobody else can go on serving its port. */
Test(processes, own_a_port_only_when_nobody_else_listens_on_it)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *escaped[] = {
        "/bin/sh", "-c", "setsid python3 -m http.server --bind 127.0.0.1 ${web.port} & wait", NULL};
    fixture_process(fixture, "web", web, "/", NULL, NULL);
    START(fixture);
    cr_expect(stack_owns(fixture->stack, port_of(fixture, "${web.port}")));
    cr_expect_not(stack_owns(fixture->stack, 1), "nobody listens there");
    fixture_free(fixture);
    fixture = fixture_only(NULL);
    fixture_process(fixture, "web", escaped, NULL, "127.0.0.1:${web.port}", NULL);
    START(fixture);
    cr_expect_not(stack_owns(fixture->stack, port_of(fixture, "${web.port}")),
                  "it listens in a process group of its own");
    fixture_free(fixture);
}

Test(processes, that_do_not_face_the_load_cannot)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"sleep", "1000", NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, NULL);
    START(fixture);
    cr_expect_eq(stack_freeze(fixture->stack, &fixture->err), -ERR_USAGE);
    fixture_free(fixture);
}

/* Neither is ready before the other has started: one after the other they would never be. */
Test(processes, are_started_together_when_the_scenario_says_so)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *left[] = {"/bin/sh", "-c",
                          "touch left; until [ -e right ]; do sleep 0.01; done; echo ready;"
                          " exec sleep 1000",
                          NULL};
    const char *right[] = {"/bin/sh", "-c",
                           "touch right; until [ -e left ]; do sleep 0.01; done; echo ready;"
                           " exec sleep 1000",
                           NULL};
    const char *after[] = {"/bin/sh", "-c", "ls; echo ready; exec sleep 1000", NULL};
    fixture_process(fixture, "left", left, NULL, NULL, "ready");
    fixture_process(fixture, "right", right, NULL, NULL, "ready")->beside = true;
    fixture_process(fixture, "after", after, NULL, NULL, "ready");
    START(fixture);
    char *log = fixture_read(fixture, "logs/after.log");
    cr_expect(strstr(log, "left\n") && strstr(log, "right\n"), "%s", log);
    free(log);
    fixture_free(fixture);
}

Test(processes, of_which_one_fails_beside_another_are_not_waited_for)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *waits[] = {"/bin/sh", "-c", "exec sleep 1000", NULL};
    const char *fails[] = {"/bin/sh", "-c", "echo no use; exit 9", NULL};
    fixture_process(fixture, "waits", waits, NULL, NULL, "ready")->ready->timeout = 50 * NS_PER_S;
    fixture_process(fixture, "fails", fails, NULL, NULL, "ready")->beside = true;
    cr_expect_eq(fixture_start(fixture), -ERR_ENVIRONMENT); /* within the test's 60 s */
    cr_expect(strstr(fixture->err.message, "fails ended before it was ready: exit code 9"), "%s",
              fixture->err.message);
    fixture_free(fixture);
}
