/* The gate: keeps answers to statements of one shape back until enough of them
 * are there, and then lets all go at once, so that each of those who asked has
 * seen the same state before any of them can act. Pure: time is an argument,
 * and what is let go is told by a callback. One thread.
 *
 * What is kept back is a cut in the stream of answers of a connection: the
 * answer at it and all behind it. A connection that carries the answers of many
 * requests, one behind the other, is kept back as a whole, and a whole answer
 * behind the cut is as much kept back as the one at it. An answer of another
 * shape behind it keeps its request from coming as far: therefore shapes can be
 * held one after the other, each for one group, so that requests move in step;
 * the last one is held again and again. */
#ifndef PROXY_HOLD_H
#define PROXY_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct hold;

#define HOLD_STEPS_MAX  8
#define HOLD_SHAPES_MAX 256 /* numbers of shapes are below */

struct hold_rule {
    unsigned steps;     /* at least 1; hold_bind says whose answers each of them holds */
    unsigned k;         /* let go when so many are held; at least 2 */
    ns_t quiet;         /* … or when two or more are, and none came for so long */
    ns_t deadline;      /* … or when one has been held for so long */
    ns_t budget;        /* what one connection may be held for in a round */
    unsigned alone_max; /* the shape is held no longer after so many deadlines
                           with one alone */
};

#define HOLD_QUIET     (10 * NS_PER_MS)
#define HOLD_DEADLINE  (200 * NS_PER_MS)
#define HOLD_BUDGET    (500 * NS_PER_MS)
#define HOLD_ALONE_MAX 3

/* Why a group was let go. */
enum hold_reason {
    HOLD_FULL,      /* k were held */
    HOLD_CALM,      /* two or more were, and none came for `quiet` */
    HOLD_LATE,      /* the first one had reached its deadline or its budget */
    HOLD_CANCELLED, /* a client cancelled or went away; only that one is let go */
    HOLD_STOPPED,   /* the round is over, or the connection is read no more */
    HOLD_REASONS,
};

/* A group of the last step that was let go. */
struct hold_group {
    enum hold_reason reason;
    unsigned held;    /* answers of the shape that were whole */
    unsigned behind;  /* further whole ones of the shape behind a cut on the same
                         connections */
    bool serialised;  /* meanwhile another connection's statement of the shape was
                         forwarded and  stayed unanswered: the store made it wait */
    ns_t first, last; /* when the first and the last one came */
};

struct hold_counts {
    uint64_t groups[HOLD_REASONS];
    uint64_t answers;    /* of the shape, held */
    uint64_t passed;     /* of the shape, let through: no budget, or held no longer */
    uint64_t serialised; /* groups of one during which the store made others wait */
    unsigned most;       /* the largest group */
    unsigned alone;      /* deadlines with one alone, in a row */
    bool given_up;       /* the shape is held no longer in this round */
};

struct hold_events {
    /* The cut on this connection is open again. */
    void (*let_go)(void *context, unsigned connection);
    void (*group)(void *context, const struct hold_group *group); /* may be NULL */
    void *context;
};

struct hold *hold_open(const struct hold_events *events); /* NULL: no memory */
void hold_close(struct hold *hold);

/* Begins a round: counts, budgets and what was given up are forgotten, what is
 * held goes. NULL: nothing is held any more. */
void hold_begin(struct hold *hold, const struct hold_rule *rule, ns_t now);
/* This shape is one of the step's, from 0. Until the next round begins. */
void hold_bind(struct hold *hold, uint16_t shape, unsigned step);

/* A statement was sent on to the store. connection is any small number, below
 * HOLD_CONNECTIONS_MAX. */
#define HOLD_CONNECTIONS_MAX 65536
void hold_statement(struct hold *hold, unsigned connection, uint16_t shape, ns_t now);

/* The first byte of an answer came. true: cut the stream there, and let nothing
 * of it go. A cut that is there already stays where it is. */
bool hold_answer_begun(struct hold *hold, unsigned connection, uint16_t shape, ns_t now);

/* An answer is whole, or will never come. An error ends what its request was about, or is asked
 * again: it is let go, and counts for nobody inside. */
void hold_answer_ended(struct hold *hold, unsigned connection, uint16_t shape, bool failed,
                       ns_t now);
void hold_unanswered(struct hold *hold, unsigned connection, uint16_t shape, ns_t now);

/* The client of this connection cancelled, or closed: its cut is let go. */
void hold_cancel(struct hold *hold, unsigned connection, ns_t now);
/* The connection is gone. */
void hold_forget(struct hold *hold, unsigned connection, ns_t now);

/* When hold_tick wants to be called; 0: nothing waits. */
ns_t hold_next(const struct hold *hold);
void hold_tick(struct hold *hold, ns_t now);

/* Answers that are held at this moment, of whichever step. */
unsigned hold_held(const struct hold *hold);
const struct hold_counts *hold_counts(const struct hold *hold);
const char *hold_reason_name(enum hold_reason reason);

#endif
