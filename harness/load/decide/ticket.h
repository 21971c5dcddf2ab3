/* A ticket: the promise of a decision that one request was given, and what is known of it; and the
 * queue of tickets by when they are due. Pure but for memory. @thread the decider's */
#ifndef LOAD_TICKET_H
#define LOAD_TICKET_H

#include <stdbool.h>

#include "base/err.h"
#include "load/decide/captures.h"
#include "model/history.h"

struct stream;

struct ticket {
    struct request poll;   /* the latest, or the event; the first member, so that a poll's record is
                              its ticket */
    struct request own;    /* the user's own, as it was answered */
    struct request *asked; /* the same in the history; written by decider_settle only */
    struct ticket *next;
    char *captured[CAPTURES_MAX]; /* owned */
    struct stream *stream;        /* that it listens to; NULL: it is polled, or through */
    struct ticket *peer;          /* who listens there, too */
    size_t queued;                /* its place in the queue, from 1; 0: not there */
    ns_t due, span;               /* the next poll, and the pause before the one after it */
    ns_t limit;                   /* its time is over then, when one more poll was asked */
    uint32_t polls;
    bool through; /* its turn has come: the next request is `then` */
    bool pending; /* ended by its time, and was told until then to wait, or nothing */
    bool ended;
    struct decided decision;
    uint8_t cls, cause;
};

/* NULL: no memory. */
struct ticket *ticket_new(struct request *asked);
void ticket_free(struct ticket *ticket);

/* By due, the earliest first. An all-zero queue is empty. */
struct ticket_queue {
    struct ticket **v; /* owned */
    size_t count, room;
};

/* Room for so many in all. Errors: -ERR_MEMORY. */
int ticket_queue_reserve(struct ticket_queue *queue, size_t room);
void ticket_queue_add(struct ticket_queue *queue, struct ticket *ticket);
struct ticket *ticket_queue_first(const struct ticket_queue *queue);       /* NULL: it is empty */
void ticket_queue_drop(struct ticket_queue *queue, struct ticket *ticket); /* not there: fine */

#endif
