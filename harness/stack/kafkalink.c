#include "stack/kafkalink.h"

#include <librdkafka/rdkafka.h>
#include <stddef.h>

static void keep_quiet(const rd_kafka_t *rk, int level, const char *area, const char *text)
{
    (void)rk;
    (void)level;
    (void)area;
    (void)text;
}

static rd_kafka_t *handle_new(const char *brokers, struct err *err)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, keep_quiet);
    rd_kafka_conf_set(conf, "client.id", "rushproof-stack", NULL, 0);
    rd_kafka_conf_set(conf, "reconnect.backoff.ms", "10", NULL, 0);
    rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", "100", NULL, 0);
    if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why)) {
        err_set(err, ERR_USAGE, "Kafka at %s: %s", brokers, why);
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!rk) {
        err_set(err, ERR_ENVIRONMENT, "Kafka at %s: %s", brokers, why);
        rd_kafka_conf_destroy(conf);
    }
    return rk;
}

int kafkalink_answers(const char *brokers, int timeout_ms, struct err *err)
{
    rd_kafka_t *rk = handle_new(brokers, err);
    if (!rk)
        return -ERR_ENVIRONMENT;
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 1, NULL, &metadata, timeout_ms);
    int result =
        code ? err_set(err, ERR_ENVIRONMENT, "Kafka at %s: %s", brokers, rd_kafka_err2str(code))
             : 0;
    if (metadata)
        rd_kafka_metadata_destroy(metadata);
    rd_kafka_destroy(rk);
    return result;
}
