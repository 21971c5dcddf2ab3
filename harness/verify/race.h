/* Explaining a race from the trace: of all that requests read before they wrote, what several read
 * alike, and those whom the failed checks name among them. Pure. */
#ifndef VERIFY_RACE_H
#define VERIFY_RACE_H

#include "model/run.h"

/* Finds whose statements those of run->trace are and, for a run that failed, the race that explains
 * it: fills run->race, which stays empty when there is none. */
int race_explain(struct run *run, struct err *err) __attribute__((warn_unused_result));

#endif
