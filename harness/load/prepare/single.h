/* Single: one user's requests, those of `prepare` and then the rush's own, one after the other, and
 * what each was answered, for people to look at before anything is loaded.
 * @thread main */
#ifndef LOAD_SINGLE_H
#define LOAD_SINGLE_H

#include "base/err.h"
#include "model/dry_run.h"
#include "model/run.h"

struct single_settings {
    const struct scenario *scenario;
    const struct spec_request *steps; /* of `prepare`: references filled in; NULL: none is sent */
    const struct spec_request *rush;  /* likewise; NULL: the steps alone */
    const char *dir;                  /* where relative file names are looked up */
    const struct roster *roster;
    const struct items *items; /* NULL: none; the first one is asked for */
    int64_t user;
    const char *nobody;        /* sent in place of whatever tells who asks; NULL: nothing is */
    const volatile bool *stop; /* ends what is under way */
};

/* Does the request say by a placeholder who asks? */
bool single_names_user(const struct spec_request *request);

/* Appends to the dry run's answers; the rush's request also becomes the one record of run->history,
 * which has room for it, and its answer the one kind of run->answers. An answer that is missing or
 * not as expected is told there, and ends it: no error. Errors: ERR_USAGE, ERR_MEMORY. */
int single_run(const struct single_settings *settings, struct run *run, struct dry_run *dry,
               struct err *err) __attribute__((warn_unused_result));

#endif
