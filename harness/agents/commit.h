/* The commit point: when many machines let go together, or nobody does.
 *
 * Each agent says `staged`. When all have, and their clocks are known well enough, the coordinator
 * sets `go` once: an instant of the clock that all share. Agents see it and say `armed`. Until a
 * margin before that instant the coordinator may set `abort`; within the margin agents look once
 * more. Who has `go` and saw no abort fires, also when nobody can be asked any more; who has no
 * `go` never does. So a part of them may fire when the shared store goes away: that is known
 * afterwards, since each says whether it did.
 *
 * Two state machines, pure: instants, of the shared clock, and what was seen are arguments. */
#ifndef AGENTS_COMMIT_H
#define AGENTS_COMMIT_H

#include <stdbool.h>

#include "base/clock.h"

/* From `go` to its instant: at least so long, and so many of the slowest round trips. */
#define COMMIT_AHEAD NS_PER_S
#define COMMIT_TRIPS 20
/* Of that way, the last part in which nothing is taken back. */
#define COMMIT_MARGIN_PART 4

/* The margin that goes with an instant that was set at `now`. */
ns_t commit_margin(ns_t now, ns_t go);

/* ---- an agent ---- */

/* Without a word from the shared store for so long, an agent that has no `go` leaves. */
#define COMMIT_PATIENCE (10 * NS_PER_S)

enum commit_step {
    COMMIT_WAIT,  /* look again soon */
    COMMIT_ARM,   /* say that `go` was seen, once */
    COMMIT_FIRE,  /* let go at the instant */
    COMMIT_LEAVE, /* never in this run */
};

enum commit_why {
    COMMIT_NO_REASON,
    COMMIT_ABORTED,    /* the coordinator took it back */
    COMMIT_ORPHANED,   /* the coordinator is gone, and there was no `go` */
    COMMIT_CUT_OFF,    /* the shared store is gone, and there was no `go` */
    COMMIT_SUPERSEDED, /* somebody else has this agent's place */
    COMMIT_LATE,       /* `go` was seen after its instant */
    COMMIT_STOPPED,    /* this agent was told to end */
};
const char *commit_why_text(enum commit_why why); /* "the coordinator is gone" */

/* What a look at the shared store has shown. asked: when it was begun; 0: there was none yet. */
struct commit_look {
    ns_t asked;
    bool coordinator; /* its lease is there */
    bool mine;        /* this agent's own lease is there, and its own */
    bool abort;
    bool stage;      /* all are ready, and shall stage */
    ns_t go, margin; /* 0: not set */
};

struct commit_agent {
    ns_t since;      /* when it began to wait */
    ns_t go, margin; /* as first seen; 0: not yet */
    bool armed;      /* said so */
    bool fired;
    enum commit_why why; /* it leaves */
};

/* An agent that waits to stage, or has staged. */
void commit_agent_begin(struct commit_agent *agent, ns_t now);

/* The same before it stages: ARM says that it shall. */
enum commit_step commit_agent_call(struct commit_agent *agent, const struct commit_look *look,
                                   ns_t now, bool stop);

/* What to do at `now`, after the latest look. early: how long before the instant FIRE is wanted, to
 * be ready. Once FIRE or LEAVE was said it is said again. */
enum commit_step commit_agent_step(struct commit_agent *agent, const struct commit_look *look,
                                   ns_t now, ns_t early, bool stop);

/* ---- the coordinator ---- */

enum commit_order {
    COMMIT_GATHER,     /* go on waiting */
    COMMIT_SET_GO,     /* set `go`, once, to order->go with order->margin, and tell of it */
    COMMIT_SET_ABORT,  /* set `abort`, and tell of it */
    COMMIT_RELEASED,   /* the instant has come: who fired is to be asked */
    COMMIT_GIVE_UP,    /* nothing was set: nobody fires */
    COMMIT_TAKEN_BACK, /* `abort` was set in time: who looked does not fire */
};

/* Why nobody is to fire. */
enum commit_fault {
    COMMIT_NO_FAULT,
    COMMIT_LOST,    /* an agent is gone */
    COMMIT_SLOW,    /* not all were there in time */
    COMMIT_BLUR,    /* a clock is not known well enough */
    COMMIT_UNARMED, /* not all had seen `go` when the margin began */
    COMMIT_ASKED,   /* the run was told to stop */
};

struct commit_facts {
    ns_t now;
    unsigned size, staged, armed;
    bool lost; /* one of them is gone, or says that it cannot */
    bool stop;
    ns_t bound;      /* the largest of all clocks */
    ns_t bound_most; /* that is allowed; 0: any */
    ns_t round_trip; /* the slowest */
    ns_t deadline;   /* for all to be staged */
};

struct commit_coordinator {
    ns_t go, margin;        /* once SET_GO was said */
    bool set;               /* and it is known that it was */
    bool aborting, aborted; /* SET_ABORT was said; it is known that it was set before the margin */
    enum commit_fault fault;
};

enum commit_order commit_coordinator_step(struct commit_coordinator *coordinator,
                                          const struct commit_facts *facts);
/* The store has confirmed that it holds `go`, or `abort`: at `now`. */
void commit_coordinator_set(struct commit_coordinator *coordinator);
void commit_coordinator_aborted(struct commit_coordinator *coordinator, ns_t now);

#endif
