/* Progress: what a running phase tells to whoever draws it. Counters are written by workers and
 * read by anybody, relaxed; the listener is called on the main thread only. */
#ifndef MODEL_PROGRESS_H
#define MODEL_PROGRESS_H

#include <stdatomic.h>

#include "model/run.h"

struct progress {
    atomic_llong planned;       /* of the current load phase */
    atomic_llong staged;        /* connections that hold a request at the gate */
    atomic_llong released;      /* over the whole run */
    atomic_llong answered;      /* done, whatever came back; over the whole run */
    atomic_llong first_release; /* ns_t; 0: not yet */
    atomic_llong last_done;     /* ns_t; of any request so far */
    atomic_int retry_after;     /* longest that limited answers have asked for, in seconds */
    atomic_bool load_finished;  /* every request of every phase is settled */
    atomic_bool stop;           /* set by main: settle what is out, send nothing new */
};

static inline void progress_retry_after(struct progress *progress, int seconds)
{
    int before = atomic_load_explicit(&progress->retry_after, memory_order_relaxed);
    while (seconds > before &&
           !atomic_compare_exchange_weak(&progress->retry_after, &before, seconds))
        ;
}

/* How often somebody who does not look at a live display is told that a phase goes on. */
#define PROGRESS_HEARTBEAT (10 * NS_PER_S)

/* Called when a run phase begins, and about ten times a second within it. sample is the latest one
 * of the timeline or NULL. text is a short status or "". */
typedef void (*progress_listener)(void *context, const struct run *run, enum run_phase phase,
                                  const struct progress *progress, const struct sample *sample,
                                  const char *text);

#endif
