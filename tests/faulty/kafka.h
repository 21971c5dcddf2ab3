/* Kafka: a producer that any thread may use, and a consumer. A broker that is gone ends the
 * program. */
#ifndef FAULTY_KAFKA_H
#define FAULTY_KAFKA_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

#define KAFKA_TOPIC "coupon_create"
#define KAFKA_GROUP "group_1"

rd_kafka_t *kafka_producer(const char *brokers);
void kafka_send(rd_kafka_t *producer, int64_t user);
void kafka_serve(
    rd_kafka_t *producer); /* delivery reports; call from one thread, again and again */

/* In its group; prints "assigned" when it has partitions. Commits nothing by itself. */
rd_kafka_t *kafka_consumer(const char *brokers);

#endif
