/* A proposal: what a yes and a no look like, learnt from real answers of a service that runs. Each
 * call sends one request. Main thread. */
#ifndef HARNESS_PROPOSAL_H
#define HARNESS_PROPOSAL_H

#include "base/opts.h"
#include "model/answers.h"
#include "model/dry_run.h"
#include "model/history.h"
#include "scenario/quick.h"

/* An answer as it is shown, and as rules see it. */
struct proposal_answer {
    struct dry_answer shown;
    struct answer_kind kind; /* .rule: "" when it is no decision */
    char user[ROSTER_TEXT];  /* as whom it was asked */
    bool nobody;             /* that is no user */
};

/* Sends what the flags describe, whatever rules they have: as the first user, or (nobody) as
 * somebody who is no user, which the request must then tell by a placeholder. No answer at all is
 * told in shown.trouble. Errors: ERR_USAGE (flags, a host that is not allowed), ERR_MEMORY. */
int proposal_ask(const struct quick *quick, bool nobody, const struct opt_list *allow_hosts,
                 struct proposal_answer *ret_answer, struct err *err)
    __attribute__((warn_unused_result));

/* Is there a user in the request that can be replaced by nobody? */
bool proposal_names_user(const struct quick *quick);

/* "POST http://127.0.0.1:8080/apply: 202 in 3.1 ms: {"result":"accepted"}", cut. */
#define PROPOSAL_LINE 1024
const char *proposal_describe(const struct proposal_answer *answer, char *ret_text, size_t size);

/* What one would take it for: accepted, rejected (also by its words, "already" and the like), or
 * limited. before: NULL, or the first answer to the same user. */
enum request_class proposal_class(const struct proposal_answer *answer,
                                  const struct proposal_answer *before);

/* What is wrong with the request, and what to do; NULL: nothing. */
const char *proposal_trouble(const struct proposal_answer *answer);

#endif
