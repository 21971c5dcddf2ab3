/* links: model verify */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/order.h"
#include "base/rng.h"

static int compare_keys(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Ranges from a few values to the whole of 64 bits, sizes on both sides of the small sort. */
static int64_t random_key(struct rng *rng, unsigned bits)
{
    uint64_t value = rng_next(rng);
    return bits == 64 ? (int64_t)value : (int64_t)(value & ((UINT64_C(1) << bits) - 1)) - 1000;
}

Test(order, keys_agree_with_qsort)
{
    struct rng rng;
    rng_seed(&rng, 1);
    for (int i = 0; i < 3000; i++) {
        size_t count = rng_below(&rng, 300);
        unsigned bits = 1 + (unsigned)rng_below(&rng, 64);
        int64_t v[300], expected[300];
        for (size_t k = 0; k < count; k++)
            expected[k] = v[k] = random_key(&rng, bits);
        qsort(expected, count, sizeof *expected, compare_keys);
        cr_assert_eq(order_keys(v, count), 0);
        cr_assert(memcmp(v, expected, count * sizeof *v) == 0, "%zu keys of %u bits", count, bits);
    }
}

Test(order, pairs_are_sorted_and_equal_keys_keep_their_order)
{
    struct rng rng;
    rng_seed(&rng, 2);
    for (int i = 0; i < 3000; i++) {
        size_t count = rng_below(&rng, 300);
        unsigned bits = 1 + (unsigned)rng_below(&rng, 64);
        struct keyed v[300];
        bool seen[300] = {false};
        for (size_t k = 0; k < count; k++)
            v[k] = (struct keyed){.key = random_key(&rng, bits), .index = (uint32_t)k};
        cr_assert_eq(order_pairs(v, count), 0);
        for (size_t k = 0; k < count; k++) {
            cr_assert(!seen[v[k].index]);
            seen[v[k].index] = true;
            if (k)
                cr_assert(v[k - 1].key < v[k].key ||
                          (v[k - 1].key == v[k].key && v[k - 1].index < v[k].index));
        }
    }
}

Test(order, extremes)
{
    int64_t v[100];
    for (int i = 0; i < 100; i++)
        v[i] = i % 3 == 0 ? INT64_MIN : i % 3 == 1 ? INT64_MAX : 0;
    cr_assert_eq(order_keys(v, 100), 0);
    for (int i = 1; i < 100; i++)
        cr_assert_leq(v[i - 1], v[i]);
}

Test(order, the_first_that_is_not_below)
{
    const struct keyed v[] = {{1, 0, 0}, {3, 0, 0}, {3, 1, 0}, {7, 0, 0}};
    static const size_t expected[] = {0, 0, 1, 1, 3, 3, 3, 3, 4};
    for (int64_t key = 0; key < 9; key++)
        cr_expect_eq(order_find(v, 4, sizeof *v, offsetof(struct keyed, key), key), expected[key],
                     "%ld", (long)key);
    cr_expect_eq(order_find(NULL, 0, sizeof *v, 0, 5), 0);
}
