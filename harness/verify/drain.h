/* The drain state machine: decides from samples whether the pipeline has drained. Pure: it reads no
 * clock and asks nobody; it says what it wants to see and when. One thread.
 *
 * A round passes when every gate of the table in drain_gates.c holds: on every partition committed
 * >= end, ends and rows have not moved, and every record and every accepted user is saved. So many
 * passes in a row as scenario->drain.rounds mean drained; any failing gate starts the count anew.
 *
 * Spans that a decision rests on (the names are scenario settings, the constants are in
 * drain_state.h): quiet   without Kafka, with answers that decide nothing (all alike, timed out),
 * and before a user without a row is called lost: nothing may have moved for so long. A consumer
 * may commit before it inserts, so lag 0 alone does not make a missing row a lost one. Where the
 * run has seen longer gaps between two new rows than half of it, twice the longest gap is waited
 * instead. stall   offsets below the end, nothing moved for so long: stalled. When every record has
 * its row and only the commit is missing, DRAIN_COMMIT_SPAN, if longer. gone    at most
 * DRAIN_GONE_SPAN: the same, when the group is known to be empty. window  promised by `drained`:
 * with rounds of this protocol and a pipeline that saves each record once, nothing changes
 * afterwards; the late window watches that it holds. */
#ifndef VERIFY_DRAIN_H
#define VERIFY_DRAIN_H

#include "base/clock.h"
#include "model/evidence.h"
#include "model/run.h"
#include "model/spec.h"

struct drain; /* opaque */

enum drain_step { DRAIN_CONTINUE, DRAIN_DECIDED };

/* What is known besides samples. */
struct drain_facts {
    ns_t settled;       /* when the load was settled; 0: not yet */
    int64_t accepted;   /* distinct users told yes; COUNT_UNKNOWN: the answers do not tell */
    int64_t undecided;  /* requests that may still apply: no answer, or one that decides nothing */
    bool consumer_gone; /* a process of ours has ended and will not be restarted */
    bool disturbed;     /* a fault is still to come, or a process is stopped or being restarted */
};

/* The scenario is borrowed and must outlive the drain. NULL: no memory. */
struct drain *drain_new(const struct scenario *scenario, struct err *err);
void drain_free(struct drain *drain);

/* One polling round. The sample flagged SAMPLE_BASELINE comes first: its ends are where the run's
 * records begin (0 without one), and its rows are what later rows are compared with. Samples after
 * the decision change only rows_max. */
enum drain_step drain_feed(struct drain *drain, const struct sample *sample,
                           const struct drain_facts *facts);

/* When the next round shall be, and what it shall read (enum probe_wants of probe.h, by number). */
ns_t drain_next(const struct drain *drain, ns_t now, unsigned *ret_wants);

/* Fills outcome, decided, last_growth, rows_max, rounds, resets, gates, detail; nothing else. */
void drain_result(const struct drain *drain, struct drain_result *ret_result);

/* The last sample that had passed before a reset: what nearly was believed. NULL: no reset yet.
 * Owned by the drain, valid until the next feed. */
const struct sample *drain_before_reset(const struct drain *drain);

#endif
