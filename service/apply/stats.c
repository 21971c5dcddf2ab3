#include "apply/stats.h"

const double stats_bounds[STATS_BUCKETS] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                            0.01,   0.025,   0.05,   0.1,   0.5,    1};

static const ns_t bounds_ns[STATS_BUCKETS] = {
    NS_PER_MS / 10,    NS_PER_MS / 4,   NS_PER_MS / 2,   NS_PER_MS,
    NS_PER_MS * 5 / 2, 5 * NS_PER_MS,   10 * NS_PER_MS,  25 * NS_PER_MS,
    50 * NS_PER_MS,    100 * NS_PER_MS, 500 * NS_PER_MS, NS_PER_S,
};

void stats_count(struct stats *stats, enum outcome outcome, ns_t duration)
{
    size_t i = 0;
    while (i < STATS_BUCKETS && duration > bounds_ns[i])
        i++;
    counter_add(&stats->durations[i], 1);
    counter_add(&stats->duration_ns, (uint64_t)duration);
    counter_add(&stats->outcomes[outcome], 1);
}
