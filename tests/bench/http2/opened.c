/* When a server of files turns to a request: in LD_PRELOAD, each open of a path with /apply in it
 * leaves its instant (nanoseconds of CLOCK_MONOTONIC) in the file that OPENED names, behind their
 * number. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 16 };

static struct {
    atomic_uint_least64_t count;
    int64_t stamps[ROOM];
} * told;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("OPENED");
    int fd = path ? openat(AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    void *place =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    told = place == MAP_FAILED ? NULL : place;
}

static void note(const char *path)
{
    struct timespec now;
    if (!told || !strstr(path, "/apply"))
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t at = atomic_fetch_add(&told->count, 1);
    if (at < ROOM)
        told->stamps[at] = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    note(path);
    return openat(AT_FDCWD, path, flags, mode);
}
