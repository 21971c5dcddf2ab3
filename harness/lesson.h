/* A lesson: what a yes, a no and a limiter's answer look like, learnt from two real answers to one
 * user. Each request and its answer are told on stderr. Main thread. */
#ifndef HARNESS_LESSON_H
#define HARNESS_LESSON_H

#include "proposal.h"

#define LESSON_RULE 256

/* Rules; "": nothing was learnt of it. */
struct lesson {
    char accepted[LESSON_RULE], rejected[LESSON_RULE], limited[LESSON_RULE];
};

/* One request, told with what came. Errors: as proposal_ask. */
int lesson_try(const struct quick *quick, bool nobody, const struct opt_list *allow_hosts,
               struct proposal_answer *ret_answer, struct err *err)
    __attribute__((warn_unused_result));

/* Asks as the first user, and as the same one again: most services say no to that. person: there is
 * somebody who may know better what an answer means. Errors: as lesson_try. */
int lesson_take(const struct quick *quick, bool person, const struct opt_list *allow_hosts,
                struct lesson *ret_lesson, struct err *err) __attribute__((warn_unused_result));

#endif
