/* The lines that control the broker while it runs. Main thread. */
#ifndef BROKER_COMMAND_H
#define BROKER_COMMAND_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stdio.h>

/* Carries out one line and writes "ok" or "error: reason" to out. Returns false when it was "quit".
 */
bool command_run(rd_kafka_mock_cluster_t *cluster, char *line, FILE *out);

/* "name:partitions" or "name partitions": creates the topic. Returns NULL or the reason why not. */
const char *command_topic(rd_kafka_mock_cluster_t *cluster, char *text, int replication);

/* Answers the command "waiting": the group that waits for a member that has not come back; false:
 * none does. Set before the first command. */
extern bool (*command_waits)(char *ret_group, size_t size);

void command_help(FILE *out);

#endif
