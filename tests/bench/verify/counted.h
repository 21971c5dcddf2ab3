/* Heap use, counted by wrapping the allocator: what a judgement needs beyond its input. One thread.
 */
#ifndef BENCH_COUNTED_H
#define BENCH_COUNTED_H

#include <stddef.h>

void counted_reset(void);  /* from now on */
size_t counted_peak(void); /* the most bytes in use at once since then, beyond those in use then */

#endif
