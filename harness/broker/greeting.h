/* The mock cluster's answer to an ApiVersions request that is newer than it knows, which every
 * current Java client sends first. Kafka answers it in version 0 with error 35 and the versions of
 * ApiVersions (KIP-511); librdkafka 2.0.2 answers in a mix of version 0 and 3, in which a Java
 * client reads that it must keep quiet for 20 minutes. This module replaces sendmsg for the whole
 * program and puts that one answer right. Pure but for the replacement. */
#ifndef BROKER_GREETING_H
#define BROKER_GREETING_H

#include <stdbool.h>
#include <stddef.h>

#define GREETING_WRONG 21 /* bytes of the mixed answer */
#define GREETING_RIGHT 20

/* True when the bytes are the mixed answer: writes the right one. */
bool greeting_mend(const unsigned char *bytes, size_t length,
                   unsigned char ret_bytes[GREETING_RIGHT]);

#endif
