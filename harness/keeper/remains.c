#include "keeper/remains.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define LOCK_NAME "keeper.lock"
#define KEPT      "kept\n"
/* A directory is made under this name and has its own once it is locked. */
#define UNFINISHED     ".new"
#define UNFINISHED_AGE 60 /* seconds; nobody needs so long for that */
#define KILL_ROUNDS    100

static void close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/* ---- making one ---- */

static int lock_make(const char *dir, bool keep)
{
    char path[4096 + sizeof LOCK_NAME];
    snprintf(path, sizeof path, "%s/" LOCK_NAME, dir);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* stays open */
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        return errno;
    return keep && write(fd, KEPT, strlen(KEPT)) < 0 ? errno : 0;
}

int remains_make(const char *dir, bool keep)
{
    char unfinished[4096];
    snprintf(unfinished, sizeof unfinished, "%s" UNFINISHED, dir);
    if (mkdir(unfinished, 0711) < 0)
        return errno;
    int why = lock_make(unfinished, keep);
    if (!why && rename(unfinished, dir) < 0)
        why = errno;
    if (why)
        remains_remove(unfinished);
    return why;
}

/* ---- Postgres' shared memory ---- */

/* The beginning of PGShmemHeader (storage/pg_shmem.h). dsm_control names a file of POSIX shared
 * memory, which initdb's servers use whatever the cluster is told later. */
struct shmem_header {
    int32_t magic;
    pid_t creator;
    size_t total, free_offset;
    uint32_t dsm_control;
};

/* That file (dsm.c): a list of others. What an item holds beside its handle differs with the
 * version, so its size follows from that of the file. */
struct dsm_control {
    uint32_t magic, used, room;
    uint32_t padding;
    unsigned char items[];
};

#define SHMEM_MAGIC 679834894
#define DSM_MAGIC   0x9a503d32U

static void dsm_unlink(uint32_t handle)
{
    char name[32];
    snprintf(name, sizeof name, "/PostgreSQL.%u", handle);
    shm_unlink(name);
}

static void dsm_unlink_listed(const struct dsm_control *control, size_t size)
{
    size_t room = size > sizeof *control ? size - sizeof *control : 0;
    size_t stride = control->magic == DSM_MAGIC && control->room ? room / control->room : 0;
    for (uint32_t i = 0; stride >= 8 && i < control->used && i < control->room; i++) {
        uint32_t item[2]; /* handle, references */
        memcpy(item, control->items + i * stride, sizeof item);
        if (item[1])
            dsm_unlink(item[0]);
    }
}

static void dsm_remove(uint32_t handle)
{
    char name[32];
    struct stat status;
    snprintf(name, sizeof name, "/PostgreSQL.%u", handle);
    _cleanup_close_ int fd = shm_open(name, O_RDONLY, 0);
    if (fd < 0 || fstat(fd, &status) < 0 || status.st_size < (off_t)sizeof(struct dsm_control))
        return;
    size_t size = (size_t)status.st_size;
    void *control = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (control == MAP_FAILED)
        return;
    dsm_unlink_listed(control, size);
    munmap(control, size);
    dsm_unlink(handle);
}

static void dynamic_segments_remove(int segment)
{
    struct shmem_header *header = shmat(segment, NULL, SHM_RDONLY);
    if (header == (void *)-1)
        return;
    uint32_t handle = header->magic == SHMEM_MAGIC ? header->dsm_control : 0;
    shmdt(header);
    if (handle)
        dsm_remove(handle);
}

/* Line 7 of postmaster.pid: key and identifier of the interlock segment. It is there only when the
 * server had no time to clean up, and may then be somebody else's by now: only one to which nobody
 * is attached goes. */
static void segment_remove(const char *dir)
{
    char path[4096], line[256];
    snprintf(path, sizeof path, "%s/postgres/data/postmaster.pid", dir);
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    unsigned long key;
    int segment;
    struct shmid_ds status;
    for (int number = 1; file && fgets(line, sizeof line, file); number++) {
        if (number != 7 || sscanf(line, "%lu %d", &key, &segment) != 2 ||
            shmctl(segment, IPC_STAT, &status) < 0 || status.shm_nattch > 0)
            continue;
        dynamic_segments_remove(segment);
        shmctl(segment, IPC_RMID, NULL);
    }
}

/* ---- removing the tree ---- */

/* By descriptors, so that nobody can lead out of the tree by a link meanwhile. Takes over fd. One
 * name may be spared. */
