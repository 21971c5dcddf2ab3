#include "load/net/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAIR_BUFFER = 1 << 20 }; /* a whole request must fit: libcurl would otherwise wait */

struct capture {
    int inner, outer; /* libcurl writes to inner, we read from outer */
    int fd;           /* the number that stands for inner now; -1 none */
    int real;         /* the connection meanwhile */
    char *bytes;      /* mapped; touched only as far as used */
    size_t used, room;
};

static int open_pair(struct capture *capture)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair))
        return -1;
    capture->inner = pair[0];
    capture->outer = pair[1];
    setsockopt(capture->inner, SOL_SOCKET, SO_SNDBUF, &(int){PAIR_BUFFER}, sizeof(int));
    return 0;
}

int capture_new(size_t bytes_max, struct capture **ret_capture, struct err *err)
{
    struct capture *capture = calloc(1, sizeof *capture);
    if (!capture)
        return err_set(err, ERR_MEMORY, "out of memory");
    *capture = (struct capture){.inner = -1, .outer = -1, .fd = -1, .real = -1};
    capture->bytes = mmap(NULL, bytes_max, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    capture->room = capture->bytes == MAP_FAILED ? 0 : bytes_max;
    if (!capture->room || open_pair(capture)) {
        int error = errno;
        capture_free(capture);
        return err_errno(err, ERR_ENVIRONMENT, error, "no room to hold %zu bytes of requests",
                         bytes_max);
    }
    *ret_capture = capture;
    return 0;
}

void capture_free(struct capture *capture)
{
    if (!capture)
        return;
    if (capture->room)
        munmap(capture->bytes, capture->room);
    const int fds[] = {capture->inner, capture->outer};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    free(capture);
}

int capture_begin(struct capture *capture, int fd)
{
    capture->real = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (capture->real < 0)
        return errno;
    if (dup3(capture->inner, fd, O_CLOEXEC) < 0) {
        int error = errno;
        close(capture->real);
        return error;
    }
    capture->fd = fd;
    return 0;
}

static int read_caught(struct capture *capture)
{
    for (;;) {
        size_t left = capture->room - capture->used;
        if (left == 0)
            return ENOBUFS;
        ssize_t got = recv(capture->outer, capture->bytes + capture->used, left, 0);
        if (got > 0)
            capture->used += (size_t)got;
        else
            return got < 0 && errno == EAGAIN ? 0 : errno;
    }
}

int capture_end(struct capture *capture, const char **ret_bytes, size_t *ret_length)
{
    int error = dup3(capture->real, capture->fd, O_CLOEXEC) < 0 ? errno : 0;
    close(capture->real);
    capture->fd = -1;
    size_t start = capture->used;
    int unread = read_caught(capture);
    if (error || unread)
        return error ? error : unread;
    *ret_bytes = capture->bytes + start;
    *ret_length = capture->used - start;
    return 0;
}
