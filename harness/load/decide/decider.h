/* The decider: asks for decisions that an answer only promised, or listens for them. Whoever was
 * given a ticket is asked about again and again, by polls, or told by a stream of events, until a
 * rule of `decide` says yes or no, or its time is over. Neither is a request of the run: they stand
 * in no record and no identity.
 *
 * A thread of its own, which takes tickets from the workers as they come. What it found out is put
 * into the history by decider_settle, when it has ended. @thread driver, but for the hook. */
#ifndef LOAD_DECIDER_H
#define LOAD_DECIDER_H

#include "load/net/exchange.h"
#include "load/schedule/users.h"
#include "model/run.h"

struct decider;

struct decider_settings {
    const struct scenario *scenario; /* with `decide` */
    const struct spec_request *poll; /* or the stream's; without references */
    const struct spec_request *then; /* what is sent when a poll says through; NULL: nothing */
    const struct feeder *prepared;   /* what users have captured, or NULL */
    const char *dir;
    struct history *history;
    struct progress *progress;
    const struct roster *roster;
};

/* Has answers of `setup` that are tickets told to it. Errors: ERR_USAGE, ERR_ENVIRONMENT,
 * ERR_MEMORY. */
int decider_new(const struct decider_settings *settings, struct setup *setup,
                struct decider **ret_decider, struct err *err) __attribute__((warn_unused_result));
void decider_free(struct decider *decider); /* NULL is fine */

/* Has the streams open of the users of a phase, so many requests of its plan. Only before
 * decider_start, of a decider that does not run or has nothing to do. Errors: ERR_ENVIRONMENT,
 * ERR_INTERRUPTED, ERR_MEMORY. */
int decider_stage(struct decider *decider, const struct users_plan *plan, size_t count,
                  ns_t deadline, struct err *err) __attribute__((warn_unused_result));

/* Begins to ask, unless it does. */
int decider_start(struct decider *decider, struct err *err) __attribute__((warn_unused_result));

/* Waits until each ticket is decided or its time is over, and puts that into the history. May be
 * started again. */
int decider_settle(struct decider *decider, struct err *err) __attribute__((warn_unused_result));

/* What became of all tickets so far; what the polls were answered. */
void decider_tell(const struct decider *decider, struct load_decisions *ret_decisions,
                  struct answers *ret_answers);

#endif
