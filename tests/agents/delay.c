/* A way between two machines that takes its time: delay LISTEN HOST:PORT THERE BACK JITTER
 *
 * Who connects to port LISTEN is connected to HOST:PORT; what comes is handed on THERE microseconds
 * later, what is answered BACK microseconds later, each piece by up to JITTER later still, in
 * order. A thread a direction.
 *
 * The way begins when the kernel has a piece and not when a thread wakes up for it, and the last of
 * it is waited for awake, so that it takes as long as is said. By how much it was longer all the
 * same is told on SIGTERM: microseconds, the median and that of 99 in 100. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define S INT64_C(1000000000)
/* So long a sleep may be too long. */
#define AWAKE INT64_C(200000)
enum { PIECES = 256, PIECE = 65536, LATE = 10000 };

static atomic_llong late[LATE + 1]; /* pieces, by whole microseconds */

struct piece {
    int64_t due;
    size_t length;
    char bytes[PIECE];
};

struct way {
    int from, to;
    int64_t delay, jitter; /* ns */
    unsigned seed;
    size_t first, count;
    int64_t last; /* due of the last: none overtakes another */
    struct piece pieces[PIECES];
};

static int64_t now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts); /* as the kernel stamps */
    return ts.tv_sec * S + ts.tv_nsec;
}

static ssize_t receive(int fd, struct piece *piece, int64_t *ret_came)
{
    char more[256];
    struct iovec part = {piece->bytes, PIECE};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = more, .msg_controllen = sizeof more};
    ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
    struct cmsghdr *one = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    struct timespec ts;
    *ret_came = now();
    if (one && one->cmsg_type == SO_TIMESTAMPNS) {
        memcpy(&ts, CMSG_DATA(one), sizeof ts);
        *ret_came = ts.tv_sec * S + ts.tv_nsec;
    }
    return got;
}

static int take(struct way *way)
{
    struct piece *piece = &way->pieces[(way->first + way->count) % PIECES];
    int64_t came;
    ssize_t got = receive(way->from, piece, &came);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 1;
    int64_t more =
        way->jitter ? (int64_t)((double)rand_r(&way->seed) / RAND_MAX * (double)way->jitter) : 0;
    piece->due = came + way->delay + more;
    piece->due = piece->due > way->last ? piece->due : way->last;
    way->last = piece->due;
    piece->length = got > 0 ? (size_t)got : 0; /* none: the end, which takes its time as well */
    way->count++;
    return got > 0;
}

/* 0: that was the end. */
static int give(struct way *way)
{
    struct piece *piece = &way->pieces[way->first];
    way->first = (way->first + 1) % PIECES;
    way->count--;
    for (size_t sent = 0; sent < piece->length;) {
        ssize_t some = send(way->to, piece->bytes + sent, piece->length - sent, MSG_NOSIGNAL);
        if (some <= 0)
            return 0;
        sent += (size_t)some;
    }
    int64_t more = (now() - piece->due) / 1000;
    atomic_fetch_add(&late[more < 0 ? 0 : more < LATE ? more : LATE], 1);
    return piece->length > 0;
}

static void *go_that_way(void *argument)
{
    struct way *way = argument;
    int open = 1;
    prctl(PR_SET_TIMERSLACK, 1);
    for (;;) {
        int64_t left = way->count ? way->pieces[way->first].due - now() : 3600 * S;
        if (left <= AWAKE) {
            while (now() < way->pieces[way->first].due)
                ;
            if (!give(way))
                break;
            continue;
        }
        struct pollfd poll_for = {.fd = open && way->count < PIECES ? way->from : -1,
                                  .events = POLLIN};
        struct timespec wait = {(left - AWAKE) / S, (left - AWAKE) % S};
        if (ppoll(&poll_for, 1, &wait, NULL) > 0)
            open = take(way) && open;
    }
    shutdown(way->to, SHUT_WR);
    shutdown(way->from, SHUT_RD);
    return NULL;
}

static int reach(const char *place)
{
    char host[64] = "";
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *colon = strrchr(place, ':');
    snprintf(host, sizeof host, "%.*s", (int)(colon - place), place);
    inet_pton(AF_INET, host, &address.sin_addr);
    address.sin_port = htons((uint16_t)atoi(colon + 1));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
        perror(place);
        close(fd);
        return -1;
    }
    return fd;
}

static void begin(int from, int to, const char *delay, const char *jitter)
{
    static unsigned seed = 1;
    struct way *way = calloc(1, sizeof *way);
    pthread_t thread;
    setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    setsockopt(from, SOL_SOCKET, SO_TIMESTAMPNS, &(int){1}, sizeof(int));
    *way = (struct way){.from = from,
                        .to = to,
                        .delay = atoll(delay) * 1000,
                        .jitter = atoll(jitter) * 1000,
                        .seed = seed++};
    pthread_create(&thread, NULL, go_that_way, way);
    pthread_detach(thread);
}

static void *tell(void *argument)
{
    sigset_t *set = argument;
    long long all = 0, seen = 0;
    int caught, half = 0, most = 0;
    sigwait(set, &caught);
    for (int i = 0; i <= LATE; i++)
        all += late[i];
    for (int i = 0; i <= LATE; i++) {
        seen += late[i];
        half = 2 * seen < all ? i + 1 : half;
        most = 100 * seen < 99 * all ? i + 1 : most;
    }
    printf("%d %d\n", half, most);
    fflush(stdout);
    _exit(0);
}

int main(int argc, char **argv)
{
    sigset_t set;
    pthread_t teller;
    if (argc != 6)
        return 3;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&teller, NULL, tell, &set);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(argv[1]))};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) {
        perror("listen");
        return 4;
    }
    for (int came; (came = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        int there = reach(argv[2]);
        if (there < 0) {
            close(came);
            continue;
        }
        begin(came, there, argv[3], argv[5]);
        begin(there, came, argv[4], argv[5]);
    }
    return 4;
}
