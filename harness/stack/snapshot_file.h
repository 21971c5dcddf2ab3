/* What snapshot.c and snapshot_restore.c know of the file; nobody else includes this.
 *
 *   head | key | items | names | contents, each at a multiple of SNAPSHOT_ALIGN
 *
 * The digest is of everything behind it but the gaps. */
#ifndef STACK_SNAPSHOT_FILE_H
#define STACK_SNAPSHOT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SNAPSHOT_MAGIC "rushproof tree 1"
#define SNAPSHOT_ALIGN 4096 /* what file systems want of blocks that are shared */
#define SNAPSHOT_CHUNK (256 * 1024)

struct snapshot_head {
    char magic[16];
    uint64_t digest;
    uint64_t length; /* of the file */
    uint64_t key_length, items, names_length;
};

/* The digest begins with this many bytes of the head, from the length on. */
#define SNAPSHOT_HEAD_COVERED                                                                      \
    (sizeof(struct snapshot_head) - offsetof(struct snapshot_head, length))

struct snapshot_item {
    uint64_t offset, size; /* of the contents in the file; a directory has neither */
    uint32_t name;         /* where its path begins among the names; ends with NUL */
    uint32_t is_dir;
};

/* Four sums side by side, so that the processor need not wait for each. It finds damage, and
 * keeps no secret. */
struct digest {
    uint64_t lane[4];
};

void digest_init(struct digest *digest);
/* A length that is no multiple of 32 is filled up by zeros. */
void digest_add(struct digest *digest, const void *bytes, size_t length);
uint64_t digest_end(const struct digest *digest);

/* Everything or nothing; false with errno set. */
bool bytes_write(int fd, const void *bytes, size_t length, off_t offset);
/* False as well at the end of the file, with errno 0. */
bool bytes_read(int fd, void *bytes, size_t length, off_t offset);

#endif
