/* Short visits to Kafka. Any thread. */
#ifndef STACK_KAFKALINK_H
#define STACK_KAFKALINK_H

#include <stdint.h>

#include "base/err.h"

/* 0 when a broker answers a metadata request within timeout_ms. */
int kafkalink_answers(const char *brokers, int timeout_ms, struct err *err);

#endif
