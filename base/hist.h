/* A log-linear histogram of non-negative 64-bit values, after Gil Tene's HdrHistogram: each power
 * of two is cut into 1024 equal buckets, so a value is known within 1/1024 of itself (below 2048
 * exactly), which is better than the 0.1 % that we promise. Values over HIST_VALUE_MAX are counted
 * in the last bucket. One writer; merge when the writers have been joined. The layout is public
 * because workers embed it; about 270 KB. */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS   10
#define HIST_VALUE_BITS 42 /* values up to 2^42 - 1 ns, more than an hour */
#define HIST_VALUE_MAX  ((INT64_C(1) << HIST_VALUE_BITS) - 1)
#define HIST_BUCKETS    ((HIST_VALUE_BITS - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
    uint64_t total; /* how many values */
    int64_t min;    /* exact; meaningless while total is 0 */
    int64_t max;    /* exact */
    double sum;
    uint64_t counts[HIST_BUCKETS];
};

void hist_init(struct hist *hist);
void hist_add(struct hist *hist, int64_t value); /* negative values count as 0 */
void hist_merge(struct hist *into, const struct hist *from);

/* The value at a quantile in [0, 1]: the nearest-rank definition, the middle of its bucket, never
 * outside [min, max]. 0 when empty: ask total first. */
int64_t hist_quantile(const struct hist *hist, double quantile);
double hist_mean(const struct hist *hist);

/* The bucket of a value, and the middle of a bucket: for writers of distributions. */
unsigned hist_bucket(int64_t value);
int64_t hist_bucket_middle(unsigned bucket);

#endif
