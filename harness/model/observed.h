/* What `between: observe` tells of a run: each statement's shape with its figures, and how much of
 * the load was inside the stores at once. Made from the trace; kept in result.json. Pure. */
#ifndef MODEL_OBSERVED_H
#define MODEL_OBSERVED_H

#include "base/err.h"
#include "model/trace.h"

/* What stands between the processes and their stores, as scenarios say it. */
enum between {
    BETWEEN_OFF,
    BETWEEN_OBSERVE, /* a proxy that tells which statements passed, and how many at once */
};

/* Statements of one shape by one process. */
struct observed_shape {
    char process[32], store[16];
    char kind[16];
    char text[244];
    int64_t statements, failed, unanswered;
    int64_t connections; /* that carried it */
    int64_t at_once;     /* most of them inside the store at one time */
    ns_t p50, p99, max;  /* from sent on to answered; 0: never answered */
};

/* A process and a store, and whether it was used by this way. */
struct observed_door {
    char process[32], store[16];
    int64_t statements; /* those before the release as well */
};

struct observed {
    bool known;               /* somebody watched */
    struct observed_shape *v; /* owned; in the order of their first statements */
    unsigned count;
    struct observed_door *doors; /* owned */
    unsigned doors_count;
    int64_t statements;
    int64_t at_once;     /* most statements inside the stores at one time */
    int64_t connections; /* that carried a statement */
    int64_t held;        /* most answers kept back at a time */
    char around[96], blind[96];
};

/* From this trace; only statements asked at `from` or later count. Errors: ERR_MEMORY. */
int observed_make(const struct trace *trace, ns_t from, struct observed *ret_observed,
                  struct err *err) __attribute__((warn_unused_result));
void observed_free(struct observed *observed);

#endif
