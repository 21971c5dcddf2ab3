#include "common/backoff.h"

void backoff_init(struct backoff *backoff, ns_t first, ns_t max)
{
    *backoff = (struct backoff){.first = first, .max = max};
}

ns_t backoff_next(struct backoff *backoff, struct rng *rng)
{
    ns_t span = backoff->span > 0 ? backoff->span : backoff->first;
    backoff->span = span > backoff->max / 2 ? backoff->max : span * 2;
    return rng_between(rng, span / 2, span);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->span = 0;
}
