/* Kafka, embedded: the program embedded-broker, spoken to over its standard input and output. What
 * it holds is in its memory: after a kill it comes back on the same ports with empty topics. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "stack/lookup.h"
#include "stack/ready.h"
#include "stack/server.h"

#define ANSWER_TIMEOUT (10 * NS_PER_S)

/* Reads one line that the broker wrote. */
static int read_line(struct server *server, char *ret_line, size_t size, struct err *err)
{
    ns_t deadline = clock_now() + ANSWER_TIMEOUT;
    struct pollfd ready = {.fd = server->child.talk, .events = POLLIN};
    size_t used = 0;
    while (used + 1 < size) {
        int result = halt_check(server->place->halt, "waiting for the embedded broker", err);
        if (result)
            return result;
        if (clock_now() > deadline)
            break;
        if (poll(&ready, 1, 20) <= 0)
            continue;
        ssize_t got = recv(server->child.talk, ret_line + used, 1, 0);
        if (got <= 0)
            break;
        if (ret_line[used] == '\n') {
            ret_line[used] = '\0';
            return 0;
        }
        used++;
    }
    err_set(err, ERR_ENVIRONMENT, "the embedded broker does not answer");
    return child_blame(&server->child, err);
}

static int ready(struct server *server, struct err *err)
{
    char line[512];
    int result = read_line(server, line, sizeof line, err);
    if (result)
        return result;
    if (strncmp(line, "bootstrap ", 10) != 0)
        return err_set(err, ERR_ENVIRONMENT, "the embedded broker said: %s", line);
    snprintf(server->own_url, sizeof server->own_url, "%.500s", line + 10);
    snprintf(server->user_url, sizeof server->user_url, "%.500s", line + 10);
    return 0;
}

static int command(struct server *server, const char *text, struct err *err)
{
    char line[512];
    if (child_ended(&server->child))
        return err_set(err, ERR_ENVIRONMENT, "the embedded broker does not run");
    if (send(server->child.talk, text, strlen(text), MSG_NOSIGNAL) < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "the embedded broker");
    int result = read_line(server, line, sizeof line, err);
    if (result == 0 && strcmp(line, "ok") != 0)
        result = err_set(err, ERR_ENVIRONMENT, "the embedded broker: %.200s: %s", text, line);
    return result;
}

static int add_topic(void *context, const char *name, int32_t partitions, int32_t replication,
                     struct err *err)
{
    struct server *server = context;
    int32_t brokers = server->place->scenario->stack.brokers;
    if (replication > (brokers > 0 ? brokers : 1))
        return err_set(err, ERR_USAGE, "topic %s: replication %d needs as many brokers", name,
                       replication);
    texts_add(&server->child.argv, "--topic");
    texts_addf(&server->child.argv, "%s:%d", name, partitions);
    return 0;
}

static int arguments(struct server *server, const char *program, struct err *err)
{
    int32_t brokers = server->place->scenario->stack.brokers;
    char ports[SERVER_PORTS_MAX * 8] = "";
    brokers = brokers > 0 ? brokers : 1;
    for (int32_t i = 0; i < brokers && i < SERVER_PORTS_MAX; i++) {
        int result = server_reserve(server, (unsigned)i, err);
        if (result)
            return result;
        size_t used = strlen(ports);
        snprintf(ports + used, sizeof ports - used, "%s%u", i ? "," : "", server->ports[i].number);
    }
    texts_add(&server->child.argv, program);
    texts_add(&server->child.argv, "--brokers");
    texts_addf(&server->child.argv, "%d", brokers);
    texts_add(&server->child.argv, "--ports");
    texts_add(&server->child.argv, ports);
    return server_topics(server->place->scenario, add_topic, server, err);
}

static int start(struct server *server, struct err *err)
{
    _cleanup_free_ char *program = NULL;
    int result = lookup_program("embedded-broker", server->place->program_dir, NULL, &program, err);
    if (result || (result = arguments(server, program, err)))
        return result;
    texts_environment(&server->child.env);
    server->child.dir = strdup("/");
    server->child.wants_talk = true;
    snprintf(server->info.note, sizeof server->info.note, "librdkafka's mock cluster, in memory");
    if ((result = child_start(&server->child, err)))
        return result;
    return ready(server, err);
}

static int reset(struct server *server, struct err *err)
{
    child_kill(&server->child);
    int result = child_start(&server->child, err);
    return result ? result : ready(server, err);
}

static int fault(struct server *server, enum fault_action action, int64_t number, struct err *err)
{
    char text[64];
    long long which = number > 0 ? (long long)number : 1;
    if (action == FAULT_BROKER_DOWN || action == FAULT_BROKER_UP)
        snprintf(text, sizeof text, "%s %lld\n", action == FAULT_BROKER_UP ? "up" : "down", which);
    else
        snprintf(text, sizeof text, "errors produce %lld\n", which);
    return command(server, text, err);
}

static bool group_waits(struct server *server, const char *group, char *ret_text, size_t size)
{
    static const char prefix[] = "error: waiting : ", line_end[] = "waiting\n";
    char line[512];
    struct err err = {0};
    if (child_ended(&server->child) ||
        send(server->child.talk, line_end, strlen(line_end), MSG_NOSIGNAL) < 0 ||
        read_line(server, line, sizeof line, &err) || strncmp(line, prefix, strlen(prefix)) != 0)
        return false;
    (void)group;
    snprintf(ret_text, size, "the group %.100s waits for the member of the process that was killed",
             line + strlen(prefix));
    return true;
}

const struct server_kind kafka_embedded = {.name = "embedded",
                                           .start = start,
                                           .ready = ready,
                                           .reset = reset,
                                           .fault = fault,
                                           .group_waits = group_waits,
                                           .stop_signal = SIGKILL};
