/* The partitions of a topic, as a client of Kafka has been given them. The client's thread. */
#ifndef CONSUMER_PARTITIONS_H
#define CONSUMER_PARTITIONS_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* Looks up where to go on. Left to itself the client takes a group without offsets for a failure,
 * and lets 100 ms pass before it asks where a partition begins. What cannot be had here and now it
 * finds by itself. */
void partitions_find_start(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list);

/* All that are assigned. */
void partitions_pause(rd_kafka_t *client, bool pause);

/* Makes the client hand the record out again; an error is logged. */
void partitions_rewind(rd_kafka_t *client, const rd_kafka_message_t *message);

#endif
