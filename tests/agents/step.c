/* A wall clock that somebody sets: LD_PRELOAD=step.so STEP_FILE=FILE PROGRAM…
 * It is off by as many microseconds as the eight bytes of the file say. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static const volatile int64_t *step;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("STEP_FILE");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *bytes = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *step, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    step = bytes == MAP_FAILED ? NULL : bytes;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    if (syscall(SYS_gettimeofday, now, zone))
        return -1;
    int64_t us = now->tv_sec * INT64_C(1000000) + now->tv_usec + (step ? *step : 0);
    now->tv_sec = us / 1000000;
    now->tv_usec = us % 1000000;
    return 0;
}
