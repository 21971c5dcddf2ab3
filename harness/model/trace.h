/* The trace: what the service asked its stores, statement by statement, as rushproof-proxy saw it.
 * Kept of a statement are its shape, instants, integers, this run's users and its command tag; any
 * other value is a keyed hash, which says no more than "the same as" or "differs". Pure data;
 * written by the engine's thread, read-only afterwards. */
#ifndef MODEL_TRACE_H
#define MODEL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

#define TRACE_VALUES_MAX 4 /* kept of a statement, and of its answer */
#define TRACE_TEXT_MAX   244
#define TRACE_TAG_MAX    28
#define TRACE_STORES_MAX 96 /* each process has its own way to each store */
#define TRACE_SHAPES_MAX 256
#define TRACE_MAX        (1 << 21) /* statements; of more it says how many were left out */

/* In the order of the proxy's own. */
enum trace_value_kind {
    TRACE_NONE,    /* not seen */
    TRACE_NULL,    /* SQL NULL, a nil of Redis */
    TRACE_INTEGER, /* a number; whether it is a user, its place tells: verify/owners.h */
    TRACE_USER,    /* one of this run's users, by an id that is no number */
    TRACE_OTHER,   /* a keyed hash */
};

/* What a statement is to somebody who looks for races; in the order of the proxy's own. */
enum trace_what {
    TRACE_READ,
    TRACE_WRITE, /* or may write */
    TRACE_TXN,   /* begins, ends or guards a transaction */
    TRACE_HOUSEKEEPING,
    TRACE_BLOCKING,
    TRACE_SUBSCRIBE,
    TRACE_WHATS,
};

struct trace_shape {
    char text[TRACE_TEXT_MAX]; /* printable; "" when the number is not used */
    uint8_t what;              /* enum trace_what */
    bool late; /* known: who is told no never comes to it, so that it decides nothing */
};

struct trace_values {
    int64_t v[TRACE_VALUES_MAX];
    uint8_t kinds[TRACE_VALUES_MAX]; /* enum trace_value_kind */
    uint8_t count;                   /* how many there were; at most TRACE_VALUES_MAX are kept */
};

/* How it is known whose request a statement belongs to. */
enum owner_how {
    OWNER_NONE,    /* nobody's, or nobody can say */
    OWNER_GUESSED, /* by time and connection: a guess, and said to be one */
    OWNER_SHARED,  /* in one transaction with a statement that shows the user */
    OWNER_SEEN,    /* it shows the user's id, as a literal or a parameter */
};

#define TRACE_NOBODY UINT32_MAX

#define TRACE_INSIDE 1 /* of a transaction */
#define TRACE_FAILED 2 /* answered by an error */
#define TRACE_HELD   4 /* its answer was kept back */
#define TRACE_VOID   8 /* the store will not answer it, as one before it failed */

struct trace_statement {
    ns_t asked;    /* when the store was sent it */
    ns_t answered; /* when its whole answer was there; 0: never */
    ns_t let_go;   /* when the service was sent the answer: `answered`, later where it was held;
                      0: never */
    uint32_t connection; /* from 1, over all stores of the run */
    uint32_t number;     /* on its connection, from 1 */
    uint16_t shape;      /* index of trace.shapes */
    uint8_t store;       /* index of trace.stores */
    uint8_t what;        /* as it stands: a queued command of MULTI is TRACE_TXN */
    uint8_t flags;       /* TRACE_… */
    uint8_t how;         /* enum owner_how; verify/owners.h finds it */
    uint32_t request;    /* whose: index in the history; TRACE_NOBODY when how is OWNER_NONE */
    struct trace_values asks, answer;
    char tag[TRACE_TAG_MAX + 1]; /* of the answer, printable */
};

/* Answers that the gate had kept back and let go together. */
struct trace_group {
    ns_t at;
    uint32_t held;   /* whole answers, each on a connection of its own */
    uint32_t behind; /* further ones of the shape on the same connections: answered, or asked */
};

/* The process of ways to stores that a service takes which the run does not start. */
#define TRACE_OUTSIDE "service"

struct trace {
    char stores[TRACE_STORES_MAX][48]; /* "postgres", "redis at apply" */
    unsigned stores_count;
    struct trace_shape *shapes; /* owned; by the proxy's numbers */
    unsigned shapes_count;
    struct trace_statement *v; /* owned; by `asked` once trace_sort was called */
    size_t count, room;
    int64_t left_out; /* beyond TRACE_MAX */
    /* Of a run that was watched just now; not saved: */
    bool known;
    struct trace_door {
        char process[32];
        char store[16];
        int open; /* connections by this way when the trace was taken; 0: nobody can say */
    } * doors;    /* owned; by the places of stores: whose way it is, and where it leads */
    struct trace_group *groups; /* owned; in the order of time */
    size_t groups_count;
    char around[96]; /* what a store told that leads around the proxy; "": nothing was seen */
    char blind[96];  /* why some bytes passed unread; "": all were read */
};

/* An all-zero trace is an empty one. */
void trace_free(struct trace *trace);

/* Sets what a number of the catalogue stands for. */
int trace_shape_set(struct trace *trace, unsigned number, const char *text, enum trace_what what,
                    struct err *err) __attribute__((warn_unused_result));

/* The index of a store of that name, a new one when there is none. More than TRACE_STORES_MAX share
 * the last one. */
uint8_t trace_store(struct trace *trace, const char *name);

/* A shape that was not set yet gets an empty text. */
int trace_add(struct trace *trace, const struct trace_statement *statement, struct err *err)
    __attribute__((warn_unused_result));

/* By `asked`; those of one connection stay in their order. */
void trace_sort(struct trace *trace);

const char *owner_how_name(enum owner_how how); /* "seen"; "" for OWNER_NONE */

const char *trace_what_name(enum trace_what what); /* "read" */
int trace_what_find(const char *name);             /* -1: no such name */

/* How many rows the tag of its answer tells ("UPDATE 2", "INSERT 0 1"); -1: it tells none. */
int64_t trace_rows(const struct trace_statement *statement);

bool trace_values_equal(const struct trace_values *a, const struct trace_values *b);

#endif
