/* Decimal numbers as JSON writes them, compared exactly, however long: 1e3 is 1000.0, and
 * 9007199254740993 is not 9007199254740992, as it would be in floating point. Pure, allocates
 * nothing; any thread. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

/* Are both numbers, and the same? What JSON does not know as a number (007, +1, 1., nan) is none.
 */
bool decimal_equal(const char *a, size_t a_length, const char *b, size_t b_length);

/* -1, 0 or 1: a is less than b, the same, greater. False: one of them is no number. */
bool decimal_compare(const char *a, size_t a_length, const char *b, size_t b_length,
                     int *ret_order);

#endif
