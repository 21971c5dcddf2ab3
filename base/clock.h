/* Time. The one place that reads a clock, so that everything else can be handed its time.
 * Any thread may call. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

typedef int64_t
    ns_t; /* nanoseconds of CLOCK_MONOTONIC, or a span of them; 0 as an instant is "never" */

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* Now, on the monotonic clock. */
ns_t clock_now(void);

/* Sleeps until the monotonic instant; signals do not shorten it. Past instants return at once. */
void clock_sleep_until(ns_t instant);

/* Wall clock in nanoseconds since 1970, for report stamps only. */
int64_t clock_wall_ns(void);

/* "2026-11-23T08:01:02.345Z"; size at least 25. Returns ret_text. */
char *clock_format_utc(int64_t wall_ns, char *ret_text, size_t size);

/* "20261123T080102.345Z", safe in file names; size at least 21. Returns ret_text. */
char *clock_format_stamp(int64_t wall_ns, char *ret_text, size_t size);

#endif
