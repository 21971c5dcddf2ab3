/* The pulse: a thread beside the work that has a board of its own. Several times a second it has
 * its owner look at the board and renew what is leased, and it asks for the time: so the offset of
 * this machine's clock is known before, at and after every release. */
#ifndef AGENTS_PULSE_H
#define AGENTS_PULSE_H

#include "agents/board.h"
#include "agents/offset.h"

struct pulse;

struct pulse_settings {
    const struct board_place *place;
    /* Called every 20 ms. @thread pulse */
    void (*turn)(void *context, struct board *board, ns_t now);
    void *context;
};

/* Comes back when the offset is known. Errors: ERR_ENVIRONMENT, ERR_MEMORY. */
int pulse_start(const struct pulse_settings *settings, struct pulse **ret_pulse, struct err *err)
    __attribute__((warn_unused_result));
void pulse_stop(struct pulse *pulse); /* joins; NULL is fine */

/* All of these: any thread. */

/* Nothing is asked between these two instants. */
void pulse_hush(struct pulse *pulse, ns_t from, ns_t to);

struct offset_point pulse_offset(struct pulse *pulse, ns_t own);
ns_t pulse_there(struct pulse *pulse, ns_t own);
ns_t pulse_here(struct pulse *pulse, ns_t there);
ns_t pulse_round_trip(struct pulse *pulse);                       /* the least lately */
bool pulse_away(struct pulse *pulse, char *ret_why, size_t size); /* another server, for good */

/* Waits until a point lies behind the instant, at most until the deadline; then copies the points
 * from the last one before `from` on. Errors: ERR_MEMORY. */
int pulse_copy(struct pulse *pulse, ns_t from, ns_t behind, ns_t deadline,
               struct offsets *ret_offsets, struct err *err) __attribute__((warn_unused_result));

#endif
