/* What is to be held between the processes and their stores. Plain data. */
#ifndef STACK_HOLD_H
#define STACK_HOLD_H

#include "base/clock.h"

struct stack_hold {
    unsigned shape;               /* by its place in the trace */
    unsigned k;                   /* let go when so many are held; at least 2 */
    ns_t quiet, deadline, budget; /* as in proxy/hold.h */
};

#endif
