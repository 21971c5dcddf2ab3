/* What a scenario's load chains, by kind, and what it needs. Pure. */
#ifndef LOAD_PHASES_H
#define LOAD_PHASES_H

#include <stddef.h>

#include "model/spec.h"

struct phase_ops;

/* Never NULL: the scenario was validated. */
const struct phase_ops *phases_find(const struct spec_phase *spec);

/* "burst"; and how many requests one has at most, a retry none of its own. */
const char *phases_kind(const struct spec_phase *spec);
size_t phases_requests(const struct spec_phase *spec);

/* The records that the scenario can need at most: the room that the history must have. */
size_t phases_room(const struct scenario *scenario);

/* The same of requests about orders, which have a history of their own. */
size_t phases_actions_room(const struct scenario *scenario);

/* So many users at most, from the roster's first place on; a phase that ends by the clock takes as
 * many as it gets: SIZE_MAX. */
size_t phases_users(const struct scenario *scenario);

#endif
