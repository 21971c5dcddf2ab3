/* When the environment is not as it should be: the code, and a message that tells what to do. */
#include <criterion/criterion.h>
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

TestSuite(errors, .timeout = 60);

#define SAYS(fixture, text)                                                                        \
    cr_expect(strstr((fixture)->err.message, text), "%s", (fixture)->err.message)

static void fails(struct fixture *fixture, enum err_code code, const char *says, const char *also)
{
    cr_expect_eq(fixture_start(fixture), -(int)code, "%s", fixture->err.message);
    SAYS(fixture, says);
    SAYS(fixture, also);
    cr_expect_null(fixture->stack);
    fixture_free(fixture);
}

/* A directory with a program of that name and content, removed by the fixture with the run's own.
 */
static char *make_program(const struct fixture *fixture, const char *name, const char *content)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", fixture->dir, name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(content, file) >= 0 && fclose(file) == 0 && chmod(path, 0755) == 0);
    chmod(fixture->dir, 0755);
    return path;
}

/* The fixture's programs go before those of the machine, all of which stay in reach. */
static void put_first(const struct fixture *fixture)
{
    char *path;
    cr_assert(asprintf(&path, "%s:%s", fixture->dir, getenv("PATH")) > 0);
    setenv("PATH", path, 1);
    free(path);
}

Test(errors, no_redis_server)
{
    struct fixture *fixture = fixture_new();
    setenv("PATH", "/nowhere", 1);
    fails(fixture, ERR_ENVIRONMENT, "install the package redis-server or set stack.redis to a URL",
          "no redis-server in PATH (/nowhere)");
}

Test(errors, no_postgres)
{
    struct fixture *fixture = fixture_new();
    setenv("RUSHPROOF_POSTGRES_BIN", "/nowhere", 1);
    fails(fixture, ERR_ENVIRONMENT, "postgres-initdb", "/nowhere/initdb");
}

Test(errors, initdb_fails)
{
    struct fixture *fixture = fixture_new();
    make_program(fixture, "initdb", "#!/bin/sh\necho 'no space left on device' >&2\nexit 2\n");
    setenv("RUSHPROOF_POSTGRES_BIN", fixture->dir, 1);
    fails(fixture, ERR_ENVIRONMENT, "postgres-initdb failed: exit code 2",
          "no space left on device");
}

Test(errors, redis_server_ends_at_once)
{
    struct fixture *fixture = fixture_new();
    make_program(fixture, "redis-server", "#!/bin/sh\necho 'cannot do it'\nexit 1\n");
    put_first(fixture);
    fails(fixture, ERR_ENVIRONMENT, "redis ended before it was ready: exit code 1", "cannot do it");
}

Test(errors, a_failing_server_does_not_wait_for_a_slow_one)
{
    struct fixture *fixture = fixture_new();
    make_program(fixture, "redis-server", "#!/bin/sh\nexit 1\n");
    make_program(fixture, "initdb", "#!/bin/sh\nexec sleep 1000\n");
    put_first(fixture);
    setenv("RUSHPROOF_POSTGRES_BIN", fixture->dir, 1);
    ns_t begun = clock_now();
    fails(fixture, ERR_ENVIRONMENT, "redis ended", "it wrote nothing");
    cr_expect_lt(clock_now() - begun, 5 * NS_PER_S);
}

Test(errors, no_such_program)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"no-such-program", NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, NULL);
    fails(fixture, ERR_ENVIRONMENT, "no program no-such-program", "PATH");
}

Test(errors, a_program_with_a_slash_is_looked_up_beside_the_scenario)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"bin/worker", NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, NULL);
    fails(fixture, ERR_ENVIRONMENT, "no program bin/worker in /tmp/test-stack-", "worker");

    fixture = fixture_only(NULL);
    make_program(fixture, "worker", "#!/bin/sh\necho found; exec sleep 1000\n");
    const char *beside[] = {"./worker", NULL};
    fixture_process(fixture, "worker", beside, NULL, NULL, "found");
    cr_expect_eq(fixture_start(fixture), 0, "%s", fixture->err.message);
    fixture_free(fixture);
}

