/* Requests to the mock cluster are queued for its thread, which is woken by a byte in a pipe. In
 * each round librdkafka serves the queue first and empties the pipe then, so the byte of a request
 * that came in between is thrown away with the others, and the thread sleeps for up to a second on
 * a queue that is not empty. This module replaces read and poll for the whole program: a thread
 * that has just emptied a pipe looks once more before it sleeps. */
#include <poll.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local bool emptied;

/* The main thread reads and polls on its own account. */
static bool is_librdkafkas(void)
{
    return syscall(SYS_gettid) != getpid();
}

ssize_t read(int fd, void *bytes, size_t room)
{
    ssize_t got = syscall(SYS_read, fd, bytes, room);
    emptied = emptied || (got > 0 && is_librdkafkas());
    return got;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    struct timespec span = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};
    if (emptied)
        span = (struct timespec){0};
    bool forever = timeout < 0 && !emptied;
    emptied = false;
    return ppoll(fds, count, forever ? NULL : &span, NULL);
}
