/* Users who have been told 202, on their way to Redis: from then on a repeated request is "already
 * applied". They travel together and a moment later, when the answers have left the process. Losing
 * them is harmless: the user would be told 202 again, with the same rank. @thread the loop's */
#ifndef APPLY_ACKS_H
#define APPLY_ACKS_H

#include <event2/event.h>
#include <stdint.h>

#include "apply/link.h"
#include "base/err.h"

struct acks;

int acks_new(struct event_base *base, struct link *link, struct acks **ret_acks, struct err *err)
    __attribute__((warn_unused_result));

/* What has not been sent is forgotten. NULL is fine. */
void acks_free(struct acks *acks);

void acks_add(struct acks *acks, int64_t user, int64_t rank);

#endif
