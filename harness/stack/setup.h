/* Setup: the steps of a scenario that prepare its stores. They run in order, before the first
 * process and in each round; a program must end with code 0. Main thread. */
#ifndef STACK_SETUP_H
#define STACK_SETUP_H

#include "base/err.h"

struct stack;
struct steps;
struct surroundings;

/* Reserves what programs need; resolves them; runs all steps. Errors name the step. */
int setup_make(struct stack *stack, struct err *err) __attribute__((warn_unused_result));
int setup_resolve(struct stack *stack, const struct surroundings *around, struct err *err)
    __attribute__((warn_unused_result));
int setup_run(struct stack *stack, struct err *err) __attribute__((warn_unused_result));
void setup_free(struct steps *steps); /* NULL is fine */

#endif
