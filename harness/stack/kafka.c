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

static int external_start(struct server *server, struct err *err)
{
    const char *brokers = server->place->scenario->stack.kafka;
    snprintf(server->own_url, sizeof server->own_url, "%s", brokers);
    snprintf(server->user_url, sizeof server->user_url, "%s", brokers);
    int result = kafkalink_answers(brokers, (int)(EXTERNAL_TIMEOUT / NS_PER_MS), err);
    if (result)
        err_prefix(err, "the Kafka of the scenario does not answer");
    return result;
}

bool kafka_group_waits(struct server *server, const char *group, char *ret_text, size_t size)
{
    return kafkalink_group_waits(server->own_url, group, ret_text, size);
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
