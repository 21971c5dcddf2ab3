/* The drain state machine: decides from samples whether the pipeline has drained. Pure: it reads no
 * clock and asks nobody; it says what it wants to see and when. One thread. */
#ifndef VERIFY_DRAIN_H
#define VERIFY_DRAIN_H

#include "base/clock.h"
#include "model/evidence.h"
#include "model/run.h"
#include "model/spec.h"

struct drain; /* opaque */

enum drain_step { DRAIN_CONTINUE, DRAIN_DECIDED };

/* What is known besides samples; accepted may be COUNT_UNKNOWN. */
struct drain_facts {
    ns_t settled;       /* when the load was settled; 0: not yet */
    int64_t accepted;   /* users told yes */
    bool consumer_gone; /* a process of ours has ended and will not be restarted */
    bool disturbed;     /* a fault is still to come, or a process is stopped or being restarted */
};

struct drain *drain_new(const struct scenario *scenario, struct err *err);
void drain_free(struct drain *drain);

/* One polling round. */
enum drain_step drain_feed(struct drain *drain, const struct sample *sample,
                           const struct drain_facts *facts);

/* When the next round shall be, and what it shall read (enum probe_wants of probe.h, by number). */
ns_t drain_next(const struct drain *drain, ns_t now, unsigned *ret_wants);

/* Fills outcome, decided, last_growth, rows_max, rounds, resets, gates, detail. */
void drain_result(const struct drain *drain, struct drain_result *ret_result);

#endif
