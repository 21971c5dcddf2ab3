/* A directory tree in one file: complete or absent, and known to be whole by its length and its
 * digest. Holds plain files and directories, without owners and modes; it is read on the machine
 * that wrote it. Any thread, any number of processes. */
#ifndef STACK_SNAPSHOT_H
#define STACK_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Writes the tree below tree as the file name in the directory dir, in the place of one that is
 * there. The key says what it was made of. Whoever is killed in the middle leaves name.new, which
 * the next one writes over. Errors: ERR_ENVIRONMENT, nothing is changed; retriable when another
 * process writes it at this moment. */
int snapshot_save(const char *tree, const char *key, int dir, const char *name, struct err *err)
    __attribute__((warn_unused_result));

/* Makes the tree again below the directory tree, which must not be there; everything belongs to
 * uid and gid (UINT32_MAX: to us) and is closed to others. Contents share their blocks with the
 * snapshot where the file system can do that. Errors, after which nothing of it is left:
 * ERR_INVALID when it is not there (retriable), damaged, of another key or not ours alone;
 * ERR_ENVIRONMENT when the tree cannot be written. */
int snapshot_restore(int dir, const char *name, const char *key, const char *tree, uint32_t uid,
                     uint32_t gid, struct err *err) __attribute__((warn_unused_result));

/* Of a text or of anything else, as good as a file name needs. */
uint64_t snapshot_digest(const void *bytes, size_t length);

#endif
