/* librdkafka's configuration from a table, with its own log lines sent to base/log. Any thread. */
#ifndef COMMON_KAFKA_H
#define COMMON_KAFKA_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>

#include "base/err.h"

struct kafka_setting {
    const char *name;
    const char *value;
};

/* A configuration with the settings applied; the caller adds callbacks and hands it to
 * rd_kafka_new, or destroys it. Errors: ERR_USAGE, with librdkafka's own reason. */
int kafka_conf_make(const struct kafka_setting *settings, size_t count, rd_kafka_conf_t **ret_conf,
                    struct err *err) __attribute__((warn_unused_result));

/* rd_kafka_new, which takes conf over; conf is gone also on failure. */
int kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret_client,
                     struct err *err) __attribute__((warn_unused_result));

#endif
