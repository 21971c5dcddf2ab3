/* Memory that runs out: one allocation of the code under test fails, which must be an error like
 * any other. What Debian's libraries allocate themselves never fails. */
#ifndef TESTS_FUZZ_STARVE_H
#define TESTS_FUZZ_STARVE_H

#include <stdbool.h>
#include <stddef.h>

/* Calls it with its first allocation failing, then with its second, until none is left to fail.
 * Does nothing but in the replay of run.sh: an input of the fuzzer's would take a thousand times as
 * long. */
void starve(void (*call)(void *context), void *context);

/* Within the call: from here on nothing fails, so that what must hold can be asked for. */
void starve_end(void);

#endif
