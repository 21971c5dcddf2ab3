/* What a run leaves behind when it is killed, and how the next one knows that it is nobody's any
 * more. A private directory is locked for as long as its keeper lives (flock(2): the kernel lets go
 * of it, however the keeper ends), and every program of the run carries the directory's name in its
 * environment. Any thread. */
#ifndef KEEPER_REMAINS_H
#define KEEPER_REMAINS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define REMAINS_PREFIX "rushproof-"
#define REMAINS_MARK   "RUSHPROOF_PRIVATE" /* the environment variable */

/* Makes the directory, locked until this process ends; others may pass through it, as the user that
 * Postgres runs as must, but not list it. keep: it is to be left behind. Returns 0 or an errno
 * value.
 */
int remains_make(const char *dir, bool keep) __attribute__((warn_unused_result));

/* Removes the directory with all that is in it, and the shared memory of a Postgres cluster that
 * was killed in <dir>/postgres/data. Links are not followed. */
void remains_remove(const char *dir);

/* Kills whoever carries the directory's name, except the caller. */
void remains_kill(const char *dir);

/* Kills whoever has this entry, NAME=value, in the environment that it was started with, and waits
 * until nobody is found. */
void remains_kill_marked(const char *mark);

/* Does both for each directory of this user below tmp whose keeper is dead, unless it was to be
 * kept. Returns how many there were. */
size_t remains_sweep(const char *tmp);

#endif
