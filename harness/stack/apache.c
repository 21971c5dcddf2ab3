/* Kafka, the real one. */
#include "stack/server.h"

static int start(struct server *server, struct err *err)
{
    (void)server;
    return err_set(err, ERR_ENVIRONMENT, "Apache Kafka cannot be started yet");
}

const struct server_kind kafka_apache = {.name = "apache", .start = start};
