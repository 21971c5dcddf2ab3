/* What strategies that sell items have in common: the first of their statements sells the ask's
 * item and returns the order's id, or nothing when it is sold out. */
#ifndef APPLY_SELL_H
#define APPLY_SELL_H

#include "apply/ask.h"

struct act;

/* A strategy's decide. */
void sell(struct ask *ask);

/* Carries an act out on the ask's order. */
void sell_act(struct ask *ask, const struct act *act);

#endif
