/* A race, explained: which requests read which value by which statement, and what they wrote then.
 * Pure data; verify/race.h finds it in the trace of a run. */
#ifndef MODEL_RACE_H
#define MODEL_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define RACE_NO_STATEMENT UINT32_MAX

/* A request that read the value. */
struct race_part {
    uint32_t request;     /* index in the history; TRACE_NOBODY: nobody can say whose */
    uint32_t read, write; /* statements of the trace; RACE_NO_STATEMENT: it wrote nothing then */
    bool guessed;         /* that both are this request's */
};

struct race {
    bool found;
    bool guessed;         /* of some part */
    bool stale;           /* each of them wrote before the next one read: no two were inside */
    struct race_part *v;  /* owned; by when they read */
    size_t count;         /* readers */
    size_t writers;       /* of them, those that wrote then; the first parts */
    size_t held;          /* answers that were kept back on purpose */
    uint16_t read, write; /* shapes; write: UINT16_MAX when they wrote before they read */
    uint16_t before;      /* shape that they wrote before, then */
    char value[128];      /* "`99`", "no row" */
    char said[2][768];    /* in words; "" when there is nothing to say */
};

void race_free(struct race *race); /* an all-zero struct is fine */

#endif
