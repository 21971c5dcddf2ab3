/* What a command was given to work on: a scenario by name or file, rushproof.yaml of the working
 * directory, or one service by flags. Main thread. */
#ifndef HARNESS_GIVEN_H
#define HARNESS_GIVEN_H

#include <limits.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/opts.h"
#include "model/spec.h"
#include "scenario/quick.h"

struct given {
    struct scenario *scenario;
    char name[PATH_MAX]; /* as it was given */
    char path[PATH_MAX]; /* of its file; both "": by flags */
    char dir[PATH_MAX];  /* what its relative names are relative to */
};

/* name NULL: by the flags. sets: as --set spells them. Errors: ERR_USAGE, ERR_ENVIRONMENT,
 * ERR_MEMORY. given_free takes a zeroed one. */
int given_load(const char *name, const struct quick *quick, const char *const *sets,
               size_t sets_count, struct given *ret_given, struct err *err)
    __attribute__((warn_unused_result));
void given_free(struct given *given);

/* Are the flags a scenario, so far as they go? What ${NAME} will be is for the run to know. Errors:
 * as above. */
int given_check(const struct quick *quick, struct err *err) __attribute__((warn_unused_result));
/* The same of a request that does not hold the user yet. */
int given_check_beginning(const struct quick *quick, struct err *err)
    __attribute__((warn_unused_result));

/* The scenario as it was written, --set not applied. Errors: ERR_USAGE, ERR_MEMORY. */
int given_text(const struct given *given, const struct quick *quick, struct buf *ret_text,
               struct err *err) __attribute__((warn_unused_result));

/* rushproof.yaml when the working directory has one; NULL: it has none. */
const char *given_default(void);

/* Puts the rows of a service's flags between a command's own ones and its last, --help. Returns how
 * many there are; ret_rows has room. */
size_t given_options(const struct opt *own, size_t own_count, struct opt *ret_rows);

#endif
