/* INCR coupon_count: the decision that strategies redis and kafka share. @thread the loop's */
#ifndef APPLY_COUNTING_H
#define APPLY_COUNTING_H

#include "apply/ask.h"

typedef void counting_fn(struct ask *ask, enum slot slot);

/* Counts the ask; decided is called once, possibly from within. */
void counting_take(struct ask *ask, counting_fn *decided);

/* Answers an ask that has won no slot. */
void counting_refuse(struct ask *ask, enum slot slot);

#endif
