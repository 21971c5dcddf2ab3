/* What the files of the race share; nobody else includes this. */
#ifndef VERIFY_RACE_INSIDE_H
#define VERIFY_RACE_INSIDE_H

#include "model/run.h"

/* A read, and the write of the same request that came next. */
struct pair {
    const struct trace_statement *read;
    uint32_t write, before; /* statements; RACE_NO_STATEMENT */
    unsigned between;       /* statements of the request between the two */
    bool named;             /* its user is named by a check that failed */
    bool refused;           /* its user was told no, and is named by nobody */
    uint32_t cluster;       /* of those who read alike: these were in flight together */
};

struct pairs {
    const struct trace *trace;
    struct pair *v;
    size_t count;
};

/* race_pairs.c: all reads of all requests; pairs->v has room for each statement of the trace. */
int race_pairs(const struct run *run, struct pairs *pairs, struct err *err);

/* What else the same requests read alike, so that nobody can tell which of the two decided. */
struct rival {
    const struct trace_statement *read; /* NULL: nothing */
};

/* race_said.c: race->value and race->said. late: those who were told no never came to that read. */
void race_say(const struct run *run, struct race *race, const struct rival *rival, bool late);
/* Of a run that failed, and whose statements show no race. */
void race_say_nothing(const struct run *run, struct race *race);

#endif
