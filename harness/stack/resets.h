/* The scenario's own commands for its stores (stack.reset), each with its place in the list. Before
 * each round they empty what is somebody else's and fill what is the run's own. Main thread. */
#ifndef STACK_RESETS_H
#define STACK_RESETS_H

#include <stdbool.h>

#include "base/err.h"

struct place;

/* Has the scenario any for that store? missed: whose table was not there. */
bool resets_any(const struct place *place, const char *store, bool missed);

/* Runs them, on a store that is not of this machine only where the user has allowed it; own: a
 * store of the run's own. In the first round, and in a store of the run's own, what a command is
 * for may be missing: the processes have still to make their tables, and resets_look tells when
 * they have not. Errors: ERR_USAGE with the address, ERR_ENVIRONMENT with the command. */
int resets_run(const struct place *place, const char *store, const char *url, bool own,
               struct err *err) __attribute__((warn_unused_result));

/* Runs text on a store, statement by statement where it is a database; on one that is not of this
 * machine only where the user has allowed it. Errors: ERR_USAGE, ERR_ENVIRONMENT with the
 * statement.
 */
int resets_execute(const struct place *place, const char *store, const char *url, const char *text,
                   struct err *err) __attribute__((warn_unused_result));

/* Are the tables there that these commands did not find? ERR_ENVIRONMENT names the command of the
 * first that is not. */
int resets_look(const struct place *place, const char *store, const char *url, struct err *err)
    __attribute__((warn_unused_result));

#endif
