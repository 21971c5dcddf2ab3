/* The load: phases of HTTP requests by libcurl on worker threads, one record a request.
 *
 * Made, driven and freed by one thread (the driver); it owns its workers. A phase is stage,
 * release, settle, in this order. `progress` may be read by anybody meanwhile, and progress->stop
 * makes every call come back soon: requests on the way become unknown (CAUSE_STOPPED), others are
 * skipped. */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include "base/err.h"
#include "load/gate/freezer.h"
#include "model/history.h"
#include "model/progress.h"
#include "model/run.h"
#include "model/spec.h"

struct load;

/* The records that the scenario can need at most: the room that the history must have. */
size_t load_room(const struct scenario *scenario);

/* So many users at most, from the roster's first place on; a phase that ends by the clock takes as
 * many as it gets: SIZE_MAX. */
size_t load_users(const struct scenario *scenario);

/* scenario, roster, request (its texts have no references left), history (with load_room) and
 * progress must outlive the load. dir: where relative file names of the scenario (feeder, ca …) are
 * looked up. */
int load_new(const struct scenario *scenario, const struct roster *roster,
             const struct spec_request *request, const char *dir, struct history *history,
             struct progress *progress, const struct load_freezer *freezer, struct load **ret_load,
             struct err *err) __attribute__((warn_unused_result));

/* Prepares phase `index` of the scenario. For a burst: N of N connections open (TLS done) and every
 * request held at the gate, or an error within the deadline that says which limit was hit; never a
 * part of it. Fills the phase's info. */
int load_stage(struct load *load, unsigned index, struct load_phase_info *ret_info, struct err *err)
    __attribute__((warn_unused_result));

/* Opens the gate (burst) or starts the schedule (the others), and returns. */
int load_release(struct load *load, struct err *err) __attribute__((warn_unused_result));

/* Waits until every request of the phase is answered, refused or timed out. Nothing hangs past the
 * request's timeout. Adds the phase's records to history->count. */
int load_settle(struct load *load, struct err *err) __attribute__((warn_unused_result));

/* Closes the connections of the phase that is settled. A thousand take some ten milliseconds. */
void load_close(struct load *load);

/* Closes connections and joins workers; NULL is fine. */
void load_free(struct load *load);

/* What came back in all phases settled so far, samples masked. */
void load_answers(const struct load *load, struct answers *ret_answers);

/* Resident bytes that staging cost for each connection. */
void load_memory(const struct load *load, struct load_memory *ret_memory);

#endif
