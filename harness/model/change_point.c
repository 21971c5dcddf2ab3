#include "model/change_point.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { SHUFFLES = 999, GREATER_MAX = 9 };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double change_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Twice the rank of each value, less its mean: the sum is 0. Equal values share their ranks. */
static void rank(const double *values, size_t count, int64_t *ret_ranks)
{
    double sorted[CHANGE_SERIES_MAX];
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, by_value);
    for (size_t i = 0; i < count; i++) {
        size_t first = 0, high = count;
        while (first < high) {
            size_t middle = (first + high) / 2;
            if (sorted[middle] < values[i])
                first = middle + 1;
            else
                high = middle;
        }
        size_t last = first;
        while (last + 1 < count && sorted[last + 1] <= values[i])
            last++;
        ret_ranks[i] = (int64_t)(first + last + 2) - (int64_t)(count + 1);
    }
}

/* The square of the standardised statistic, without what is the same for every cut. */
static double greatest(const int64_t *ranks, size_t count, size_t *ret_at)
{
    double most = 0;
    int64_t sum = 0;
    for (size_t i = 1; i + CHANGE_EDGE <= count; i++) {
        sum += ranks[i - 1];
        if (i < CHANGE_EDGE)
            continue;
        double found = (double)sum * (double)sum / ((double)i * (double)(count - i));
        if (found > most) {
            most = found;
            *ret_at = i;
        }
    }
    return most;
}

static void shuffle(int64_t *ranks, size_t count, struct rng *rng)
{
    for (size_t i = count - 1; i > 0; i--) {
        size_t k = (size_t)rng_below(rng, i + 1);
        int64_t rank = ranks[i];
        ranks[i] = ranks[k];
        ranks[k] = rank;
    }
}

/* false: it is not cut. */
static bool cut(const double *values, size_t count, struct rng *rng, size_t *ret_at)
{
    int64_t ranks[CHANGE_SERIES_MAX];
    size_t elsewhere;
    unsigned greater = 0;
    if (count < CHANGE_SERIES_MIN)
        return false;
    rank(values, count, ranks);
    double found = greatest(ranks, count, ret_at);
    for (int i = 0; found > 0 && greater <= GREATER_MAX && i < SHUFFLES; i++) {
        shuffle(ranks, count, rng);
        greater += greatest(ranks, count, &elsewhere) >= found;
    }
    return found > 0 && greater <= GREATER_MAX;
}

/* What is still to be looked at: from one cut to the next. */
struct part {
    size_t from, to;
};

static unsigned cut_all(const double *values, size_t count, size_t *ret_cuts)
{
    struct part parts[CHANGES_MAX + 1] = {{0, count}};
    struct rng rng;
    unsigned waiting = 1, cuts = 0;
    rng_seed(&rng, count);
    while (waiting && cuts < CHANGES_MAX) {
        struct part part = parts[--waiting];
        size_t at = 0;
        if (!cut(values + part.from, part.to - part.from, &rng, &at))
            continue;
        ret_cuts[cuts++] = part.from + at;
        parts[waiting++] = (struct part){part.from, part.from + at};
        parts[waiting++] = (struct part){part.from + at, part.to};
    }
    return cuts;
}

static int by_place(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static double median_of(const double *values, size_t from, size_t to)
{
    double part[CHANGE_SERIES_MAX];
    memcpy(part, values + from, (to - from) * sizeof *part);
    return change_median(part, to - from);
}

unsigned change_points(const double *values, size_t count, struct change *ret_changes)
{
    size_t skipped = count > CHANGE_SERIES_MAX ? count - CHANGE_SERIES_MAX : 0;
    size_t cuts[CHANGES_MAX + 1];
    values += skipped;
    count -= skipped;
    unsigned found = cut_all(values, count, cuts);
    qsort(cuts, found, sizeof *cuts, by_place);
    cuts[found] = count;
    for (unsigned i = 0; i < found; i++)
        ret_changes[i] = (struct change){
            .at = skipped + cuts[i],
            .before = median_of(values, i ? cuts[i - 1] : 0, cuts[i]),
            .after = median_of(values, cuts[i], cuts[i + 1]),
        };
    return found;
}
