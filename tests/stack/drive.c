/* stack-drive DIR KAFKA [SCRIPT]: brings a stack up in DIR, with SCRIPT as its only process, prints
 * "up" and where its things are, and waits for SIGINT. Then the harness's part of an interrupted
 * run: it reads evidence from every store, prints what answered, takes the stack down, prints
 * "down". */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "fixture.h"

static struct fixture *fixture;

static void on_signal(int number)
{
    (void)number;
    fixture->interrupted = true;
}

/* "embedded", "apache" or "apache:VERSION". */
static void set_kafka(char *text)
{
    static struct spec_topic topics[] = {
        {.name = (char *)"coupon_create", .partitions = 3, .replication = 1},
        {.name = (char *)"testTopic", .partitions = 1, .replication = 1}};
    char *colon = strchr(text, ':');
    if (colon) {
        *colon = '\0';
        fixture->scenario.stack.kafka_version = colon + 1;
    }
    fixture->scenario.stack.kafka = text;
    fixture->scenario.stack.topics = topics;
    fixture->scenario.stack.topics_count = 2;
}

static const char *answered(bool yes)
{
    return yes ? "ok" : "gone";
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: stack-drive DIR KAFKA [SCRIPT]\n", stderr);
        return 3;
    }
    fixture = fixture_new();
    signal(SIGINT, on_signal);
    set_kafka(argv[2]);
    if (getenv("DRIVE_VERBOSE"))
        log_to_stderr(LOG_LEVEL_DEBUG);
    const char *worker[] = {"/bin/sh", argc > 3 ? argv[3] : "", NULL};
    if (argc > 3)
        fixture_process(fixture, "worker", worker, NULL, NULL, "ready");
    rmdir(fixture->dir);
    snprintf(fixture->dir, sizeof fixture->dir, "%s", argv[1]);
    int code = fixture_start(fixture);
    if (code) {
        printf("failed %d: %s\n", -code, fixture->err.message);
        return 4;
    }
    printf("up %s\n", stack_address(fixture->stack, "redis"));
    fflush(stdout);
    while (!fixture->interrupted) {
        usleep(1000);
        if (stack_watch(fixture->stack, &fixture->run)) {
            printf("ended: %s\n", fixture->run.processes[fixture->run.processes_count - 1].name);
            fflush(stdout);
            break;
        }
    }
    const char *pong = look_redis(fixture, "PING");
    bool redis = pong && strcmp(pong, "PONG") == 0;
    bool postgres = look_postgres(fixture, "SELECT 1");
    bool kafka = look_ends(fixture, "coupon_create", 3) >= 0;
    printf("evidence redis=%s postgres=%s kafka=%s\n", answered(redis), answered(postgres),
           answered(kafka));
    stack_stop(fixture->stack);
    printf("down\n");
    return 0;
}
