/* What a relay finds when it takes over: records that its predecessor published and did not live to
 * remove from the outbox. Blocking; one thread. */
#ifndef APPLY_PUBLISHED_H
#define APPLY_PUBLISHED_H

#include "apply/outbox.h"
#include "base/err.h"

/* Removes from the outbox every user whose record lies behind the marks, and moves the marks to the
 * end of the topic. Without a mark nothing is removed: the records there may be from another sale.
 * Errors: ERR_ENVIRONMENT, retriable: Redis or Kafka does not answer. */
int published_recover(const char *brokers, const char *topic, struct outbox *outbox,
                      uint64_t *ret_removed, struct err *err) __attribute__((warn_unused_result));

#endif
