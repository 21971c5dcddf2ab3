/* Lanes: threads that are all awake, or all about to wake, and then go through one list at once.
 *
 * Every request that leaves wakes a thread of a target on the same machine, which would get this
 * thread's core in the middle of the loop. Two ways to keep the loop together:
 *
 * - With real-time priority (root, CAP_SYS_NICE or an rtprio limit) nothing interrupts it: a thread
 *   a core, spinning until the gate opens.
 *
 * - Without it the kernel lets whoever it has chosen run for a slice (0.7 ms and more), and then
 *   prefers those who have waited longest. So the list is cut into many short lanes, each less than
 *   a slice long, whose threads sleep until all are woken at once: they were there first, and the
 *   target's threads come after the last of them. Measured beside Node and a JVM this halves the
 *   spread of two spinning threads (tests/bench/README.md).
 *
 * @thread driver; the other threads are started and joined within. */
#ifndef LOAD_LANES_H
#define LOAD_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

#define LANES_MAX 64

/* Does this kernel let us have real-time priority? Tried on the calling thread, and given back. */
bool lanes_urgent(void);

/* Gives the calling thread what urgent lanes have, for good. */
void lanes_raise(void);

/* How many lanes suit so many items, each a send or, four times as long, a connect. threads: what
 * the scenario says. */
unsigned lanes_choose(bool urgent, unsigned threads, size_t count, bool connects);

/* Calls each(context, i) for every i < count, lane k those with i % lanes == k, not before the
 * instant `at` (0: at once). Returns the instant
 * just before the first call: all lanes were there by then. */
ns_t lanes_run(bool urgent, unsigned lanes, ns_t at, size_t count,
               void (*each)(void *context, size_t i), void *context);

#endif
