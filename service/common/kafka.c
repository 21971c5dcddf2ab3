#include "common/kafka.h"

#include <syslog.h>

#include "base/log.h"

/* @thread any of librdkafka's */
static void write_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    (void)client;
    enum log_level ours = level <= LOG_ERR       ? LOG_LEVEL_ERROR
                          : level <= LOG_WARNING ? LOG_LEVEL_WARN
                          : level <= LOG_NOTICE  ? LOG_LEVEL_INFO
                                                 : LOG_LEVEL_DEBUG;
    log_write(ours, "kafka", "%s %s", facility, text);
}

int kafka_conf_make(const struct kafka_setting *settings, size_t count, rd_kafka_conf_t **ret_conf,
                    struct err *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[512];
    for (size_t i = 0; i < count; i++) {
        if (rd_kafka_conf_set(conf, settings[i].name, settings[i].value, reason, sizeof reason) ==
            RD_KAFKA_CONF_OK)
            continue;
        rd_kafka_conf_destroy(conf);
        return err_set(err, ERR_USAGE, "Kafka setting %s=%s: %s", settings[i].name,
                       settings[i].value, reason);
    }
    rd_kafka_conf_set_log_cb(conf, write_log);
    *ret_conf = conf;
    return 0;
}

int kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret_client,
                     struct err *err)
{
    char reason[512];
    rd_kafka_t *client = rd_kafka_new(type, conf, reason, sizeof reason);
    if (!client) {
        rd_kafka_conf_destroy(conf); /* rd_kafka_new owns it only when it succeeds */
        return err_set(err, ERR_ENVIRONMENT, "cannot make a Kafka client: %s", reason);
    }
    *ret_client = client;
    return 0;
}
