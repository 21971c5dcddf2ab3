/* Where the jars of Apache Kafka are. Any thread. */
#ifndef STACK_KAFKAJARS_H
#define STACK_KAFKAJARS_H

#include <stddef.h>

#include "base/err.h"

/* The directory with the jars of a version, or of the newest when version is NULL: KAFKA_HOME/libs
 * when that is set and the version fits, else <fetched>/<version>/libs, where <fetched> is
 * RUSHPROOF_KAFKA_DIR, XDG_CACHE_HOME/rushproof/kafka or ~/.cache/rushproof/kafka. The caller frees
 * *ret_libs; ret_version gets the version that was found. ERR_ENVIRONMENT says where was looked and
 * how to fetch. */
int kafkajars_find(const char *version, char **ret_libs, char *ret_version, size_t version_size,
                   struct err *err) __attribute__((warn_unused_result));

/* Orders "3.9.10" after "3.9.9": less than, equal to or greater than 0. */
int kafkajars_compare(const char *left, const char *right);

#endif
