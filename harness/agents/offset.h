/* How one clock stands to another: of a machine's CLOCK_MONOTONIC to the TIME of the agents' Redis.
 *
 * A question that went out at `sent` and was answered at `heard` with the other clock's `there` was
 * answered in between, so that clock is ahead by there - middle, to within half of the round trip.
 * Several questions in a row tell more than the one with the least round trip: one had the shortest
 * way there, another the shortest way back, and the offset is what all of them allow. That is a
 * point. Between two points offset and bound are interpolated; what a clock's rate may change in
 * between is allowed for. Pure: instants are arguments. */
#ifndef AGENTS_OFFSET_H
#define AGENTS_OFFSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"

struct offset_question {
    ns_t sent, heard; /* on the own clock */
    ns_t there;       /* what the other one said */
};

struct offset_point {
    ns_t at;     /* on the own clock */
    ns_t offset; /* the other clock's instant is the own one and this */
    ns_t bound;  /* to within this */
};

/* TIME tells whole microseconds, and cuts. */
#define OFFSET_TICK NS_PER_US

/* So far a clock's rate may stray from its mean between two points: what NTP slews fast, and a
 * crystal does not reach. */
#define OFFSET_STRAY_PPM 100
/* So much two clocks may differ in rate; what goes beyond is a step. */
#define OFFSET_DRIFT_PPM 1000

/* What all questions, of at least one, allow at the middle of the one with the least round trip;
 * where they contradict each other, what that one does. */
struct offset_point offset_best(const struct offset_question *v, size_t count);

/* The points of one clock, in the order of their instants. The layout is public to be embedded. */
struct offsets {
    struct offset_point *v; /* owned */
    size_t count, room;
};

void offsets_free(struct offsets *offsets);
/* Errors: ERR_MEMORY. */
int offsets_add(struct offsets *offsets, const struct offset_point *point, struct err *err)
    __attribute__((warn_unused_result));

/* Drops the points that know less than the line between their neighbours does: somebody was held up
 * while he asked. One that contradicts that line stays, for a clock may have been set. */
void offsets_thin(struct offsets *offsets);

/* Between the points before and after an instant of the own clock; outside of them the nearest one
 * counts, and the bound grows by all that clocks may drift. Without a point: no bound is known,
 * which is OFFSET_NO_BOUND. */
#define OFFSET_NO_BOUND (INT64_MAX / 4)
struct offset_point offsets_at(const struct offsets *offsets, ns_t own);

/* An instant of the own clock on the other one, and the other way; 0 stays 0. near: where the last
 * one was found, 0 at first; for many that follow each other. */
ns_t offsets_there(const struct offsets *offsets, ns_t own, size_t *near);
ns_t offsets_here(const struct offsets *offsets, ns_t there, size_t *near);

/* The largest bound of what lies between two instants of the own clock. */
ns_t offsets_bound(const struct offsets *offsets, ns_t from, ns_t to);

/* Does no clock rate explain how the offset went between two instants? One of them was set. ret_by:
 * by how much. */
bool offsets_stepped(const struct offsets *offsets, ns_t from, ns_t to, ns_t *ret_by);

#endif
