/* Orders: sorting of 64-bit keys by radix, without a comparison and without a quadratic case. Pure,
 * any thread. O(n) for keys within a bounded range (instants of one run, user ids), one pass when
 * the keys are in order already. The scratch room is as large as the input and gone when the call
 * returns. */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct keyed {
    int64_t key;
    uint32_t index; /* whatever the caller wants to find again */
    uint32_t note;  /* and what it wants to know about it without going there */
};

/* Ascending by key; equal keys keep their order. Errors: -ERR_MEMORY, the input is then untouched.
 */
int order_pairs(struct keyed *v, size_t count) __attribute__((warn_unused_result));
int order_keys(int64_t *v, size_t count) __attribute__((warn_unused_result));

/* The first of `count` elements of `size` bytes, ascending by the int64_t at `offset` of each,
 * whose key is not below that one; `count` when there is none. */
size_t order_find(const void *v, size_t count, size_t size, size_t offset, int64_t key);

#endif
