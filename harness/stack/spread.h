/* A new directory for a thousand files. Any thread. */
#ifndef STACK_SPREAD_H
#define STACK_SPREAD_H

/* mkdir(path, 0700), but away from where files were deleted just now. An ext4 without a journal
 * (virtual machines have it) gives no inode away that was deleted within the last minutes, and
 * looks at each of them again whenever a file is made, so that a data directory takes ten times as
 * long as the first when runs follow each other. Returns 0 or an errno value. */
int spread_mkdir(const char *path) __attribute__((warn_unused_result));

#endif
