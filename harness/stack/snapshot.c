/* Writing a snapshot. */
#include "stack/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "stack/snapshot_file.h"

#define NAMES_MAX (16 << 20)
#define NAME_SIZE 256

struct writing {
    const char *tree;
    int fd;
    struct buf items, names;
    struct digest digest;
    uint64_t end; /* where the next contents go */
};

static uint64_t aligned(uint64_t offset)
{
    return (offset + SNAPSHOT_ALIGN - 1) / SNAPSHOT_ALIGN * SNAPSHOT_ALIGN;
}

static void cleanup_fts(FTS **walk)
{
    if (*walk)
        fts_close(*walk);
}

static int note(struct writing *writing, const FTSENT *entry, struct err *err)
{
    const char *path = entry->fts_path + strlen(writing->tree);
    bool dir = entry->fts_info == FTS_D;
    if (!dir && entry->fts_info != FTS_F)
        return err_errno(err, ERR_ENVIRONMENT, entry->fts_errno ? entry->fts_errno : EINVAL,
                         "%s is neither a file nor a directory", entry->fts_path);
    const struct snapshot_item item = {.name = (uint32_t)writing->names.used,
                                       .size = dir ? 0 : (uint64_t)entry->fts_statp->st_size,
                                       .is_dir = dir};
    path += path[0] == '/';
    if (buf_add(&writing->items, &item, sizeof item) ||
        buf_add(&writing->names, path, strlen(path) + 1))
        return err_set(err, ERR_MEMORY, "%s has too many files", writing->tree);
    return 0;
}

/* Directories come before what is in them. */
static int list(struct writing *writing, struct err *err)
{
    char *const roots[] = {(char *)(uintptr_t)writing->tree, NULL};
    _cleanup_(cleanup_fts) FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!walk)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot read %s", writing->tree);
    int result = 0;
    errno = 0;
    for (FTSENT *entry; result == 0 && (entry = fts_read(walk));) {
        if (entry->fts_info != FTS_DP && entry->fts_level > 0)
            result = note(writing, entry, err);
        errno = 0;
    }
    if (result == 0 && errno)
        result = err_errno(err, ERR_ENVIRONMENT, errno, "cannot read %s", writing->tree);
    return result;
}

static int add_contents(struct writing *writing, const struct snapshot_item *item, char *chunk,
                        struct err *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", writing->tree, buf_text(&writing->names) + item->name);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot read %s", path);
    for (uint64_t at = 0; at < item->size;) {
        uint64_t left = item->size - at;
        size_t length = left < SNAPSHOT_CHUNK ? (size_t)left : SNAPSHOT_CHUNK;
        if (!bytes_read(fd, chunk, length, (off_t)at))
            return err_errno(err, ERR_ENVIRONMENT, errno ? errno : EIO, "cannot read %s", path);
        if (!bytes_write(writing->fd, chunk, length, (off_t)(item->offset + at)))
            return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write a snapshot");
        digest_add(&writing->digest, chunk, length);
        at += length;
    }
    return 0;
}

/* Head and lists, once it is known where the contents go. */
static int add_lists(struct writing *writing, const char *key, struct snapshot_head *head,
                     struct err *err)
{
    struct snapshot_item *items = (void *)writing->items.data;
    uint64_t at = sizeof *head, end;
    *head = (struct snapshot_head){.magic = SNAPSHOT_MAGIC,
                                   .key_length = strlen(key),
                                   .items = writing->items.used / sizeof *items,
                                   .names_length = writing->names.used};
    end = at + head->key_length + writing->items.used + writing->names.used;
    for (uint64_t i = 0; i < head->items; i++) {
        items[i].offset = aligned(end);
        end = items[i].is_dir ? end : items[i].offset + items[i].size;
    }
    head->length = aligned(end);
    const struct {
        const void *bytes;
        size_t length;
    } parts[] = {{key, head->key_length},
                 {items, writing->items.used},
                 {writing->names.data, writing->names.used}};
    digest_init(&writing->digest);
    digest_add(&writing->digest, &head->length, SNAPSHOT_HEAD_COVERED);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; at += parts[i++].length) {
        digest_add(&writing->digest, parts[i].bytes, parts[i].length);
        if (!bytes_write(writing->fd, parts[i].bytes, parts[i].length, (off_t)at))
            return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write a snapshot");
    }
    return 0;
}

/* The head comes last: what has none is no snapshot. */
static int write_tree(struct writing *writing, const char *key, struct err *err)
{
    struct snapshot_head head;
    _cleanup_free_ char *chunk = malloc(SNAPSHOT_CHUNK);
    int result = chunk ? list(writing, err) : err_set(err, ERR_MEMORY, "out of memory");
    if (result == 0)
        result = add_lists(writing, key, &head, err);
    const struct snapshot_item *items = (const void *)writing->items.data;
    for (uint64_t i = 0; result == 0 && i < head.items; i++) {
        if (!items[i].is_dir)
            result = add_contents(writing, &items[i], chunk, err);
    }
    if (result)
        return result;
    head.digest = digest_end(&writing->digest);
    if (ftruncate(writing->fd, (off_t)head.length) < 0 ||
        !bytes_write(writing->fd, &head, sizeof head, 0))
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write a snapshot");
    return 0;
}

/* The file under its name for the time being, locked. The lock may have been somebody else's until
 * now, who then has given the file its final name: it is his. */
static int open_new(int dir, const char *name, int *ret_fd, struct err *err)
{
    struct stat ours, there;
    _cleanup_close_ int fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot make %s", name);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &ours) < 0 ||
        fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) < 0 || ours.st_ino != there.st_ino ||
        ours.st_uid != geteuid() || ftruncate(fd, 0) < 0) {
        err_set(err, ERR_ENVIRONMENT, "somebody else writes %s", name);
        if (err)
            err->retriable = true;
        return -(int)ERR_ENVIRONMENT;
    }
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int snapshot_save(const char *tree, const char *key, int dir, const char *name, struct err *err)
{
    char unfinished[NAME_SIZE];
    snprintf(unfinished, sizeof unfinished, "%s.new", name);
    struct writing writing = {.tree = tree, .fd = -1};
    int result = open_new(dir, unfinished, &writing.fd, err);
    if (result)
        return result;
    buf_init(&writing.items, NAMES_MAX);
    buf_init(&writing.names, NAMES_MAX);
    result = write_tree(&writing, key, err);
    if (result == 0 && renameat(dir, unfinished, dir, name) < 0)
        result = err_errno(err, ERR_ENVIRONMENT, errno, "cannot name %s", name);
    if (result)
        unlinkat(dir, unfinished, 0);
    close(writing.fd);
    buf_free(&writing.items);
    buf_free(&writing.names);
    return result;
}
