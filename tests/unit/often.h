/* How often a random test tries. */
#ifndef TESTS_UNIT_OFTEN_H
#define TESTS_UNIT_OFTEN_H

#include <stdlib.h>

/* All of the rounds, or a tenth of them where RUSHPROOF_TEST_QUICK is set, as in `./test --quick`:
 * the same ones, from the first on. */
static inline int often(int rounds)
{
    return getenv("RUSHPROOF_TEST_QUICK") ? rounds / 10 : rounds;
}

#endif
