#include "explore/outcome.h"

enum outcome outcome_of(const struct trace_statement *statement)
{
    const struct trace_values *answer = &statement->answer;
    if (statement->flags & TRACE_FAILED)
        return OUTCOME_ERROR;
    /* MySQL tags no rows at all. */
    bool none = answer->count ? answer->kinds[0] == TRACE_NULL ||
                                    (answer->kinds[0] == TRACE_INTEGER && !answer->v[0])
                              : !*statement->tag || trace_rows(statement) == 0;
    return none ? OUTCOME_NONE : OUTCOME_SOME;
}
