/* Phases: what a scenario's load chains. A phase kind is one file and one row of the table in
 * phases.c. Between stage and settle the phase's records are in load->records; local.c appends them
 * to the history.
 * @thread driver. */
#ifndef LOAD_PHASE_H
#define LOAD_PHASE_H

#include "load/gate/listener.h"
#include "load/gate/rendezvous.h"
#include "load/load.h"
#include "load/schedule/pool.h"

/* The state of a load of this process. Phases read the first part and own the second between stage
 * and settle. */
struct local {
    struct load base;
    const struct scenario *scenario;
    struct setup setup;
    struct history *history;     /* of the phase: orders, or actions */
    struct load_freezer freezer; /* calls are NULL when not possible */
    struct pool *pool;
    const struct transport_ops *transport; /* asked for; NULL: chosen by use */
    struct users users;
    struct demand *demand;   /* owned; NULL: no items */
    struct decider *decider; /* NULL: answers decide */
    struct actors *actors;   /* NULL: there are no actions */
    struct history *orders, *actions;
    struct served served; /* instances that answers have named, of all workers */
    struct load_memory memory;
    int64_t memory_connections; /* that memory was measured with; the most count */

    unsigned index; /* of the phase in the scenario */
    const struct spec_phase *spec;
    const struct phase_ops *ops; /* NULL: no phase is under way */
    struct request *records;     /* of the phase, in the history */
    size_t count;                /* how many of them are planned */
    size_t whole;                /* with those of other shares; 0: nobody knows */
    ns_t at;                     /* not released before; 0: at once */
    ns_t origin;                 /* of the phase's schedule */
    struct users_plan plan;
    struct rendezvous rendezvous; /* burst */
    const struct gate_ops *gate;  /* burst; NULL in other phases */
    struct listener listener;     /* burst whose gate connects: looked at until it is settled */
    ns_t deadline;                /* burst: of staging */
    struct load_phase_info *info; /* borrowed: the caller's, filled by stage and release */
    ns_t *schedule;               /* owned; spans after origin by index, NULL: at once */
    int64_t resident;             /* before the connections were made */
    size_t connections;
    unsigned active; /* workers that have a part in it */
    unsigned beside; /* it is a multiple of that; 0: any number */
};

struct phase_ops {
    const char *kind;
    /* Records that it can need at most. before: those of the phases before it. */
    size_t (*room)(const struct spec_phase *spec, size_t before);
    int (*stage)(struct local *load, struct err *err);
    int (*release)(struct local *load, struct err *err);
    /* Leaves in load->count how many records there are. */
    int (*settle)(struct local *load, struct err *err);
};

extern const struct phase_ops phase_burst, phase_waves, phase_rate, phase_closed, phase_retry,
    phase_pause, phase_action;

/* How many of the phase's requests are of this load, which may have a share of its users only. */
size_t phase_part(struct local *load, size_t requests);
/* Of a schedule of all of them, those. */
void phase_own_schedule(struct local *load);

/* Phases without a gate: workers run their slices, by a schedule or one after another. */

/* Makes workers with so many connections together, for load->count requests. dial: so many are
 * opened right away (over plain HTTP only). */
int phase_open(struct local *load, enum transport_use use, size_t connections, size_t dial,
               struct err *err) __attribute__((warn_unused_result));
/* The transport for this use of the scenario's request, unless one was asked for. */
const struct transport_ops *phase_transport(const struct local *load, enum transport_use use);
/* Starts the workers, not before load->at. until: see struct worker; a span. */
void phase_start(struct local *load, ns_t until);
/* Waits for them, measures the memory. */
int phase_finish(struct local *load, struct err *err) __attribute__((warn_unused_result));

/* The verbs of a phase that has nothing to stage: who asks in it is known when its time has come.
 */
int phase_stage_nobody(struct local *load, struct err *err) __attribute__((warn_unused_result));
int phase_release_now(struct local *load, struct err *err) __attribute__((warn_unused_result));

/* Sleeps until then, or until the stop. */
void phase_sleep(const struct local *load, ns_t until);

/* Appends the records to the history, numbered. Errors: ERR_MEMORY. */
int phase_note(struct local *load, struct err *err) __attribute__((warn_unused_result));

/* Takes note of a resident growth, the records' part included, if it is of the most connections so
 * far. */
void phase_measure_memory(struct local *load, int64_t bytes, size_t connections);

#endif
