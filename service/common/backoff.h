/* How long to wait before the next try: the span doubles from first up to max, and each wait is
 * drawn between half of it and all of it, so that many clients do not come back at the same
 * instant. Pure; the state belongs to one thread. */
#ifndef COMMON_BACKOFF_H
#define COMMON_BACKOFF_H

#include "base/clock.h"
#include "base/rng.h"

struct backoff {
    ns_t first;
    ns_t max;
    ns_t span; /* of the coming wait; 0 after a success */
};

void backoff_init(struct backoff *backoff, ns_t first, ns_t max);

/* The wait before the coming try, in ns. Grows the span for the one after it. */
ns_t backoff_next(struct backoff *backoff, struct rng *rng);

/* A try has succeeded: the next failure starts from first again. */
void backoff_reset(struct backoff *backoff);

#endif
