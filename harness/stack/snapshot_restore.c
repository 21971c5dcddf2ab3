/* Making the tree of a snapshot again. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "stack/snapshot.h"
#include "stack/snapshot_file.h"
#include "stack/spread.h"

#define LISTS_MAX (64 << 20)

struct restoring {
    int file, tree;
    const char *name; /* of the snapshot */
    uint32_t uid, gid;
    struct snapshot_head head;
    char *lists; /* key, items, names; owned */
    const struct snapshot_item *items;
    const char *names;
    struct digest digest;
    bool clones; /* the file system may be able to share blocks */
    char *chunk; /* owned */
};

static int damaged(const struct restoring *restoring, const char *how, struct err *err)
{
    return err_set(err, ERR_INVALID, "%s %s", restoring->name, how);
}

static int open_file(struct restoring *restoring, int dir, struct err *err)
{
    struct stat status;
    restoring->file = openat(dir, restoring->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (restoring->file < 0) {
        bool absent = errno == ENOENT;
        err_errno(err, ERR_INVALID, errno, "cannot read %s", restoring->name);
        if (err)
            err->retriable = absent;
        return -(int)ERR_INVALID;
    }
    if (fstat(restoring->file, &status) < 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != geteuid() || status.st_mode & (S_IWGRP | S_IWOTH))
        return damaged(restoring, "is not ours alone", err);
    struct snapshot_head *head = &restoring->head;
    if (!bytes_read(restoring->file, head, sizeof *head, 0) ||
        memcmp(head->magic, SNAPSHOT_MAGIC, sizeof head->magic) != 0)
        return damaged(restoring, "is no snapshot", err);
    if (head->length != (uint64_t)status.st_size)
        return damaged(restoring, "has another length than it was written with", err);
    return 0;
}

static bool lists_fit(const struct snapshot_head *head)
{
    return head->key_length < LISTS_MAX && head->items < LISTS_MAX / sizeof(struct snapshot_item) &&
           head->names_length < LISTS_MAX;
}

/* The lists are checked before they are believed: each name ends, and none leads out of the tree.
 */
static bool lists_hold(const struct restoring *restoring)
{
    const struct snapshot_head *head = &restoring->head;
    const char *names = restoring->names;
    if (head->names_length == 0 || names[head->names_length - 1])
        return false;
    for (uint64_t i = 0; i < head->items; i++) {
        const struct snapshot_item *item = &restoring->items[i];
        if (item->name >= head->names_length || item->offset > head->length ||
            item->size > head->length - item->offset)
            return false;
        const char *name = names + item->name;
        if (!name[0] || name[0] == '/' || strncmp(name, "../", 3) == 0 || strstr(name, "/../"))
            return false;
    }
    return true;
}

static int read_lists(struct restoring *restoring, const char *key, struct err *err)
{
    const struct snapshot_head *head = &restoring->head;
    if (!lists_fit(head))
        return damaged(restoring, "is damaged", err);
    size_t items_length = head->items * sizeof(struct snapshot_item);
    size_t length = head->key_length + items_length + head->names_length;
    restoring->lists = malloc(length + items_length + 1);
    if (!restoring->lists)
        return err_set(err, ERR_MEMORY, "out of memory");
    /* The items once more at the front, where they are aligned. */
    char *bytes = restoring->lists + items_length;
    if (!bytes_read(restoring->file, bytes, length, sizeof *head))
        return damaged(restoring, "is damaged", err);
    memcpy(restoring->lists, bytes + head->key_length, items_length);
    restoring->items = (const void *)restoring->lists;
    restoring->names = bytes + head->key_length + items_length;
    digest_init(&restoring->digest);
    digest_add(&restoring->digest, &head->length, SNAPSHOT_HEAD_COVERED);
    digest_add(&restoring->digest, bytes, head->key_length);
    digest_add(&restoring->digest, restoring->items, items_length);
    digest_add(&restoring->digest, restoring->names, head->names_length);
    if (head->key_length != strlen(key) || memcmp(bytes, key, head->key_length) != 0)
        return damaged(restoring, "was made of something else", err);
    return lists_hold(restoring) ? 0 : damaged(restoring, "is damaged", err);
}

static int cannot_write(const char *name, struct err *err)
{
    return err_errno(err, ERR_ENVIRONMENT, errno, "cannot write %s", name);
}

/* Shares the blocks; the last one is filled up in the snapshot, and cut off again here. */
static bool clone_contents(struct restoring *restoring, const struct snapshot_item *item, int fd)
{
    uint64_t whole = (item->size + SNAPSHOT_ALIGN - 1) / SNAPSHOT_ALIGN * SNAPSHOT_ALIGN;
    struct file_clone_range range = {
        .src_fd = restoring->file, .src_offset = item->offset, .src_length = whole};
    if (!restoring->clones)
        return false;
    restoring->clones =
        ioctl(fd, FICLONERANGE, &range) == 0 && ftruncate(fd, (off_t)item->size) == 0;
    return restoring->clones;
}

static int copy_contents(struct restoring *restoring, const struct snapshot_item *item, int fd,
                         struct err *err)
{
    bool shared = item->size > 0 && clone_contents(restoring, item, fd);
    for (uint64_t at = 0; at < item->size;) {
        uint64_t left = item->size - at;
        size_t length = left < SNAPSHOT_CHUNK ? (size_t)left : SNAPSHOT_CHUNK;
        if (!bytes_read(restoring->file, restoring->chunk, length, (off_t)(item->offset + at)))
            return damaged(restoring, "is damaged", err);
        digest_add(&restoring->digest, restoring->chunk, length);
        if (!shared && !bytes_write(fd, restoring->chunk, length, (off_t)at))
            return cannot_write(restoring->names + item->name, err);
        at += length;
    }
    return 0;
}

static bool belongs(const struct restoring *restoring, int fd)
{
    return restoring->uid == UINT32_MAX || fchown(fd, restoring->uid, restoring->gid) == 0;
}

static int make_item(struct restoring *restoring, const struct snapshot_item *item, struct err *err)
{
    const char *name = restoring->names + item->name;
    if (item->is_dir && mkdirat(restoring->tree, name, 0700) < 0)
        return cannot_write(name, err);
    int flags = item->is_dir ? O_RDONLY | O_DIRECTORY : O_WRONLY | O_CREAT | O_EXCL;
    _cleanup_close_ int fd = openat(restoring->tree, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || !belongs(restoring, fd))
        return cannot_write(name, err);
    return item->is_dir ? 0 : copy_contents(restoring, item, fd, err);
}

static int make_tree(struct restoring *restoring, const char *tree, struct err *err)
{
    restoring->tree = open(tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (restoring->tree < 0 || !belongs(restoring, restoring->tree))
        return cannot_write(tree, err);
    int result = 0;
    for (uint64_t i = 0; result == 0 && i < restoring->head.items; i++)
        result = make_item(restoring, &restoring->items[i], err);
    if (result == 0 && digest_end(&restoring->digest) != restoring->head.digest)
        result = damaged(restoring, "is damaged", err);
    return result;
}

static void remove_tree(const char *tree)
{
    char *const roots[] = {(char *)(uintptr_t)tree, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *entry; walk && (entry = fts_read(walk));) {
        if (entry->fts_info != FTS_D)
            remove(entry->fts_path);
    }
    if (walk)
        fts_close(walk);
}

int snapshot_restore(int dir, const char *name, const char *key, const char *tree, uint32_t uid,
                     uint32_t gid, struct err *err)
{
    struct restoring restoring = {
        .file = -1, .tree = -1, .name = name, .uid = uid, .gid = gid, .clones = true};
    restoring.chunk = malloc(SNAPSHOT_CHUNK);
    int result = restoring.chunk ? open_file(&restoring, dir, err)
                                 : err_set(err, ERR_MEMORY, "out of memory");
    if (result == 0)
        result = read_lists(&restoring, key, err);
    if (result == 0 && (errno = spread_mkdir(tree)))
        result = cannot_write(tree, err);
    else if (result == 0 && (result = make_tree(&restoring, tree, err)))
        remove_tree(tree);
    if (restoring.file >= 0)
        close(restoring.file);
    if (restoring.tree >= 0)
        close(restoring.tree);
    free(restoring.lists);
    free(restoring.chunk);
    return result;
}
