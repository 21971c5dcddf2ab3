/* The steps of requests: statements that read or write what is sold, each shape of a way to a store
 * once. What a trace of single requests does not know was never held. Pure. */
#ifndef EXPLORE_STEPS_H
#define EXPLORE_STEPS_H

#include "explore/gap.h"

struct step {
    char process[32], store[16]; /* of an instance: without its number */
    char text[TRACE_TEXT_MAX];
    int64_t statements;
    bool usual_yes, usual_no; /* on the way of most requests that won; that were told no */
};

struct steps {
    struct step v[TRACE_SHAPES_MAX];
    unsigned count;
};

/* Of what was asked at `from` or later. */
void steps_list(const struct trace *trace, ns_t from, struct steps *ret_steps);

/* Of requests that were sent one at a time, which tells what is usual. */
void steps_of_requests(const struct trace *trace, const struct history *history,
                       struct steps *ret_steps);

/* Is the gap's first statement on the way of one of the two alone? Then it is decided before. */
void steps_mark_gaps(const struct steps *single, const struct trace *trace, struct gaps *gaps);

/* Marks the shapes that are on the way of those alone who win, where some do not: by then it is
 * decided. */
void steps_mark_late(const struct steps *single, struct trace *trace);

/* What is in `seen` and is neither usual among the single requests nor part of a gap between them.
 * `seen` may be `single` itself. ret_unheld: added to; what it has already is not added again. */
void steps_unheld(const struct steps *seen, const struct steps *single, const struct gaps *gaps,
                  const struct trace *trace, struct steps *ret_unheld);

#endif
