#include "base/order.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"

/* 11 bits a pass: 2048 counters stay in the first-level cache, and six passes cover 64 bits. */
#define DIGIT_BITS 11
#define DIGITS     (1U << DIGIT_BITS)
/* Below this an insertion sort is faster than clearing the counters. */
#define SMALL 48

/* Both element types begin with their key, so one sort serves both. It is inlined into each with
 * the size as a constant, which makes every copy below a register move. */
#define FOR_ONE_SIZE static inline __attribute__((always_inline))

FOR_ONE_SIZE int64_t key_at(const char *v, size_t i, size_t size)
{
    int64_t key;
    memcpy(&key, v + i * size, sizeof key);
    return key;
}

/* Distance from the least key: an unsigned number whose few significant bits decide the passes. */
static inline uint64_t above(int64_t key, int64_t least)
{
    return (uint64_t)key - (uint64_t)least;
}

/* Returns true when the keys are in order already. */
FOR_ONE_SIZE bool survey(const char *v, size_t count, size_t size, int64_t *ret_least,
                         uint64_t *ret_range)
{
    bool sorted = true;
    int64_t before = key_at(v, 0, size), least = before, most = before;
    for (size_t i = 1; i < count; i++) {
        int64_t key = key_at(v, i, size);
        sorted &= key >= before;
        before = key;
        least = key < least ? key : least;
        most = key > most ? key : most;
    }
    *ret_least = least;
    *ret_range = above(most, least);
    return sorted;
}

FOR_ONE_SIZE void insert_each(char *v, size_t count, size_t size)
{
    for (size_t i = 1; i < count; i++) {
        char moving[sizeof(struct keyed)];
        memcpy(moving, v + i * size, size);
        int64_t key = key_at(v, i, size);
        size_t j = i;
        for (; j > 0 && key_at(v, j - 1, size) > key; j--)
            memcpy(v + j * size, v + (j - 1) * size, size);
        memcpy(v + j * size, moving, size);
    }
}

FOR_ONE_SIZE void distribute(const char *from, char *to, size_t count, size_t size, int64_t least,
                             unsigned shift)
{
    size_t places[DIGITS] = {0};
    for (size_t i = 0; i < count; i++)
        places[above(key_at(from, i, size), least) >> shift & (DIGITS - 1)]++;
    size_t sum = 0;
    for (size_t d = 0; d < DIGITS; d++) {
        size_t here = places[d];
        places[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++) {
        size_t digit = above(key_at(from, i, size), least) >> shift & (DIGITS - 1);
        memcpy(to + places[digit]++ * size, from + i * size, size);
    }
}

FOR_ONE_SIZE int sort(char *v, size_t count, size_t size)
{
    int64_t least;
    uint64_t range;
    if (count < 2 || survey(v, count, size, &least, &range))
        return 0;
    if (count < SMALL) {
        insert_each(v, count, size);
        return 0;
    }
    _cleanup_free_ char *scratch = malloc(count * size);
    if (!scratch)
        return -(int)ERR_MEMORY;
    char *from = v, *to = scratch;
    for (unsigned shift = 0; shift < 64 && range >> shift; shift += DIGIT_BITS) {
        distribute(from, to, count, size, least, shift);
        char *swap = from;
        from = to;
        to = swap;
    }
    if (from != v)
        memcpy(v, from, count * size);
    return 0;
}

int order_pairs(struct keyed *v, size_t count)
{
    return sort((char *)v, count, sizeof *v);
}

int order_keys(int64_t *v, size_t count)
{
    return sort((char *)v, count, sizeof *v);
}

size_t order_find(const void *v, size_t count, size_t size, size_t offset, int64_t key)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (key_at((const char *)v + offset, middle, size) < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
