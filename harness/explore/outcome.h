/* What a store said to a statement, as far as it tells where a request goes on. Pure. */
#ifndef EXPLORE_OUTCOME_H
#define EXPLORE_OUTCOME_H

#include "model/trace.h"

/* Bits: gap.leads is several of them. */
enum outcome {
    OUTCOME_ERROR = 1,
    OUTCOME_NONE = 2, /* no row ("UPDATE 0"), nil, zero: so is told who comes too late */
    OUTCOME_SOME = 4,
};

enum outcome outcome_of(const struct trace_statement *statement);

#endif
