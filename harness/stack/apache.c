/* Kafka, the real one: a single broker and controller in KRaft mode, from the jars of KAFKA_HOME or
 * of the directory that rushproof-fetch-kafka fills. */
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "stack/kafkajars.h"
#include "stack/kafkalink.h"
#include "stack/lookup.h"
#include "stack/ready.h"
#include "stack/server.h"

#define START_TIMEOUT  (60 * NS_PER_S)
#define FORMAT_TIMEOUT (60 * NS_PER_S)
#define TOPICS_MAX     64
#define CLUSTER_ID     "cnVzaHByb29mLWthZmthMQ" /* any 16 bytes in URL-safe base64 */

/* Topics that the coordinator keeps for itself get one partition and one copy, the group's first
 * rebalance waits for nobody, and consumers may choose a session timeout below the usual 6 s, as
 * they can on the embedded broker. */
static const char properties[] = "process.roles=broker,controller\n"
                                 "node.id=1\n"
                                 "controller.quorum.voters=1@127.0.0.1:%u\n"
                                 "listeners=PLAINTEXT://127.0.0.1:%u,CONTROLLER://127.0.0.1:%u\n"
                                 "advertised.listeners=PLAINTEXT://127.0.0.1:%u\n"
                                 "controller.listener.names=CONTROLLER\n"
                                 "inter.broker.listener.name=PLAINTEXT\n"
                                 "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,"
                                 "CONTROLLER:PLAINTEXT\n"
                                 "log.dirs=%s/data\n"
                                 "num.partitions=3\n"
                                 "offsets.topic.num.partitions=1\n"
                                 "offsets.topic.replication.factor=1\n"
                                 "transaction.state.log.num.partitions=1\n"
                                 "transaction.state.log.replication.factor=1\n"
                                 "transaction.state.log.min.isr=1\n"
                                 "share.coordinator.state.topic.num.partitions=1\n"
                                 "share.coordinator.state.topic.replication.factor=1\n"
                                 "share.coordinator.state.topic.min.isr=1\n"
                                 "group.initial.rebalance.delay.ms=0\n"
                                 "group.min.session.timeout.ms=1000\n";

static const char log4j1[] = "log4j.rootLogger=INFO, out\n"
                             "log4j.appender.out=org.apache.log4j.ConsoleAppender\n"
                             "log4j.appender.out.layout=org.apache.log4j.PatternLayout\n"
                             "log4j.appender.out.layout.ConversionPattern=%d %p %m (%c)%n\n";

static const char log4j2[] = "rootLogger.level = info\n"
                             "rootLogger.appenderRef.out.ref = out\n"
                             "appender.out.type = Console\n"
                             "appender.out.name = out\n"
                             "appender.out.layout.type = PatternLayout\n"
                             "appender.out.layout.pattern = %d %p %m (%c)%n\n";

static int write_text(const struct server *server, const char *name, const char *text,
                      struct err *err)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", server->dir, name);
    FILE *file = fopen(path, "we");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        return err_set(err, ERR_ENVIRONMENT, "cannot write %s", path);
    return 0;
}

static int configure(struct server *server, struct err *err)
{
    char text[2048], tmp[256];
    unsigned port = server->ports[0].number, controller = server->ports[1].number;
    snprintf(text, sizeof text, properties, controller, port, controller, port, server->dir);
    snprintf(tmp, sizeof tmp, "%s/tmp", server->dir);
    if (mkdir(tmp, 0700) < 0)
        return err_set(err, ERR_ENVIRONMENT, "cannot make %s", tmp);
    int result = write_text(server, "server.properties", text, err);
    if (result == 0)
        result = write_text(server, "log4j.properties", log4j1, err);
    return result ? result : write_text(server, "log4j2.properties", log4j2, err);
}

/* java with what keeps it small, quick to start, and without files of its own in /tmp. */
static void java(const struct server *server, struct texts *argv, const char *program,
                 const char *libs, const char *heap)
{
    texts_add(argv, program);
    texts_add(argv, heap);
    for (const char *const *option =
             (const char *const[]){"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                                   "-XX:-UsePerfData", "-Djava.awt.headless=true",
                                   "-Djava.net.preferIPv4Stack=true", NULL};
         *option; option++)
        texts_add(argv, *option);
    texts_addf(argv, "-Djava.io.tmpdir=%s/tmp", server->dir);
    texts_addf(argv, "-XX:ErrorFile=%s/java-%%p.log", server->place->logs);
    texts_addf(argv, "-Dlog4j.configuration=file:%s/log4j.properties", server->dir);
    texts_addf(argv, "-Dlog4j2.configurationFile=%s/log4j2.properties", server->dir);
    texts_add(argv, "-cp");
    texts_addf(argv, "%s/*", libs);
}

