/* The verifier's own test: synthetic runs judged before and after mutation. What the checks find is
 * compared with what they must find as sets, both ways: nothing missed, nothing invented. Pure. */
#ifndef SELFTEST_SELFTEST_H
#define SELFTEST_SELFTEST_H

#include <stdint.h>

#include "base/err.h"

/* One line of the table. */
struct selftest_row {
    const char *fault; /* "one lost, one twice"; "none" for the correct runs */
    const char *check; /* the check made for it; "" for the correct runs */
    int64_t planted;
    int64_t caught;   /* found as expected, to the user */
    char detail[256]; /* the first difference, or "" */
};

typedef void (*selftest_listener)(void *context, const struct selftest_row *row);

/* Plants `rounds` mutations of every kind, and as many correct runs, all drawn from seed. Tells
 * the listener each line when it is done. *ret_wrong: runs that were judged otherwise than
 * expected. Errors: ERR_MEMORY, ERR_BUG (a mutation that never found a suitable run). */
int selftest_planted(uint64_t seed, int64_t rounds, selftest_listener listener, void *context,
                     int64_t *ret_wrong, struct err *err) __attribute__((warn_unused_result));

#endif
