/* Causes: which of several findings the headline is about. One failure brings others with it: a
 * process that crashed leaves users without rows, slots without users, a count that is too small.
 * Who reads one sentence shall read the first of them. Pure. */
#ifndef VERIFY_CAUSES_H
#define VERIFY_CAUSES_H

#include "model/run.h"

struct cause {
    const char *check; /* NULL: whatever is not in the table */
    /* When it stands at this place; NULL: always. */
    bool (*when)(const struct run *run, const struct finding *finding);
    const char *who;     /* what its witnesses are, in a headline about a wrong count; NULL */
    const char *limited; /* the same where a limiter has turned all of them away; NULL */
    const char *unknown; /* what goes before its message when it is unknown; NULL: its name */
    bool before_invalid; /* goes before "invalid run" */
    bool over_issue;     /* a check and an act that were not one step */
};

/* The rows of the table in order: a check stands before those that its failure can bring about. */
const struct cause *causes_table(size_t *ret_count);

/* The first that has a finding with the run's verdict, and that finding. NULL: none, as for a pass.
 */
const struct cause *causes_first(const struct run *run, const struct finding **ret_finding);

#endif