static int format(struct server *server, const char *program, const char *libs, struct err *err)
{
    struct child tool;
    child_init(&tool, server->place->launcher, "kafka-format");
    java(server, &tool.argv, program, libs, "-Xmx128m");
    texts_add(&tool.argv, "kafka.tools.StorageTool");
    texts_add(&tool.argv, "format");
    texts_add(&tool.argv, "--cluster-id=" CLUSTER_ID);
    texts_addf(&tool.argv, "--config=%s/server.properties", server->dir);
    texts_environment(&tool.env);
    tool.dir = strdup(server->dir);
    int result = child_log(&tool, server->place->logs, err);
    if (result == 0)
        result = child_start(&tool, err);
    if (result == 0)
        result = ready_wait_end(&tool, FORMAT_TIMEOUT, server->place->halt, err);
    child_free(&tool);
    return result;
}

static int ready(struct server *server, struct err *err)
{
    return kafka_wait(server, START_TIMEOUT, err);
}

struct topics {
    struct kafka_topic v[TOPICS_MAX];
    size_t count;
};

static int topics_add(void *context, const char *name, int32_t partitions, int32_t replication,
                      struct err *err)
{
    struct topics *topics = context;
    if (topics->count == TOPICS_MAX)
        return err_set(err, ERR_USAGE, "more than %d topics", TOPICS_MAX);
    struct kafka_topic *topic = &topics->v[topics->count++];
    snprintf(topic->name, sizeof topic->name, "%s", name);
    topic->partitions = partitions;
    topic->replication = replication;
    return 0;
}

static int make_topics(struct server *server, bool again, struct err *err)
{
    _cleanup_free_ struct topics *topics = calloc(1, sizeof *topics);
    if (!topics)
        return err_set(err, ERR_MEMORY, "out of memory");
    int result = server_topics(server->place->scenario, topics_add, topics, err);
    if (result == 0 && again)
        result = kafkalink_delete(server->own_url, topics->v, topics->count, err);
    return result ? result : kafkalink_create(server->own_url, topics->v, topics->count, err);
}

static int prepare(struct server *server, struct err *err)
{
    _cleanup_free_ char *program = NULL, *libs = NULL;
    int result;
    if ((result = kafkajars_find(server->place->scenario->stack.kafka_version, &libs,
                                 server->info.version, sizeof server->info.version, err)) ||
        (result = lookup_java(&program, err)) ||
        (result = server_make_dir(server, LAUNCH_SAME, LAUNCH_SAME, err)) ||
        (result = server_reserve(server, 0, err)) ||
        (result = port_reserve(&server->ports[1], err)) || (result = configure(server, err)) ||
        (result = format(server, program, libs, err)))
        return result;
    java(server, &server->child.argv, program, libs, "-Xmx256m");
    texts_add(&server->child.argv, "kafka.Kafka");
    texts_addf(&server->child.argv, "%s/server.properties", server->dir);
    texts_environment(&server->child.env);
    server->child.dir = strdup(server->dir);
    snprintf(server->own_url, sizeof server->own_url, "127.0.0.1:%u", server->ports[0].number);
    snprintf(server->user_url, sizeof server->user_url, "127.0.0.1:%u", server->ports[0].number);
    snprintf(server->info.note, sizeof server->info.note, "KRaft, one broker, one copy");
    return 0;
}

static int start(struct server *server, struct err *err)
{
    int result = prepare(server, err);
    if (result == 0)
        result = child_start(&server->child, err);
    if (result == 0)
        result = ready(server, err);
    return result ? result : make_topics(server, false, err);
}

static int reset(struct server *server, struct err *err)
{
    const struct spec_pipeline *pipeline = server->place->scenario->evidence.pipeline;
    int result = make_topics(server, true, err);
    if (result == 0 && pipeline && pipeline->kind == PIPELINE_kafka)
        result = kafkalink_forget_group(server->own_url, pipeline->group, err);
    return result;
}

const struct server_kind kafka_apache = {.name = "apache",
                                         .start = start,
                                         .ready = ready,
                                         .reset = reset,
                                         .group_waits = kafka_group_waits,
                                         .stop_signal = SIGTERM};
