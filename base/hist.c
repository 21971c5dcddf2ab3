#include "base/hist.h"

#include <math.h>
#include <string.h>

#define SUB_COUNT (INT64_C(1) << HIST_SUB_BITS)

void hist_init(struct hist *hist)
{
    memset(hist, 0, sizeof *hist);
}

/* Row 0 holds 0 to 1023 one by one, row 1 holds 1024 to 2047 one by one; row r > 1 holds
 * [2^(9+r), 2^(10+r)) in 1024 steps of 2^(r-1). */
unsigned hist_bucket(int64_t value)
{
    if (value < 0)
        value = 0;
    if (value > HIST_VALUE_MAX)
        value = HIST_VALUE_MAX;
    if (value < SUB_COUNT)
        return (unsigned)value;
    unsigned top = 63U - (unsigned)__builtin_clzll((unsigned long long)value);
    unsigned row = top - HIST_SUB_BITS + 1;
    uint64_t step = ((uint64_t)value >> (top - HIST_SUB_BITS)) & (uint64_t)(SUB_COUNT - 1);
    return (row << HIST_SUB_BITS) + (unsigned)step;
}

int64_t hist_bucket_middle(unsigned bucket)
{
    unsigned row = bucket >> HIST_SUB_BITS;
    int64_t step = bucket & (SUB_COUNT - 1);
    if (row == 0)
        return step;
    int64_t low = (SUB_COUNT + step) << (row - 1);
    int64_t width = INT64_C(1) << (row - 1);
    return low + width / 2;
}

void hist_add(struct hist *hist, int64_t value)
{
    if (value < 0)
        value = 0;
    hist->counts[hist_bucket(value)]++;
    if (hist->total == 0 || value < hist->min)
        hist->min = value;
    if (value > hist->max)
        hist->max = value;
    hist->sum += (double)value;
    hist->total++;
}

void hist_merge(struct hist *into, const struct hist *from)
{
    if (from->total == 0)
        return;
    if (into->total == 0 || from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
    into->total += from->total;
    into->sum += from->sum;
    for (unsigned i = 0; i < HIST_BUCKETS; i++)
        into->counts[i] += from->counts[i];
}

int64_t hist_quantile(const struct hist *hist, double quantile)
{
    if (hist->total == 0)
        return 0;
    double exact = ceil(quantile * (double)hist->total);
    uint64_t rank = exact < 1 ? 1 : (uint64_t)exact;
    if (rank >= hist->total)
        return hist->max;
    uint64_t seen = 0;
    for (unsigned i = 0; i < HIST_BUCKETS; i++) {
        seen += hist->counts[i];
        if (seen >= rank) {
            int64_t value = hist_bucket_middle(i);
            return value < hist->min ? hist->min : value > hist->max ? hist->max : value;
        }
    }
    return hist->max;
}

double hist_mean(const struct hist *hist)
{
    return hist->total ? hist->sum / (double)hist->total : 0;
}
