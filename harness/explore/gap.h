/* The gaps of a service: two statements of one request, neighbours in the trace of requests that
 * came one at a time. Between the answer to the first and the sending of the second other requests
 * may do the same. Pure. */
#ifndef EXPLORE_GAP_H
#define EXPLORE_GAP_H

#include "model/history.h"
#include "model/trace.h"

#define GAPS_MAX 64

/* What became of a gap in the rounds that held it; the greater one says more. */
enum gap_state {
    GAP_NOT_REACHED,    /* no answer of its first statement was held, or never more of them than
                           places were left */
    GAP_ONE_CONNECTION, /* each answer alone, on the one connection that there is, or that requests
                           share between their statements: nobody can be kept in the gap there */
    GAP_ONE_AT_A_TIME,  /* each answer alone, and no other request at a store: the service itself
                           lets in one at a time */
    GAP_LOCKED,         /* one answer held, and others asked meanwhile for a lock that the service
                           keeps in the store, and did not get it */
    GAP_SERIALISED,     /* one answer held, and the store made another connection wait meanwhile */
    GAP_OPEN,           /* two or more requests inside at once */
    GAP_STATES,
};

const char *gap_state_name(enum gap_state state);  /* "open" */
const char *gap_state_words(enum gap_state state); /* "one at a time in the service" */

struct gap {
    uint16_t first, second;          /* shapes, as places of the trace */
    uint8_t first_door, second_door; /* doors likewise: of one process, maybe of two stores */
    bool on_yes, on_no;              /* on the way of requests that won; that were told no */
    uint8_t leads; /* outcomes of the first statement that led to the second in the serial trace, as
                      bits; 0: any does */
    bool decided_before; /* its first statement is on the way of one of the two alone: by then the
                            request has won, or lost */
    /* What the rounds came to: */
    enum gap_state state;
    int64_t rounds;   /* that held it */
    int64_t decided;  /* of them: those that were judged */
    int64_t inside;   /* most requests inside at once */
    int64_t violated; /* rounds */
    char why[160];    /* the last undecided one was that */
};

/* "open"; of a gap that held requests, and never enough of them, says that. */
const char *gap_words(const struct gap *gap);

struct gaps {
    struct gap v[GAPS_MAX];
    unsigned count;
    unsigned dropped;   /* that found no room */
    int64_t statements; /* of all requests in the trace */
};

/* Is this statement a step of a request: no housekeeping, and no beginning of a transaction? */
bool gap_is_step(const struct trace *trace, const struct trace_statement *statement);
/* The same way to a store, or the one of another instance of the same process. */
bool gap_same_way(const struct trace *trace, uint8_t a, uint8_t b);

/* Where every answer is the same, anybody may have won. */
bool gap_is_yes(const struct request *request);
/* How many of so many requests make a habit. The first ones may do something once, so where there
 * are three it is two. */
bool gap_is_habit(int64_t seen, int64_t requests);

/* From the trace of requests that were sent one at a time, in the order of their release. A pair
 * counts when it is on the way of most of those who won, or of most who were told no, so that what
 * a service does now and then beside its requests makes no gap. */
void gaps_find(const struct trace *trace, const struct history *history, struct gaps *ret_gaps);

/* What a round that held answers came to for a gap; only what came at `from` or later. Who was
 * answered otherwise than those who went on in the trace (no row, nil, an error) is not inside. */
struct gap_round {
    enum gap_state state;
    int64_t inside; /* of the largest group */
};
struct gap_round gap_look(const struct trace *trace, const struct gap *gap, ns_t from);

/* What a burst met. */
struct gap_edge {
    int64_t left; /* places, when it came */
    bool crowded; /* more came than that */
    bool copies;  /* of one user's request, who race for his one place */
    const struct history *history;
    ns_t from;
};
/* That of one gap. Its gate is open when a race could have shown: more were inside than places were
 * left, where its first statement is what decides; else two of them. */
struct gap_round gap_look_at(const struct trace *trace, const struct gap *gap,
                             const struct gap_edge *edge);

/* Of answers that were alone: is it their one connection that lets in one at a time, so that
 * nothing is known of the service? It is when there is no other, or when requests take turns on it
 * between the two statements. */
enum gap_state gap_refine(const struct trace *trace, const struct gap *gap, ns_t from,
                          enum gap_state state);

#endif
