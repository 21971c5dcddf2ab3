/* A source: one thread that owns one connection to a store and carries out one job at a time. The
 * caller waits for a job until its own deadline; a job that is not back by then is abandoned: it
 * belongs to the source, which drops it whenever it ends, and until then the source is busy. So a
 * store that hangs costs its caller one deadline and never a thread of its own.
 *
 * All calls but the callbacks come from one thread, the caller's. */
#ifndef PROBE_SOURCE_H
#define PROBE_SOURCE_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

struct source;

/* First member of every kind of job. A job owns all that it needs, because it may outlive its
 * caller. */
struct job {
    void (*run)(void *state, struct job *job); /* @thread source */
    void (*drop)(struct job *job);             /* frees it; any thread */
    ns_t began, ended;                         /* set by the source */
};

struct source_ops {
    void (*close)(void *state); /* frees the state; @thread source, as its last act */
    void (*wake)(void *state); /* makes a waiting run() return soon; caller's thread; may be NULL */
};

/* Starts the thread. Takes the state over, also on failure. name is static. NULL: err says why. */
struct source *source_new(const char *name, void *state, const struct source_ops *ops,
                          struct err *err);

/* Hands a job over. False: an abandoned job still runs, and this one was dropped. */
bool source_start(struct source *source, struct job *job);

/* The job that was started last, finished; the caller drops it. NULL: not back by the deadline,
 * abandoned; or none was started. */
struct job *source_wait(struct source *source, ns_t deadline);

bool source_is_busy(struct source *source); /* an abandoned job still runs */

/* The state, until source_close: for what of it any thread may call. */
void *source_state(const struct source *source);

/* Ends the thread. One that does not end soon is left to itself: it frees what it owns when its job
 * returns. NULL is fine. */
void source_close(struct source *source);

#endif
