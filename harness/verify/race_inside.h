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
};

struct pairs {
    const struct trace *trace;
    struct pair *v;
    size_t count;
};

/* race_pairs.c: all reads of all requests; pairs->v has room for each statement of the trace. */
int race_pairs(const struct run *run, struct pairs *pairs, struct err *err);

/* race_said.c: race->value and race->said. */
void race_say(const struct run *run, struct race *race);

#endif
