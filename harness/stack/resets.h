/* The scenario's own commands for its stores (stack.reset), each with its place in the list. Before
 * each round they empty what is somebody else's and fill what is the run's own. Main thread. */
#ifndef STACK_RESETS_H
#define STACK_RESETS_H

#include <stdbool.h>

#include "base/err.h"

struct place;

/* A walk over the commands of one store. */
struct resets {
    const struct place *place;
    const char *store;
    bool missed_only; /* those whose table was not there */
    unsigned at;      /* in stack.reset; of the next one */
    unsigned number;  /* of the last one among the store's, from 1; 0: none yet */
    unsigned current; /* the last one's in stack.reset */
};

struct resets resets_of(const struct place *place, const char *store, bool missed_only);

/* The next command; NULL: no more. */
const char *resets_next(struct resets *resets);

/* Has the walk anything to do? */
bool resets_any(const struct place *place, const char *store, bool missed_only);

/* May what the last command is for be missing for now: in the first round, or in a store of the
 * run's own, the processes have still to make their tables. Notes that it was (words: the store's)
 * and must be there when they are ready. */
bool resets_may_miss(struct resets *resets, bool own, const char *words);

/* Puts in front of an error which command it was; an error before the first command stays. */
int resets_blame(const struct resets *resets, struct err *err);

#endif
