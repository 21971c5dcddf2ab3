/* Explaining: the sentences under the verdict, made from findings and figures. Pure. */
#ifndef VERIFY_EXPLAIN_H
#define VERIFY_EXPLAIN_H

#include "model/run.h"

/* Fills run->explanation, run->warning and run->advice from a run whose findings and verdict stand.
 */
void explain_run(struct run *run);

#endif