Test(errors, a_process_that_ends_at_once)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"/bin/sh", "-c",
                          "echo first; echo 'bind: Address already in use'; exit 3", NULL};
    fixture_process(fixture, "worker", argv, "/", NULL, NULL);
    fails(fixture, ERR_ENVIRONMENT, "worker ended before it was ready: exit code 3",
          "bind: Address already in use");
}

Test(errors, a_process_whose_file_is_beside_the_scenario_is_told_so)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"/bin/sh", "serve.sh", NULL};
    char dir[128];
    snprintf(dir, sizeof dir, "%s/app", fixture->dir);
    cr_assert_eq(mkdir(dir, 0755), 0);
    make_program(fixture, "serve.sh", "exec sleep 1000\n");
    fixture_process(fixture, "worker", argv, "/", NULL, NULL)->dir = (char *)"app";
    fails(fixture, ERR_ENVIRONMENT, "\"${scenario.dir}/serve.sh\", or dir: .",
          "worker ended before it was ready: exit code");
}

Test(errors, a_taken_port)
{
    struct fixture *fixture = fixture_only(NULL);
    static const char *web[] = {"/usr/bin/python3", "-m",          "http.server", "--bind",
                                "127.0.0.1",        "${one.port}", NULL};
    fixture_process(fixture, "one", web, NULL, "${one.port}", NULL);
    fixture_process(fixture, "two", web, NULL, "${two.port}", NULL);
    fails(fixture, ERR_ENVIRONMENT, "two ended before it was ready", "Address already in use");
}

Test(errors, never_ready)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"/bin/sh", "-c", "echo still loading; exec sleep 1000", NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, "assigned");
    fixture->ready[0].timeout = 200 * NS_PER_MS;
    fails(fixture, ERR_ENVIRONMENT,
          "worker was not ready within 200 ms (no line of its output contains \"assigned\"); it "
          "gets longer by ready: {timeout: 2m}",
          "still loading");
}

Test(errors, answers_but_not_well)
{
    struct fixture *fixture = fixture_only(NULL);
    static const char *web[] = {"/usr/bin/python3", "-m",          "http.server", "--bind",
                                "127.0.0.1",        "${web.port}", NULL};
    fixture_process(fixture, "web", web, "/no-such-page", NULL, NULL);
    fixture->ready[0].timeout = 2 * NS_PER_S;
    fails(fixture, ERR_ENVIRONMENT, "answered 404", "web was not ready within 2 s");
}

Test(errors, an_unknown_reference)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"sleep", "${nobody.port}", NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, NULL);
    fails(fixture, ERR_USAGE, "unknown reference ${nobody.port}", "${worker.port}");
}

Test(errors, more_copies_than_brokers)
{
    struct fixture *fixture = fixture_only("kafka");
    struct spec_topic topic = {.name = (char *)"testTopic", .partitions = 1, .replication = 3};
    fixture->scenario.stack.topics = &topic;
    fixture->scenario.stack.topics_count = 1;
    fails(fixture, ERR_USAGE, "topic testTopic: replication 3", "brokers");
}

Test(errors, no_apache_kafka)
{
    struct fixture *fixture = fixture_only("kafka");
    unsetenv("KAFKA_HOME");
    setenv("RUSHPROOF_KAFKA_DIR", "/nowhere", 1);
    fixture->scenario.stack.kafka = (char *)"apache";
    fails(fixture, ERR_ENVIRONMENT, "no Apache Kafka", "rushproof-fetch-kafka");
}

static void *interrupt(void *context)
{
    struct fixture *fixture = context;
    usleep(300000);
    fixture->interrupted = true;
    return NULL;
}

Test(errors, interrupted_while_starting)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"sleep", "1000", NULL};
    pthread_t thread;
    fixture_process(fixture, "worker", argv, NULL, NULL, "never");
    pthread_create(&thread, NULL, interrupt, fixture);
    ns_t begun = clock_now();
    cr_expect_eq(fixture_start(fixture), -ERR_INTERRUPTED, "%s", fixture->err.message);
    cr_expect_lt(clock_now() - begun, 20 * NS_PER_S);
    pthread_join(thread, NULL);
    fixture_free(fixture);
}
