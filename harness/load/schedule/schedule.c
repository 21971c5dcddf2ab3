#include "load/schedule/schedule.h"

#include <stdlib.h>

static int compare_spans(const void *a, const void *b)
{
    ns_t x = *(const ns_t *)a, y = *(const ns_t *)b;
    return (x > y) - (x < y);
}

size_t schedule_waves_count(const struct spec_waves *waves)
{
    if (waves->offsets_count)
        return waves->offsets_count;
    return (size_t)(waves->waves * waves->size);
}

void schedule_waves(const struct spec_waves *waves, struct rng *rng, ns_t *ret_spans)
{
    size_t count = schedule_waves_count(waves);
    for (size_t i = 0; i < count; i++) {
        ns_t start = waves->offsets_count ? waves->offsets[i]
                                          : (ns_t)(i / (size_t)waves->size) * waves->every;
        ret_spans[i] = start + (waves->jitter ? rng_between(rng, 0, waves->jitter) : 0);
    }
    qsort(ret_spans, count, sizeof *ret_spans, compare_spans);
}

size_t schedule_rate_count(const struct spec_rate *rate)
{
    if (rate->requests)
        return (size_t)rate->requests;
    __extension__ typedef __int128 wide;
    return (size_t)((wide)rate->rate * rate->duration / NS_PER_S);
}

void schedule_rate(const struct spec_rate *rate, size_t count, ns_t *ret_spans)
{
    __extension__ typedef __int128 wide;
    for (size_t i = 0; i < count; i++)
        ret_spans[i] = (ns_t)((wide)i * NS_PER_S / rate->rate);
}
