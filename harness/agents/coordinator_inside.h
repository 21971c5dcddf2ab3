/* What the coordinator's files share; nobody else includes this. */
#ifndef AGENTS_COORDINATOR_INSIDE_H
#define AGENTS_COORDINATOR_INSIDE_H

#include <pthread.h>
#include <stddef.h>

#include "agents/attendance.h"
#include "agents/commit.h"
#include "agents/coordinator.h"
#include "agents/pulse.h"
#include "base/buf.h"

/* A coordinator that has said nothing for so many seconds is gone. */
#define ALIVE_TTL "6"
#define TTL_TEXT  "30" /* BOARD_TTL */

struct coordinator {
    struct load base;
    const struct coordinator_settings *settings;
    const struct scenario *scenario;
    struct load_away away;
    struct history *history;
    struct progress *progress;
    size_t items; /* that are listed */
    struct board_place place;
    struct board board; /* of whoever drives */
    struct pulse *pulse;
    char run[ATTENDANCE_INCARNATION]; /* what this coordinator is called */
    char last[32];                    /* message that was read */
    struct attendance all;

    pthread_mutex_t lock; /* guards the members below, which the pulse uses */
    struct presence {
        char incarnation[ATTENDANCE_INCARNATION]; /* whose lease was seen last; "": nobody's */
        ns_t gone;                                /* since when nobody's is seen; 0: it is there */
    } * present;                                  /* owned; by rank */
    unsigned phases;                              /* whose go may be there */
    ns_t renewed, extended, looked;

    bool opened; /* somebody may hear of it */
    ns_t agreed; /* of this phase, on this machine's clock */
    struct load_phase_info *info;
    size_t filled;       /* records of the history, those of this phase included */
    size_t rows, beyond; /* of this phase: that all agents have, and records behind them */
    struct chunk *chunk; /* owned: room for one */
    struct answers answers, polled;
    struct load_decisions decisions;
    struct load_memory memory;
};

static inline bool coordinator_stopping(const struct coordinator *coordinator)
{
    return atomic_load(&coordinator->progress->stop);
}

static inline int coordinator_stopped(struct err *err)
{
    return err_set(err, ERR_INTERRUPTED, "interrupted");
}

/* How many agents have come so far in this phase: COUNT(coordinator, staged). */
#define COUNT(coordinator, member)                                                                 \
    attendance_count(&(coordinator)->all, offsetof(struct attendee, member))

/* coordinator_roll.c. The scenario as agents get it; waits until all are ready. */
int coordinator_hand_over(struct coordinator *coordinator, struct buf *ret_text, struct err *err);
int coordinator_call_roll(struct coordinator *coordinator, struct err *err);
/* An agent that has told what is wrong, or has left, or is gone; when: "before all had staged".
 * Errors: ERR_INVALID, and what agents tell. */
int coordinator_trouble(struct coordinator *coordinator, const char *when, struct err *err);

/* coordinator_commit.c. Until the instant has come (0), or nobody is to fire. */
int coordinator_commit(struct coordinator *coordinator, struct err *err);

/* coordinator_board.c. What the pulse does for it; and the keys. */
void coordinator_turn(void *context, struct board *board, ns_t now);
int coordinator_announce(struct coordinator *coordinator, struct buf *scenario, struct err *err);
void coordinator_clear(struct coordinator *coordinator); /* nothing of it stays */
/* Takes what agents have said, waiting a little for it. Errors: ERR_INVALID (the Redis is another
 * one), ERR_USAGE, ERR_MEMORY. */
int coordinator_pump(struct coordinator *coordinator, struct err *err);
/* Somebody who has not ended is gone: his rank; ATTENDANCE_NOBODY: all are there. */
unsigned coordinator_lost(struct coordinator *coordinator);
/* Has agents stage the phase. */
bool coordinator_set_stage(struct coordinator *coordinator, unsigned phase);
/* Sets `go` of the phase, or `abort`; true: the board has it. */
bool coordinator_set_go(struct coordinator *coordinator, unsigned phase, ns_t go, ns_t margin);
bool coordinator_set_abort(struct coordinator *coordinator, const char *why);

/* coordinator_history.c. A chunk's bytes into the history; its instants are the agent's until the
 * phase is over. */
int coordinator_keep_chunk(struct coordinator *coordinator, unsigned rank, const void *bytes,
                           size_t size, struct err *err);
/* All of a phase is there: on this machine's clock, and who sent it. */
int coordinator_close_phase(struct coordinator *coordinator, unsigned phase, struct err *err);
/* What agents were answered, and by whom. */
void coordinator_merge(struct coordinator *coordinator);

#endif
