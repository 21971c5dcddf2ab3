#include "explore/outcome.h"

#include <string.h>

/* "UPDATE 0", "INSERT 0 0", "SELECT 0", "OK 0"; MySQL tags no rows at all. */
static bool counts_none(const char *tag)
{
    const char *rows = strrchr(tag, ' ');
    return !*tag || (rows && !strcmp(rows, " 0"));
}

enum outcome outcome_of(const struct trace_statement *statement)
{
    const struct trace_values *answer = &statement->answer;
    if (statement->flags & TRACE_FAILED)
        return OUTCOME_ERROR;
    bool none = answer->count ? answer->kinds[0] == TRACE_NULL ||
                                    (answer->kinds[0] == TRACE_INTEGER && !answer->v[0])
                              : counts_none(statement->tag);
    return none ? OUTCOME_NONE : OUTCOME_SOME;
}
