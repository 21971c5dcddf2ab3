/* Short visits to Kafka. Any thread. */
#ifndef STACK_KAFKALINK_H
#define STACK_KAFKALINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct kafka_topic {
    char name[250]; /* 249 characters at most (Kafka: Topic.MAX_NAME_LENGTH) */
    int32_t partitions, replication;
};

/* 0 when a broker answers a metadata request within timeout_ms. */
int kafkalink_answers(const char *brokers, int timeout_ms, struct err *err);

/* By the Admin API. Creating waits until every partition has a leader; deleting waits until the
 * topics are gone. A topic that exists already, or is not there to delete, is no error. */
int kafkalink_create(const char *brokers, const struct kafka_topic *topics, size_t count,
                     struct err *err);
int kafkalink_delete(const char *brokers, const struct kafka_topic *topics, size_t count,
                     struct err *err);

/* Forgets a consumer group and its offsets; one that has members or does not exist is left alone.
 */
int kafkalink_forget_group(const char *brokers, const char *group, struct err *err);

/* Is the group held up by a member that has not come back to a rebalance? In words, with the
 * members that the broker knows of. */
bool kafkalink_group_waits(const char *brokers, const char *group, char *ret_text, size_t size);

/* Who is in a group. */
struct kafka_member {
    char id[96], client[64], host[64];
};

/* Fills up to room members; returns how many there are, -1 when the broker does not say. */
int kafkalink_members(const char *brokers, const char *group, struct kafka_member *ret_members,
                      int room);

#endif
