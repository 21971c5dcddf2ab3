/* Schedules of open-model phases: when each request starts, as spans after the start of the phase.
 * Pure. */
#ifndef LOAD_SCHEDULE_H
#define LOAD_SCHEDULE_H

#include <stddef.h>

#include "base/rng.h"
#include "model/spec.h"

size_t schedule_waves_count(const struct spec_waves *waves);
/* In ascending order; each request of a wave is late by a random part of the jitter. */
void schedule_waves(const struct spec_waves *waves, struct rng *rng, ns_t *ret_spans);

size_t schedule_rate_count(const struct spec_rate *rate);
void schedule_rate(const struct spec_rate *rate, size_t count, ns_t *ret_spans);

#endif
