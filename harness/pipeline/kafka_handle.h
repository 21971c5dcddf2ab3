/* The client handles of the Kafka probe: their settings, and what their threads said of connections
 * that failed. */
#ifndef PIPELINE_KAFKA_HANDLE_H
#define PIPELINE_KAFKA_HANDLE_H

#include "pipeline/kafka_link.h"

/* reader: the one that reads records; else the one that asks for offsets and the group. NULL: err
 * says why. The link outlives it. */
rd_kafka_t *kafka_handle_open(struct kafka_link *link, bool reader, struct err *err);

#endif
