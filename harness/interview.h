/* The interview of `rushproof init` on a terminal: questions, each answer looked at before the next
 * one is asked, and two real answers of the service looked at together. Main thread. */
#ifndef HARNESS_INTERVIEW_H
#define HARNESS_INTERVIEW_H

#include "base/opts.h"

enum { INTERVIEW_ARGUMENTS = 320 };

/* What was said so far, as arguments: argv's, and behind them those that the answers became. */
struct interview {
    const struct opts *opts;
    size_t settings_size; /* of the command's struct settings, which begins with a struct quick */
    const struct opt_list *allow_hosts; /* borrowed */
    char *arguments[INTERVIEW_ARGUMENTS];
    int count, given; /* the first `given` are borrowed */
};

/* At most INTERVIEW_ARGUMENTS / 2 arguments. */
int interview_open(struct interview *interview, int argc, char **argv, struct err *err);
void interview_close(struct interview *interview);

/* Into a struct settings, all zero. */
int interview_parse(const struct interview *interview, void *settings, struct err *err)
    __attribute__((warn_unused_result));

/* Asks for what the arguments do not say yet. Errors: ERR_USAGE (the questions were not answered),
 * ERR_MEMORY, ERR_INTERRUPTED. */
int interview_hold(struct interview *interview, struct err *err)
    __attribute__((warn_unused_result));

/* Without a terminal: sends the two requests, and takes what is not given from their answers. What
 * was seen is told on stderr. Errors also: ERR_ENVIRONMENT, there is no answer that says yes. */
int interview_learn(struct interview *interview, struct err *err)
    __attribute__((warn_unused_result));

#endif
