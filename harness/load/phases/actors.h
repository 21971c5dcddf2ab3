/* Actors: the scenario's actions, ready to be sent: requests about orders that the load has made.
 * Workers carry them in place of the rush's request while a phase of actions is under way.
 * @thread driver. */
#ifndef LOAD_ACTORS_H
#define LOAD_ACTORS_H

#include "load/phases/phase.h"

struct actors;

/* For so many workers. setup: the rush's, borrowed. Errors: as of load_open. */
int actors_open(const struct load_settings *settings, const struct setup *setup, unsigned workers,
                struct actors **ret_actors, struct err *err) __attribute__((warn_unused_result));
void actors_free(struct actors *actors); /* NULL is fine */

/* Worker n carries the action of the phase's name n, by turns. */
void actors_take_over(const struct actors *actors, struct pool *pool,
                      const struct scenario *scenario, const struct spec_act *act);
/* The workers carry the rush's request again. */
void actors_hand_back(struct pool *pool, const struct setup *setup);

/* What all actions were answered. NULL: nothing. */
void actors_answers(const struct actors *actors, struct answers *ret_answers);

/* ---- which orders: actors_orders.c ---- */

/* The requests that made the orders which the phase is about, in their order. ret_v is the
 * caller's to free. Errors: ERR_MEMORY. */
int actors_orders(const struct local *load, uint32_t **ret_v, size_t *ret_count, struct err *err)
    __attribute__((warn_unused_result));

#endif
