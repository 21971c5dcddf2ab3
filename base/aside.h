/* A file written beside its final place and renamed over it when it is whole: a reader sees the old
 * file or the new one, never half of one. Secrets are masked on the way (mask_stream.h). The file
 * beside has a name that nobody can foresee and is always new: no link is followed. One thread a
 * file.
 *
 *     _cleanup_(aside_drop) struct aside aside = {0};
 *     rc = aside_open(&aside, dir, "junit.xml", err);
 *     …                                               writes to aside.file
 *     rc = aside_commit(&aside, err);
 */
#ifndef BASE_ASIDE_H
#define BASE_ASIDE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

struct aside {
    FILE *file;          /* where to write; NULL when nothing is open */
    FILE *under;         /* what file ends in; private */
    char path[PATH_MAX]; /* where it will be */
    char temp[PATH_MAX]; /* where it is so far: path with ".<random>.part" */
};

/* dir may be NULL: name is then a whole path. Errors: ERR_ENVIRONMENT. */
int aside_open(struct aside *aside, const char *dir, const char *name, struct err *err)
    __attribute__((warn_unused_result));

/* Flushes, syncs, closes and renames. Any write error of before is told here, and the file is then
 * gone. */
int aside_commit(struct aside *aside, struct err *err) __attribute__((warn_unused_result));

/* Forgets the file unless it was committed; an all-zero struct is fine. */
void aside_drop(struct aside *aside);

#endif
