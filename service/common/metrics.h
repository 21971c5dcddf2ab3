/* The Prometheus text format (version 0.0.4), written into a buffer, and counters that one thread
 * counts and any thread reads. */
#ifndef COMMON_METRICS_H
#define COMMON_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Written by one thread only, which is why adding needs no locked instruction. */
struct counter {
    _Atomic uint64_t value;
};

static inline void counter_add(struct counter *counter, uint64_t by)
{
    uint64_t value = atomic_load_explicit(&counter->value, memory_order_relaxed);
    atomic_store_explicit(&counter->value, value + by, memory_order_relaxed);
}

static inline void counter_set(struct counter *counter, uint64_t value)
{
    atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

static inline uint64_t counter_get(const struct counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

/* The HELP and TYPE lines; type is "counter", "gauge" or "histogram". */
void metrics_family(struct buf *out, const char *name, const char *type, const char *help);

/* One sample. labels is the text between the braces, already escaped, or NULL. */
void metrics_sample(struct buf *out, const char *name, const char *labels, double value);

/* A family of one sample without labels. */
void metrics_single(struct buf *out, const char *name, const char *type, const char *help,
                    double value);

#endif
