/* A monotonic clock that is off: LD_PRELOAD=skew.so SKEW_NS=5000000000 SKEW_PPM=200 PROGRAM…
 * It is ahead by so much, and gains so many parts in a million. SENT_TO=FILE: each path that
 * PROGRAM posts to is kept there with the time from its last look at the clock, which is its stamp,
 * until just behind the send. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define S INT64_C(1000000000)

static int64_t number(const char *name)
{
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : 0;
}

static int64_t skew, ppm;
static int kept = -1;
static __thread int64_t looked;

__attribute__((constructor)) static void begin(void)
{
    skew = number("SKEW_NS");
    ppm = number("SKEW_PPM");
    if (getenv("SENT_TO"))
        kept = open(getenv("SENT_TO"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
    if (syscall(SYS_clock_gettime, clock, ts))
        return -1;
    if (clock != CLOCK_MONOTONIC)
        return 0;
    int64_t now = ts->tv_sec * S + ts->tv_nsec;
    now += skew + now / 1000000 * ppm;
    looked = now;
    ts->tv_sec = now / S;
    ts->tv_nsec = now % S;
    return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
    struct timespec ts = *until;
    if (clock == CLOCK_MONOTONIC && flags & TIMER_ABSTIME) {
        int64_t at = until->tv_sec * S + until->tv_nsec - skew;
        at -= at / (1000000 + ppm) * ppm;
        if (at < 0)
            return 0;
        ts.tv_sec = at / S;
        ts.tv_nsec = at % S;
    }
    return syscall(SYS_clock_nanosleep, clock, flags, &ts, left) ? errno : 0;
}

static int64_t stamp(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * S + ts.tv_nsec;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    int64_t before = looked;
    ssize_t sent = syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
    int64_t took = stamp() - before;
    char line[256];
    if (kept < 0 || sent < 5 || memcmp(bytes, "POST ", 5) != 0)
        return sent;
    int size = snprintf(line, sizeof line, "%lld %.*s\n", (long long)took,
                        (int)strcspn((const char *)bytes + 5, " "), (const char *)bytes + 5);
    (void)!write(kept, line, (size_t)size);
    return sent;
}