static void entries_remove(int fd, const char *spared)
{
    _cleanup_(close_dir) DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return;
    }
    for (struct dirent *item; (item = readdir(dir));) {
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 ||
            strcmp(item->d_name, spared) == 0)
            continue;
        int below = openat(dirfd(dir), item->d_name,
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (below >= 0)
            entries_remove(below, "");
        unlinkat(dirfd(dir), item->d_name, below >= 0 ? AT_REMOVEDIR : 0);
    }
}

/* The lock goes last, and under the name that a directory without one may have: whoever is killed
 * in the middle of this leaves something that the next run knows what to do with. */
void remains_remove(const char *dir)
{
    char last[4096];
    segment_remove(dir);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    entries_remove(fd, LOCK_NAME);
    snprintf(last, sizeof last, "%s" UNFINISHED, dir);
    const char *name = rename(dir, last) == 0 ? last : dir;
    fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        entries_remove(fd, "");
    rmdir(name);
}

/* ---- whoever is left ---- */

static bool carries(pid_t pid, const char *mark)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    _cleanup_free_ char *entry = NULL;
    size_t room = 0;
    while (file && getdelim(&entry, &room, '\0', file) > 0) {
        if (strcmp(entry, mark) == 0)
            return true;
    }
    return false;
}

static size_t kill_once(const char *mark)
{
    _cleanup_(close_dir) DIR *dir = opendir("/proc");
    size_t killed = 0;
    for (struct dirent *item; dir && (item = readdir(dir));) {
        pid_t pid = isdigit((unsigned char)item->d_name[0]) ? atoi(item->d_name) : 0;
        if (pid > 1 && pid != getpid() && carries(pid, mark))
            killed += kill(pid, SIGKILL) == 0;
    }
    return killed;
}

void remains_kill_marked(const char *mark)
{
    /* Again, until nobody is found: one may have forked meanwhile. */
    for (int i = 0; i < KILL_ROUNDS && kill_once(mark) > 0; i++)
        clock_sleep_until(clock_now() + 2 * NS_PER_MS);
}

void remains_kill(const char *dir)
{
    _cleanup_free_ char *mark = NULL;
    if (asprintf(&mark, REMAINS_MARK "=%s", dir) > 0)
        remains_kill_marked(mark);
}

/* ---- those of earlier runs ---- */

static bool is_name(const char *name, bool *ret_unfinished)
{
    if (strncmp(name, REMAINS_PREFIX, strlen(REMAINS_PREFIX)) != 0)
        return false;
    const char *end = name + strlen(REMAINS_PREFIX);
    size_t letters = strspn(end, "abcdefghijklmnopqrstuvwxyz234567");
    *ret_unfinished = strcmp(end + letters, UNFINISHED) == 0;
    return letters > 0 && (end[letters] == '\0' || *ret_unfinished);
}

/* Is the directory ours, and its keeper dead? On true *ret_lock holds the lock, so that two who
 * sweep at the same time do not meet; -1 when it never had one. */
static bool is_dead(int dir, bool unfinished, int *ret_lock)
{
    struct stat status;
    char text[sizeof KEPT] = "";
    if (fstat(dir, &status) < 0 || status.st_uid != geteuid())
        return false;
    bool old = clock_wall_ns() / NS_PER_S - status.st_ctim.tv_sec > UNFINISHED_AGE;
    if (unfinished && !old)
        return false;
    int lock = openat(dir, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool dead = lock < 0 ? unfinished && errno == ENOENT
                         : flock(lock, LOCK_EX | LOCK_NB) == 0 &&
                               read(lock, text, sizeof text - 1) >= 0 && strcmp(text, KEPT) != 0;
    if (!dead && lock >= 0)
        close(lock);
    *ret_lock = dead ? lock : -1;
    return dead;
}

size_t remains_sweep(const char *tmp)
{
    _cleanup_(close_dir) DIR *dir = opendir(tmp);
    size_t found = 0;
    for (struct dirent *item; dir && (item = readdir(dir));) {
        bool unfinished;
        int lock = -1;
        if (!is_name(item->d_name, &unfinished))
            continue;
        _cleanup_close_ int fd =
            openat(dirfd(dir), item->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || !is_dead(fd, unfinished, &lock))
            continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", tmp, item->d_name);
        remains_kill(path);
        remains_remove(path);
        found++;
        if (lock >= 0)
            close(lock);
    }
    return found;
}
