/* What the embedded Kafka serves, and what it refuses because it could not keep the promise. */
#include <criterion/criterion.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"

TestSuite(kafka, .timeout = 60);

#define START(fixture) cr_assert_eq(fixture_start(fixture), 0, "%s", (fixture)->err.message)

static rd_kafka_t *producer(const struct fixture *fixture, const char *name, const char *value)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", stack_address(fixture->stack, "kafka"), why,
                      sizeof why);
    rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
    cr_assert_eq(rd_kafka_conf_set(conf, name, value, why, sizeof why), RD_KAFKA_CONF_OK, "%s",
                 why);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    cr_assert_not_null(rk, "%s", why);
    return rk;
}

Test(kafka, transactions_are_refused_and_the_reason_is_said)
{
    struct fixture *fixture = fixture_only("kafka");
    START(fixture);
    cr_expect_null(stack_refusal(fixture->stack, true));
    rd_kafka_t *rk = producer(fixture, "transactional.id", "orders-1");
    rd_kafka_error_t *error = rd_kafka_init_transactions(rk, 10000);
    cr_assert_not_null(error);
    cr_expect_eq(rd_kafka_error_code(error),
                 RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "%s",
                 rd_kafka_error_string(error));
    cr_expect(rd_kafka_error_is_fatal(error));
    rd_kafka_error_destroy(error);
    rd_kafka_destroy(rk);
    char *log = fixture_read(fixture, "logs/kafka.log");
    cr_expect(strstr(log, "InitProducerId of transactional.id \"orders-1\""), "%s", log);
    cr_expect(strstr(log, "stack.kafka: apache"), "%s", log);
    free(log);
    cr_expect(strstr(stack_refusal(fixture->stack, true), "stack.kafka: apache"));
    fixture_free(fixture);
}

Test(kafka, idempotent_producers_are_served)
{
    struct fixture *fixture = fixture_only("kafka");
    START(fixture);
    rd_kafka_t *rk = producer(fixture, "enable.idempotence", "true");
    for (int i = 0; i < 100; i++)
        rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("coupon_create"),
                          RD_KAFKA_V_VALUE((void *)&i, sizeof i),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    cr_expect_eq(rd_kafka_flush(rk, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(rk);
    cr_expect_eq(look_ends(fixture, "coupon_create", 3), 100);
    cr_expect_null(stack_refusal(fixture->stack, true));
    fixture_free(fixture);
}

/* Each topic is a request to the mock cluster's thread. One in two was left lying for a second. */
Test(kafka, no_request_to_the_cluster_is_left_lying)
{
    static struct spec_topic topics[200];
    static char names[200][16];
    struct fixture *fixture = fixture_only("kafka");
    for (unsigned i = 0; i < 200; i++) {
        snprintf(names[i], sizeof names[i], "topic_%u", i);
        topics[i] = (struct spec_topic){.name = names[i], .partitions = 1, .replication = 1};
    }
    fixture->scenario.stack.topics = topics;
    fixture->scenario.stack.topics_count = 200;
    START(fixture); /* gives up after 10 s */
    cr_expect_eq(look_ends(fixture, "topic_199", 1), 0);
    fixture_free(fixture);
}
