/* What the kinds of Kafka have in common, and somebody else's cluster. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "stack/kafkalink.h"
#include "stack/ready.h"
#include "stack/server.h"

#define EXTERNAL_TIMEOUT (10 * NS_PER_S)

static bool answers(void *context, char *ret_why, size_t size)
{
    const struct server *server = context;
    struct err err = {0};
    if (kafkalink_answers(server->own_url, 1000, &err) == 0)
        return true;
    snprintf(ret_why, size, "%.200s", err.message);
    return false;
}

int kafka_wait(struct server *server, ns_t timeout, struct err *err)
{
    return ready_wait(&server->child, answers, server, timeout, server->place->halt, err);
}

/* The brokers as clients of every language take them: without the names of protocols. */
static void write_plainly(const char *brokers, char *ret_text, size_t size)
{
    size_t used = 0;
    for (const char *p = brokers; *p && used + 1 < size;) {
        size_t name = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        if (name && !strncmp(p + name, "://", 3))
            p += name + 3;
        size_t length = strcspn(p, ",");
        length += p[length] == ',';
        used += (size_t)snprintf(ret_text + used, size - used, "%.*s", (int)length, p);
        p += length;
    }
}

/* The probe knows the properties by which a cluster lets somebody in, and asks it soon enough. */
static bool is_locked(const struct server *server)
{
    const struct spec_pipeline *pipeline = server->place->scenario->evidence.pipeline;
    return pipeline && pipeline->properties_count;
}

static int external_start(struct server *server, struct err *err)
{
    const char *brokers = server->place->scenario->stack.kafka;
    snprintf(server->own_url, sizeof server->own_url, "%s", brokers);
    write_plainly(brokers, server->user_url, sizeof server->user_url);
    if (is_locked(server))
        return 0;
    int result = kafkalink_answers(brokers, (int)(EXTERNAL_TIMEOUT / NS_PER_MS), err);
    if (result)
        err_prefix(err, "the Kafka of the scenario does not answer");
    return result;
}

bool kafka_group_waits(struct server *server, const char *group, char *ret_text, size_t size)
{
    return !is_locked(server) && kafkalink_group_waits(server->own_url, group, ret_text, size);
}

/* Topics of an external cluster are somebody else's: nothing is created and nothing emptied. */
const struct server_kind kafka_external = {
    .name = "external", .start = external_start, .group_waits = kafka_group_waits};

static void environment(const struct server *server, struct texts *env)
{
    texts_set(env, "KAFKA_BROKERS", server->user_url);
}

const struct server_role role_kafka = {
    .choices = {{"embedded", &kafka_embedded},
                {"apache", &kafka_apache},
                {"none", &server_none},
                {NULL, &kafka_external}},
    .environment = environment,
};
