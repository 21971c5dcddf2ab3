/* The drain state machine: decides from samples whether the pipeline has drained. Pure: it reads no
 * clock and asks nobody; it says what it wants to see and when. One thread.
 *
 * A round passes when every gate of the table in drain_gates.c holds. So many passes in a row as
 * scenario->drain.rounds decide; any failing gate starts the count anew.
 *
 * complete    on every lane committed >= end, ends, rows and counter have not moved since the
 *             last round, everybody in the queues is saved, and so is everybody who was told yes.
 *             Where answers do not decide, and as long as somebody got no decision, as many must be
 *             saved as can win: min(limit, tried), and each slot that was counted. Complete is
 *             decided at once: no quiet time is waited for, only the late window follows.
 * weak        without rows, and where a pipeline tells only how many records wait: nothing waits,
 * and all stands still for drain.quiet (quiet_only). incomplete  is waited for until drain.timeout
 * after the last answer, whatever it looks like: a scheduler may write every few seconds, a
 * consumer may commit before it saves, or come late. After that only two things count: whether
 * anything still moves, and whether everything has stood still for max(drain.stall, 3 x the longest
 * gap seen), for which the wait goes on if need be. Standing still with committed >= end, each
 * source read after the timeout and no process gone is the proof that what is missing will not
 *             come: drained_lossy. Everything else is not known: moving, stalled, no_consumer,
 *             blocked.
 * the window  a change in the late window takes a decision back (a sample flagged SAMPLE_WATCH). */
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
    ns_t settled;      /* when the load was settled; 0: not yet */
    int64_t accepted;  /* distinct users told yes; COUNT_UNKNOWN: the answers do not tell */
    int64_t tried;     /* users whose request surely reached the service */
    int64_t undecided; /* users who may win without a yes: no answer, or one that decides nothing */
    bool consumer_gone;           /* a process of ours has ended, or was stopped, and stays so */
    const char *trouble;          /* what a database said that is no reading; NULL, "": nothing */
    const char *pipeline_trouble; /* the same of the pipeline */
    bool disturbed;  /* a fault is still to come, or a process is stopped or being restarted */
    bool restarting; /* one is being started again: drain.timeout counts from when it is ready */
};

/* The scenario is borrowed and must outlive the drain. NULL: no memory. */
struct drain *drain_new(const struct scenario *scenario, struct err *err);
void drain_free(struct drain *drain);

/* One polling round. The sample flagged SAMPLE_BASELINE comes first: its ends are where the run's
 * records begin (0 without one), and its rows are what later rows are compared with. After the
 * decision only a sample of the late window can take it back; others change only rows_max. */
enum drain_step drain_feed(struct drain *drain, const struct sample *sample,
                           const struct drain_facts *facts);

/* Takes a decision back: enough are saved by number, but who was told yes is not among them. No
 * round passes until rows move again. */
void drain_misled(struct drain *drain);

/* When the next round shall be, and what it shall read (enum probe_wants of probe.h, by number). */
ns_t drain_next(const struct drain *drain, ns_t now, unsigned *ret_wants);

/* Fills outcome, decided, last_growth, rows_max, rounds, resets, gates, detail; nothing else. */
void drain_result(const struct drain *drain, struct drain_result *ret_result);

/* The last sample that had passed before a reset: what nearly was believed. NULL: no reset yet.
 * Owned by the drain, valid until the next feed. */
const struct sample *drain_before_reset(const struct drain *drain);

#endif
